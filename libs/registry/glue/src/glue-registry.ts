import { GetSchemaVersionCommand, GlueClient } from '@aws-sdk/client-glue';
import type { RemoteRegistry, SchemaKind } from '@gondola/contract';
import { GondolaError, SetupError } from '@gondola/stream';

export interface GlueSettings {
  /** AWS_REGION or the shared configuration file when left out. */
  readonly region?: string | undefined;
  /** Of another server that speaks Glue. */
  readonly endpoint?: string | undefined;
}

const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const KINDS: Readonly<Record<string, SchemaKind>> = { AVRO: 'avro', JSON: 'json', PROTOBUF: 'protobuf' };
/** Glue's own, which is made with the first schema that names none. */
const REGISTRY_DEFAULT = 'default-registry';
const DENIED = new Set([
  'AccessDeniedException',
  'UnrecognizedClientException',
  'InvalidSignatureException',
  'ExpiredTokenException',
  'CredentialsProviderError',
]);

/** AWS Glue's schema registry, with AWS's default chain of credentials; needs glue:GetSchemaVersion. Its schemas have no references. */
export function createGlueRegistry({ region, endpoint }: GlueSettings): RemoteRegistry {
  const address = `AWS Glue${region === undefined ? '' : ` in ${region}`}${endpoint === undefined ? '' : ` at ${endpoint}`}`;
  const client = new GlueClient({ region, endpoint, maxAttempts: 1 });
  return {
    address,
    async idOf({ subject, version }, signal) {
      const [registryName, schemaName] = splitAtSlash(subject);
      try {
        const command = new GetSchemaVersionCommand({
          SchemaId: { RegistryName: registryName ?? REGISTRY_DEFAULT, SchemaName: schemaName },
          SchemaVersionNumber: { VersionNumber: version },
        });
        return (await client.send(command, { abortSignal: signal })).SchemaVersionId ?? null;
      } catch (error) {
        return refusalOf(error, address);
      }
    },
    async find(id, signal) {
      if (typeof id !== 'string' || !GUID.test(id)) return null;
      try {
        const command = new GetSchemaVersionCommand({ SchemaVersionId: id });
        const {
          SchemaDefinition: text,
          DataFormat,
          SchemaArn,
          VersionNumber: version = 0,
          Status,
        } = await client.send(command, { abortSignal: signal });
        // One that failed its compatibility check was never a schema.
        if (Status === 'FAILURE' || Status === 'DELETING') return null;
        const kind = KINDS[DataFormat ?? ''];
        if (text === undefined || !kind)
          throw new GondolaError('registry_unavailable', `${address} gives no schema for ${id}`, true);
        const subject = nameOf(SchemaArn);
        return { kind, text, names: subject === null ? [] : [{ subject, version }], references: [] };
      } catch (error) {
        return refusalOf(error, address);
      }
    },
  };
}

/** `arn:aws:glue:<region>:<account>:schema/<registry>/<name>` */
function nameOf(arn: string | undefined): string | null {
  return /:schema\/[^/]+\/(.+)$/.exec(arn ?? '')?.[1] ?? null;
}

/** `registry/schema`, or a schema alone. */
function splitAtSlash(subject: string): readonly [string | undefined, string] {
  const at = subject.indexOf('/');
  return at < 0 ? [undefined, subject] : [subject.slice(0, at), subject.slice(at + 1)];
}

function refusalOf(error: unknown, address: string): null {
  if (error instanceof GondolaError) throw error;
  const name = error instanceof Error ? error.name : '';
  if (name === 'EntityNotFoundException') return null;
  if (DENIED.has(name))
    throw new SetupError(
      'registry_denied',
      `${address} refuses us (${name}): give the process a role that may glue:GetSchemaVersion`,
      { cause: error },
    );
  throw new GondolaError('registry_unavailable', `${address} does not answer (${name})`, true, {
    cause: error,
  });
}

import { DefaultAzureCredential } from '@azure/identity';
import { SchemaRegistryClient, type SchemaRegistryClientOptions } from '@azure/schema-registry';
import type { RemoteRegistry, SchemaKind } from '@gondola/contract';
import { GondolaError, SetupError } from '@gondola/stream';

export interface AzureRegistrySettings {
  /** `<name>.servicebus.windows.net` */
  readonly namespace: string;
}

type Credential = ConstructorParameters<typeof SchemaRegistryClient>[1];

const HEX_ID = /^[0-9a-f]{32}$/;
/** A format of one's own has no kind that a contract could read. */
const KINDS: Readonly<Record<string, SchemaKind>> = { avro: 'avro', json: 'json', protobuf: 'protobuf' };

/**
 * Azure Schema Registry of an Event Hubs namespace, signed in to by Entra ID (role Schema Registry Reader). Ids are 32 hex
 * digits; its schemas have no references. `access` is for other servers that speak its interface.
 */
export function createAzureRegistry(
  { namespace }: AzureRegistrySettings,
  access: { readonly credential?: Credential; readonly options?: SchemaRegistryClientOptions } = {},
): RemoteRegistry {
  const { credential = new DefaultAzureCredential(), options } = access;
  const client = new SchemaRegistryClient(`https://${namespace}`, credential, {
    // Whoever asks repeats what fails.
    retryOptions: { maxRetries: 0 },
    ...options,
  });
  return {
    address: namespace,
    async idOf({ subject, version }, signal) {
      const at = subject.indexOf('/');
      if (at < 0)
        throw new SetupError(
          'contract_invalid',
          `schema.subject: ${subject}: Azure has schemas in groups; name it group/schema`,
        );
      const [group, name] = [subject.slice(0, at), subject.slice(at + 1)];
      try {
        return (await client.getSchema(name, group, version, { abortSignal: signal })).properties.id;
      } catch (error) {
        return refusalOf(error, namespace);
      }
    },
    async find(id, signal) {
      if (typeof id !== 'string' || !HEX_ID.test(id)) return null;
      try {
        const { definition: text, properties } = await client.getSchema(id, { abortSignal: signal });
        const kind = KINDS[properties.format.toLowerCase()];
        // One of a format that has no kind cannot be read: as good as none.
        if (!kind) return null;
        return {
          kind,
          text,
          names: [{ subject: properties.name, version: properties.version }],
          references: [],
        };
      } catch (error) {
        return refusalOf(error, namespace);
      }
    },
  };
}

function refusalOf(error: unknown, namespace: string): null {
  const { statusCode: status, name } = (error ?? {}) as Record<string, unknown>;
  if (status === 404) return null;
  const isDenied =
    status === 401 ||
    status === 403 ||
    name === 'CredentialUnavailableError' ||
    name === 'AggregateAuthenticationError';
  if (isDenied)
    throw new SetupError(
      'registry_denied',
      `${namespace} refuses us: sign in to Entra ID with an identity that has the role Schema Registry Reader`,
      { cause: error },
    );
  const why = typeof status === 'number' ? `answers ${status}` : 'does not answer';
  throw new GondolaError('registry_unavailable', `${namespace} ${why}`, true, { cause: error });
}

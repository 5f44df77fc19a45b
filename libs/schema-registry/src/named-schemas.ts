import type { RemoteRegistry, RemoteSchema, SchemaName, SchemaVersion } from '@gondola/contract';
import { GondolaError, SetupError, type Clock, type ObjectStore } from '@gondola/stream';
import { isNamed } from './binding.js';
import { SchemaLog, type LoggedSchema } from './schema-log.js';

export interface NamedSchemasDeps {
  readonly registry: RemoteRegistry;
  readonly store: ObjectStore;
  /** As of `RemoteSchemas`. */
  readonly folder: string;
  readonly clock: Clock;
}

/**
 * The schemas that contracts (by subject) name in a registry elsewhere. A version never changes, so what the lake's log of
 * schemas has is not asked for; what has to be asked for is in the log afterwards, and a start with the registry down has it.
 * Throws like the lake and the registry, and `contract_invalid` when there is no such version or a contract cannot have it.
 */
export async function findNamedSchemas(
  names: ReadonlyMap<string, SchemaName>,
  { registry, store, folder, clock }: NamedSchemasDeps,
  { deadlineMs }: { readonly deadlineMs: number },
): Promise<ReadonlyMap<string, SchemaVersion>> {
  const schemaLog = new SchemaLog(store, folder);
  const logged = (await schemaLog.news()).map(({ schema }) => schema);
  const found = new Map<string, SchemaVersion>();
  for (const [contract, name] of names) {
    let schema = logged.find((one) => hasName(one, name));
    if (!schema) {
      schema = await within(clock, deadlineMs, registry, (signal) => ask(registry, contract, name, signal));
      await schemaLog.append([schema]);
    }
    found.set(contract, versionOf(contract, name, schema));
  }
  return found;
}

const hasName = ({ names }: LoggedSchema, { subject, version }: SchemaName): boolean =>
  names.some((one) => one.version === version && isNamed(subject, one.subject));

async function ask(
  registry: RemoteRegistry,
  contract: string,
  name: SchemaName,
  signal: AbortSignal,
): Promise<LoggedSchema> {
  const id = await registry.idOf(name, signal);
  const schema = id === null ? null : await registry.find(id, signal);
  if (id !== null && schema) return { ...schema, id };
  throw new SetupError(
    'contract_invalid',
    `contract ${contract}: schema: ${registry.address} has no version ${name.version} of ${name.subject}`,
  );
}

/** Throws `contract_invalid` when a contract cannot have it. */
export function versionOf(
  contract: string,
  { subject, version }: SchemaName,
  { kind, text, references }: RemoteSchema,
): SchemaVersion {
  const refuse = (why: string) =>
    new SetupError(
      'contract_invalid',
      `contract ${contract}: schema: version ${version} of ${subject} ${why}`,
    );
  if (references.length > 0) throw refuse("has references, and a contract's own schema is of one part");
  return { version, id: 0, kind, text };
}

async function within<T>(
  clock: Clock,
  deadlineMs: number,
  { address }: RemoteRegistry,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const over = new AbortController();
  const late = clock.sleep(deadlineMs, over.signal).then((): never => {
    throw new GondolaError(
      'registry_unavailable',
      `${address} does not answer within ${deadlineMs} ms`,
      true,
    );
  });
  // Nobody listens to it when the work was done first.
  late.catch(() => {});
  try {
    return await Promise.race([work(over.signal), late]);
  } finally {
    over.abort();
  }
}

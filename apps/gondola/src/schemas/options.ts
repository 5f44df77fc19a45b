import {
  environmentField,
  lakeField,
  parseConfig,
  readConfigFile,
  registryFields,
  streamFields,
  type RegistryConfig,
} from '@gondola/config';
import type { RemoteSchema, SchemaName, SubjectRegistry } from '@gondola/contract';
import { SetupError } from '@gondola/stream';
import { z } from 'zod';
import { UsageError, type Command } from '../command.js';
import { SHIPPED } from '../line.js';
import { openRemote } from '../open-registry.js';

export type Values = Parameters<Command['run']>[0]['values'];

/** What the configuration of any service says of its line, all that says whose it is among it; whatever else is in it is its own. */
const lineFields = z.looseObject({
  environment: environmentField.optional(),
  lake: lakeField.optional(),
  stream: streamFields.optional(),
  registry: registryFields,
});

/** A registry on the command line says whose it is as a configuration does. */
const namedRegistry = z.strictObject({ environment: environmentField, registry: registryFields });

export const readLineFile = (path: string): z.output<typeof lineFields> => readConfigFile(path, lineFields);

export const textOf = (values: Values, name: string): string | null => {
  const value = values[name];
  if (value === undefined) return null;
  if (typeof value === 'string' && value !== '') return value;
  throw new UsageError(`--${name} takes a value`);
};

export const folderOf = (values: Values): string => textOf(values, 'dir') ?? SHIPPED.schemas;

/** Of the registry that is named, null when none is. Secrets are in the files that a configuration names. */
export function registryConfigOf(values: Values): RegistryConfig | null {
  const [url, file] = [textOf(values, 'registry'), textOf(values, 'config')];
  if (url !== null && file !== null) throw new UsageError('--registry or --config, not both');
  if (url === null && file === null) return null;
  if (file !== null) return readLineFile(file).registry;
  const environment = textOf(values, 'environment') ?? 'dev';
  const registry = { kind: 'confluent', urls: [url] };
  return parseConfig('--registry', namedRegistry, { environment, registry }).registry;
}

/** As who keeps its subjects sees it. */
export async function registryOf(config: RegistryConfig): Promise<SubjectRegistry> {
  const registry = await subjectsOf(config);
  if (registry) return registry;
  throw new SetupError(
    'config_invalid',
    `registry.kind: ${config.kind} keeps no subjects that could be compared; it must be confluent`,
  );
}

/** Finds what a contract names in a registry, null when it is not there. Fails as `RemoteRegistry` does. */
export type FindNamed = (name: SchemaName) => Promise<RemoteSchema | null>;

/** null where no registry is named. */
export async function findNamedIn(config: RegistryConfig | null): Promise<FindNamed | null> {
  if (!config || config.kind === 'embedded') return null;
  const registry = await openRemote(config);
  return async (name) => {
    const signal = AbortSignal.timeout(config.deadlineMs);
    const id = await registry.idOf(name, signal);
    return id === null ? null : registry.find(id, signal);
  };
}

/** null where the registry has none. */
async function subjectsOf(config: RegistryConfig): Promise<SubjectRegistry | null> {
  if (config.kind !== 'confluent') return null;
  return (await import('@gondola/registry-confluent')).createConfluentSubjects(config);
}

export function outOf(values: Values, action: string): string {
  const out = textOf(values, 'out');
  if (out === null) throw new UsageError(`schemas ${action} takes --out DIR`);
  return out;
}

import type { RegistryConfig } from '@gondola/config';
import type { RemoteRegistry } from '@gondola/contract';
import type { IngestConfig } from '@gondola/ingest';
import { loadEmbeddedRegistry, RemoteSchemas, type SchemaRegistry } from '@gondola/schema-registry';
import { systemClock, systemRandom, type Log, type ObjectStore } from '@gondola/stream';
import { SHIPPED } from './line.js';

export interface RegistryTools {
  /** The contracts of `schemas`. */
  readonly registry: SchemaRegistry;
  readonly store: ObjectStore;
  readonly log: Log;
  /** Takes what is to be closed at the end. */
  readonly opened: AsyncDisposableStack;
}

/**
 * The contracts, with the ids of the registry that a configuration names. `waits`: a batch waits for schemas that are not
 * known; else its records are parked (see `RemoteSchemas`). The SDK of a registry is loaded with its first use.
 */
export async function openRegistry(
  { registry: config, environment }: { registry: RegistryConfig; environment: string },
  { registry: contracts, store, log, opened }: RegistryTools,
  { waits }: { waits: boolean },
): Promise<SchemaRegistry> {
  if (config.kind === 'embedded') return contracts;
  const registry = await openRemote(config);
  const folder = `${environment}/_schemas/${config.name}`;
  const deps = { contracts, registry, store, folder, log, clock: systemClock, random: systemRandom };
  const schemas = new RemoteSchemas(deps, { ...config, waits });
  opened.defer(() => schemas.close());
  return schemas;
}

/** For commands that judge what the lake has, by ingest's configuration. */
export function openRegistryOf(
  config: Pick<IngestConfig, 'registry' | 'environment'> & { readonly schemas?: string | undefined },
  tools: Omit<RegistryTools, 'registry'>,
): Promise<SchemaRegistry> {
  const registry = loadEmbeddedRegistry(config.schemas ?? SHIPPED.schemas);
  return openRegistry(config, { ...tools, registry }, { waits: true });
}

async function openRemote(config: Exclude<RegistryConfig, { kind: 'embedded' }>): Promise<RemoteRegistry> {
  switch (config.kind) {
    case 'confluent':
      return (await import('@gondola/registry-confluent')).createConfluentRegistry(config);
    case 'glue':
      return (await import('@gondola/registry-glue')).createGlueRegistry(config);
    case 'azure':
      return (await import('@gondola/registry-azure')).createAzureRegistry(config);
  }
}

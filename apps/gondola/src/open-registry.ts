import type { RegistryConfig } from '@gondola/config';
import type { RemoteRegistry, SchemaName } from '@gondola/contract';
import {
  findNamedSchemas,
  loadEmbeddedRegistry,
  namedSchemas,
  RemoteSchemas,
  type SchemaRegistry,
} from '@gondola/schema-registry';
import {
  GondolaError,
  systemClock,
  systemRandom,
  type Log,
  type ObjectStore,
  type PipelineObserver,
} from '@gondola/stream';
import { SHIPPED } from './line.js';

/** What detection sends is ours, whatever contracts a folder has. */
const OUTGOING = { folder: SHIPPED.schemas, subject: 'retail.stockout.signal' };
const TRIES_MAX = 3;
const PAUSE_MS_MIN = 500;
const PAUSE_MS_MAX = 30_000;

export interface ContractsConfig {
  readonly registry: RegistryConfig;
  readonly environment: string;
  readonly schemas?: string | undefined;
}

export interface ContractsTools {
  readonly store: ObjectStore;
  readonly log: Log;
  /** Until when what cannot be reached is waited for; left out: a few tries. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * The contracts of `schemas`. What they name in the registry of the configuration is read from the lake or else asked for:
 * nothing can start without it. Throws `contract_invalid`, and what store and registry throw.
 */
export async function openContracts(
  { registry: config, environment, schemas = SHIPPED.schemas }: ContractsConfig,
  { store, log, signal }: ContractsTools,
): Promise<SchemaRegistry> {
  const names: ReadonlyMap<string, SchemaName> =
    config.kind === 'embedded' ? new Map() : namedSchemas(schemas);
  if (config.kind === 'embedded' || names.size === 0)
    return loadEmbeddedRegistry(schemas, { shipped: OUTGOING });
  const registry = await openRemote(config);
  const deps = { registry, store, folder: folderOf(environment, config), clock: systemClock };
  for (let failures = 1; ; failures++) {
    try {
      const named = await findNamedSchemas(names, deps, config);
      return loadEmbeddedRegistry(schemas, { named, shipped: OUTGOING });
    } catch (error) {
      const isOver = signal ? signal.aborted : failures >= TRIES_MAX;
      if (!(error instanceof GondolaError) || !error.canRetry || isOver) throw error;
      if (failures === 1)
        log.warn({ code: error.code }, `${error.message}; contracts wait for the schemas that they name`);
      const pauseMs = Math.min(PAUSE_MS_MAX, PAUSE_MS_MIN * 2 ** (failures - 1));
      await systemClock.sleep(pauseMs * (0.5 + systemRandom() / 2), signal);
    }
  }
}

const folderOf = (environment: string, { name }: { readonly name: string }): string =>
  `${environment}/_schemas/${name}`;

export interface RegistryTools {
  /** The contracts of `schemas`. */
  readonly registry: SchemaRegistry;
  readonly store: ObjectStore;
  readonly log: Log;
  /** Takes what is to be closed at the end. */
  readonly opened: AsyncDisposableStack;
  /** Told while the registry is away; left out: nobody counts. */
  readonly observer?: Pick<PipelineObserver, 'waiting'>;
}

/**
 * The contracts, with the ids of the registry that a configuration names. `waits`: a batch waits for schemas that are not
 * known; else its records are parked (see `RemoteSchemas`). The SDK of a registry is loaded with its first use.
 */
export async function openRegistry(
  { registry: config, environment }: { registry: RegistryConfig; environment: string },
  { registry: contracts, store, log, opened, observer }: RegistryTools,
  { waits }: { waits: boolean },
): Promise<SchemaRegistry> {
  if (config.kind === 'embedded') return contracts;
  const registry = await openRemote(config);
  const folder = folderOf(environment, config);
  const onAway = (code: string | null) => observer?.waiting(`registry ${config.name}`, code);
  const deps = { contracts, registry, store, folder, log, clock: systemClock, random: systemRandom, onAway };
  const schemas = new RemoteSchemas(deps, { ...config, waits });
  opened.defer(() => schemas.close());
  return schemas;
}

/** For commands that judge what the lake has, by ingest's configuration. */
export async function openRegistryOf(
  config: ContractsConfig,
  tools: Omit<RegistryTools, 'registry'>,
): Promise<SchemaRegistry> {
  const registry = await openContracts(config, { store: tools.store, log: tools.log });
  return openRegistry(config, { ...tools, registry }, { waits: true });
}

/** The SDK of a registry is loaded with its first use. */
export async function openRemote(
  config: Exclude<RegistryConfig, { kind: 'embedded' }>,
): Promise<RemoteRegistry> {
  switch (config.kind) {
    case 'confluent':
      return (await import('@gondola/registry-confluent')).createConfluentRegistry(config);
    case 'glue':
      return (await import('@gondola/registry-glue')).createGlueRegistry(config);
    case 'azure':
      return (await import('@gondola/registry-azure')).createAzureRegistry(config);
  }
}

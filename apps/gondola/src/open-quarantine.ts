import type { QuarantineAccess } from '@gondola/api';
import type { IngestConfig } from '@gondola/ingest';
import { createColumnarEncoder } from '@gondola/lake-parquet';
import { createJudge, type Judge, type JudgeDeps } from '@gondola/quarantine';
import type { SchemaRegistry } from '@gondola/schema-registry';
import { SetupError, systemClock, type Log, type ObjectStore } from '@gondola/stream';
import { keyringOf } from './key-file.js';
import { readToken } from './read-token.js';
import { readMaskingKey } from './line.js';
import { openValidated } from './open-broker.js';
import { openRegistry } from './open-registry.js';

interface QuarantineTools {
  readonly store: ObjectStore;
  readonly environment: string;
  readonly log: Log;
  readonly contracts: SchemaRegistry;
  readonly opened: AsyncDisposableStack;
}

/** Who may ask for replays: nobody where there is neither. */
interface ReplayCallers {
  readonly tokenFile?: string | undefined;
  /** Callers have keys with scopes. */
  readonly hasKeys: boolean;
}

/** What the api needs for quarantine. Replays are judged as ingest with that configuration judges, by a registry of their own. */
export async function openQuarantine(
  config: IngestConfig | null,
  { tokenFile, hasKeys }: ReplayCallers,
  tools: QuarantineTools,
): Promise<QuarantineAccess> {
  const { store, environment, log, contracts, opened } = tools;
  const keyring = config ? keyringOf(config) : undefined;
  const encoder = createColumnarEncoder('zstd', keyring);
  const deps = { store, environment, log, encoder, clock: systemClock, progress() {} };
  if (!config) {
    if (tokenFile !== undefined)
      throw new SetupError(
        'config_invalid',
        'quarantine.tokenFile: needs quarantine.ingest, by which replays are judged',
      );
    return { deps, registry: contracts, defaultSubject: null, replays: null };
  }
  const registryOf = () => openRegistry(config, { registry: contracts, store, log, opened }, { waits: true });
  const registry = await registryOf();
  const { defaultSubject } = config;
  if (tokenFile === undefined && !hasKeys) return { deps, registry, defaultSubject, replays: null };
  const token = tokenFile === undefined ? null : readToken(tokenFile, 'quarantine.tokenFile', environment);
  const maskingKey = readMaskingKey(config);
  const ofReplays = await registryOf();
  return {
    ...{ deps, registry, defaultSubject },
    replays: {
      stream: config.stream.name,
      token,
      open: ({ dryRun }) =>
        openReplayJudge(
          config,
          {
            ...{ ...deps, registry: ofReplays, maskingKey },
            onGoneFile: (path) =>
              log.warn({ path }, 'a file of silver is gone: its duplicates are not recognised'),
          },
          { dryRun },
        ),
    },
  };
}

/** What judges a replay as ingest with that configuration judges; a dry run sends nothing to the stream of validated events. */
export async function openReplayJudge(
  config: IngestConfig,
  deps: Omit<JudgeDeps, 'validated'>,
  { dryRun }: { readonly dryRun: boolean },
): Promise<{ readonly judge: Judge } & AsyncDisposable> {
  await using opened = new AsyncDisposableStack();
  const validated = dryRun ? null : await openValidated(config);
  if (validated) opened.defer(() => validated.close());
  await validated?.prepare();
  const judge = createJudge(config, { ...deps, validated: validated?.sink ?? null });
  const kept = opened.move();
  return { judge, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

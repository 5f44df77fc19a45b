import type { EventBatch, JudgedBatch, TellIdentity } from '@gondola/events';
import type { SchemaRegistry } from '@gondola/schema-registry';
import {
  createSilverKeys,
  readSilverIdentities,
  type SilverIdentities,
  type SilverSubject,
} from '@gondola/sink-lake';
import {
  POSITION_END,
  type Checkpoint,
  type ObjectStore,
  type RecordBatch,
  type Stage,
} from '@gondola/stream';
import {
  createDedupeStage,
  createExpectStage,
  createMaskStage,
  createValidateStage,
} from '@gondola/validate';
import type { IngestConfig } from './ingest.config.js';

export interface IngestStagesDeps {
  readonly store: ObjectStore;
  readonly registry: SchemaRegistry;
  readonly maskingKey: Uint8Array;
  /** Records that will be judged again (see `SilverIdentities`). */
  readonly isJudgedAgain?: (partition: string, position: bigint) => boolean;
  /** Told of a data file of silver that is gone (see `SilverIdentities`); without it, nothing starts. */
  readonly onGoneFile?: (path: string) => void;
}

export interface IngestStages {
  readonly validate: Stage<RecordBatch, readonly EventBatch[]>;
  readonly dedupe: Stage<readonly EventBatch[], readonly EventBatch[]>;
  readonly mask: Stage<readonly EventBatch[], readonly EventBatch[]>;
}

const HOUR_MS = 3_600_000;

/** What stands between bronze and silver: the same for the service and for everything that judges bronze again. */
export function createIngestStages(
  { environment, stream, defaultSubject, futureMsMax, dedupe }: IngestConfig,
  { store, registry, maskingKey, isJudgedAgain, onGoneFile }: IngestStagesDeps,
): IngestStages {
  const windowMs = dedupe.windowHours * HOUR_MS;
  const subjects = registry.contracts();
  const silver = { store, environment, stream: stream.name, subjects, windowMs, isJudgedAgain, onGoneFile };
  return {
    validate: createValidateStage({ registry, defaultSubject, futureMsMax, environment }),
    dedupe: createDedupeStage({
      windowMs,
      remember: (starts, tell) => readIdentities(silver, dedupe.continues, starts, tell),
    }),
    mask: createMaskStage({ registry, key: maskingKey }),
  };
}

/** Holds what the service reads against what contracts expect. Only the service counts: judging again adds nothing to the table. */
export function createIngestExpectations(
  { environment, stream, dedupe }: IngestConfig,
  { store, registry, isJudgedAgain, onGoneFile }: IngestStagesDeps,
): Stage<readonly EventBatch[], readonly JudgedBatch[]> {
  const silver = { store, environment, stream: stream.name, isJudgedAgain, onGoneFile };
  return createExpectStage({
    contracts: registry.contracts(),
    environment,
    remember: (subject, identity, windowMs, starts, tell) =>
      readIdentities(
        { ...silver, subjects: [{ subject, identity }], windowMs },
        dedupe.continues,
        starts,
        tell,
      ),
    readKeys: createSilverKeys(store, environment),
  });
}

/** Of the stream, and of the one that it continues: of that all, as nobody judges it any more. */
async function readIdentities(
  silver: SilverIdentities,
  continues: string | undefined,
  starts: Checkpoint,
  tell: TellIdentity,
): Promise<void> {
  await readSilverIdentities(silver, starts, tell);
  if (continues === undefined) return;
  const ends = new Map([...starts.keys()].map((partition) => [partition, POSITION_END]));
  await readSilverIdentities({ ...silver, stream: continues, isJudgedAgain: undefined }, ends, tell);
}

/** The tables of silver: one for each contract. */
export function silverSubjects(
  { silver: { bloomFilters } }: IngestConfig,
  registry: SchemaRegistry,
): SilverSubject[] {
  return registry.contracts().map(({ subject, columns, shelf }) => ({
    subject,
    columns,
    bloomFilters: bloomFilters && shelf ? [shelf.store, shelf.item] : [],
  }));
}

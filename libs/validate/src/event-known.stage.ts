import type { EventBatch } from '@gondola/events';
import { positionAt, type Checkpoint, type Rejection, type Stage, type StageResult } from '@gondola/stream';
import { withoutRecords } from './dedupe.stage.js';

type EventStage = Stage<readonly EventBatch[], readonly EventBatch[]>;

/** An event that passed everything before dedupe, and where its record stood. */
export interface PlacedEvent {
  readonly partition: string;
  readonly position: bigint;
  readonly identity: bigint;
  readonly eventTimeMs: number;
}

export interface EventKnownOptions {
  /** Asked once of each record, in the order of its subject's rows. */
  readonly isKnown: (event: PlacedEvent) => boolean;
  readonly assigned?: (starts: Checkpoint) => Promise<void>;
}

/**
 * Holds back records of quarantine whose event came again in a record that passed, and is in silver: they stay in
 * quarantine as `event_known`. They are not dropped as duplicates are, because in the order of the stream they were
 * first: who reads bronze again has to be told that the later one stands.
 */
export function createEventKnownStage({ isKnown, assigned }: EventKnownOptions): EventStage {
  return {
    name: 'dedupe',
    run(batches, { records }) {
      const { partition } = records;
      const rejected = batches.flatMap((batch) =>
        knownIn(batch, (row, index) =>
          isKnown({
            partition,
            position: positionAt(records, index),
            identity: batch.identity[row],
            eventTimeMs: batch.eventTimeMs[row],
          }),
        ),
      );
      const indexes = new Set(rejected.map(({ index }) => index));
      const value = indexes.size === 0 ? batches : batches.flatMap((batch) => withoutRecords(batch, indexes));
      return { value, rejected };
    },
    ...(assigned && { assigned }),
  };
}

/**
 * A running service's dedupe, for records of quarantine that it takes up: what it would drop stays there as `event_known`, for
 * the same reason.
 */
export function holdingDuplicates(dedupe: EventStage): EventStage {
  const held = (
    batches: readonly EventBatch[],
    { value, rejected }: StageResult<readonly EventBatch[]>,
  ): StageResult<readonly EventBatch[]> => {
    const dropped = new Set(rejected.flatMap(({ kind, index }) => (kind === 'drop' ? index : [])));
    return { value, rejected: batches.flatMap((batch) => knownIn(batch, (_, index) => dropped.has(index))) };
  };
  return {
    name: dedupe.name,
    run(batches, context) {
      const result = dedupe.run(batches, context);
      return result instanceof Promise ? result.then((one) => held(batches, one)) : held(batches, result);
    },
  };
}

function knownIn(
  { subject, recordIndex, schemaVersion }: EventBatch,
  isKnown: (row: number, index: number) => boolean,
): Rejection[] {
  const rejected: Rejection[] = [];
  for (let row = 0; row < recordIndex.length; row++) {
    const index = recordIndex[row];
    if (row > 0 && recordIndex[row - 1] === index) continue;
    if (isKnown(row, index))
      rejected.push({
        kind: 'quarantine',
        index,
        stage: 'dedupe',
        reason: 'event_known',
        pointer: '',
        message: 'another record of the same event passed and is in silver',
        subject,
        schemaVersion: schemaVersion[row],
      });
  }
  return rejected;
}

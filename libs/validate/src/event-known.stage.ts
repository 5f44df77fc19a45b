import type { EventBatch } from '@gondola/events';
import { positionAt, type BatchContext, type Checkpoint, type Rejection, type Stage } from '@gondola/stream';
import { withoutRecords } from './dedupe.stage.js';

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
export function createEventKnownStage({
  isKnown,
  assigned,
}: EventKnownOptions): Stage<readonly EventBatch[], readonly EventBatch[]> {
  return {
    name: 'dedupe',
    run(batches, { records }) {
      const rejected = batches.flatMap((batch) => knownIn(batch, records, isKnown));
      const indexes = new Set(rejected.map(({ index }) => index));
      const value = indexes.size === 0 ? batches : batches.flatMap((batch) => withoutRecords(batch, indexes));
      return { value, rejected };
    },
    ...(assigned && { assigned }),
  };
}

function knownIn(
  { subject, recordIndex, identity, eventTimeMs, schemaVersion }: EventBatch,
  records: BatchContext['records'],
  isKnown: EventKnownOptions['isKnown'],
): Rejection[] {
  const rejected: Rejection[] = [];
  for (let row = 0; row < recordIndex.length; row++) {
    const index = recordIndex[row];
    if (row > 0 && recordIndex[row - 1] === index) continue;
    const { partition } = records;
    const position = positionAt(records, index);
    if (isKnown({ partition, position, identity: identity[row], eventTimeMs: eventTimeMs[row] }))
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

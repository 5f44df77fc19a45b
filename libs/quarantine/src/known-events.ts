import type { EventBatch } from '@gondola/events';
import type { IngestConfig, IngestStagesDeps } from '@gondola/ingest';
import type { BronzeBatch } from '@gondola/lake-upkeep';
import { findInSilver, type SilverEvent } from '@gondola/sink-lake';
import { positionAt, type RecordBatch, type Stage } from '@gondola/stream';
import { createEventKnownStage } from '@gondola/validate';

const HOUR_MS = 3_600_000;

export interface KnownEventsOf {
  readonly validate: Stage<RecordBatch, readonly EventBatch[]>;
  /** The records that will be judged. */
  readonly batches: readonly BronzeBatch[];
  /** See `ReplayedRecords`. */
  readonly found: Map<string, readonly SilverEvent[]>;
  readonly earlier: Map<string, Set<bigint>> | null;
}

/**
 * In the place of dedupe, for old records: what came long after them is in silver and may be the same event. So their
 * events are looked up in silver, as far around their times as dedupe remembers; rows that the same records have there
 * (of a replay that was killed) do not count. Memory is that of the records' events, not of silver's.
 */
export function createKnownEvents(
  { environment, stream, dedupe }: IngestConfig,
  { store, registry, onGoneFile }: IngestStagesDeps,
  { validate, batches, found, earlier }: KnownEventsOf,
): Stage<readonly EventBatch[], readonly EventBatch[]> {
  const windowMs = dedupe.windowHours * HOUR_MS;
  const passed = earlier ?? new Map<string, Set<bigint>>();
  const inSilver = new Map<string, Set<bigint>>();

  async function assigned(): Promise<void> {
    const times = await timesOf(validate, batches);
    const all = [...times.values()].flatMap((ofPartition) => [...ofPartition.values()]);
    if (all.length === 0) return;
    const judged = placesOf(batches);
    const fromMs = all.reduce((least, timeMs) => Math.min(least, timeMs), Infinity) - windowMs;
    const isJudgedAgain = (partition: string, position: bigint) => judged.has(`${partition}/${position}`);
    const isWanted = (partition: string, identity: bigint, eventTimeMs: number) => {
      const timeMs = times.get(partition)?.get(identity);
      return timeMs !== undefined && Math.abs(timeMs - eventTimeMs) <= windowMs;
    };
    const subjects = registry.contracts();
    const silver = { store, environment, stream: stream.name, subjects, isJudgedAgain, onGoneFile };
    const lookup = { partitions: times.keys(), fromMs, isWanted, found };
    for (const { partition, identity } of await findInSilver(silver, lookup))
      setIn(inSilver, partition).add(identity);
  }

  return createEventKnownStage({
    assigned,
    isKnown: ({ partition, identity }) => {
      const before = setIn(passed, partition);
      const isKnown = before.has(identity) || (inSilver.get(partition)?.has(identity) ?? false);
      before.add(identity);
      return isKnown;
    },
  });
}

/** Partition -> event -> when it happened, of the records that are events. */
async function timesOf(
  validate: KnownEventsOf['validate'],
  batches: readonly BronzeBatch[],
): Promise<ReadonlyMap<string, ReadonlyMap<bigint, number>>> {
  const times = new Map<string, Map<bigint, number>>();
  for (const { records, ingestMs } of batches) {
    const { value } = await validate.run(records, { records, rejected: [], nowMs: ingestMs });
    const known = times.get(records.partition) ?? new Map<bigint, number>();
    times.set(records.partition, known);
    for (const { identity, eventTimeMs } of value)
      identity.forEach((one, row) => void known.set(one, eventTimeMs[row]));
  }
  return times;
}

function placesOf(batches: readonly BronzeBatch[]): ReadonlySet<string> {
  const places = new Set<string>();
  for (const { records } of batches)
    for (let index = 0; index < records.count; index++)
      places.add(`${records.partition}/${positionAt(records, index)}`);
  return places;
}

function setIn(sets: Map<string, Set<bigint>>, partition: string): Set<bigint> {
  const known = sets.get(partition) ?? new Set<bigint>();
  sets.set(partition, known);
  return known;
}

import type { Checkpoint } from '@gondola/stream';
import { positionsOfFile, type BronzeTable } from './bronze-index.js';
import { dateOf } from './lake-table.js';
import type { PositionRange, PositionRanges } from './position-range.js';
import type { DateRange, UpkeepDeps } from './upkeep-deps.js';

export interface DatesWithEdges {
  readonly ranges: PositionRanges;
  /** Partitions of which bronze has nothing earlier -> the first position that it has, or else will have. */
  readonly oldest: Checkpoint;
}

/**
 * The positions of some dates, each partition's up to what bronze has of it on the dates before and after: a record that is
 * missing at the edge of a day, or a day of which all are missing, lies between the two. `ends`: position after all that
 * is accounted for.
 */
export async function upToNeighbours(
  deps: UpkeepDeps,
  bronze: BronzeTable,
  dates: DateRange,
  found: PositionRanges,
  ends: Checkpoint,
): Promise<DatesWithEdges> {
  const all = [...new Set(bronze.files.map((file) => dateOf(file, bronze.dateColumn) ?? ''))].sort();
  const { first, last } = dates;
  const earlier = first === null ? [] : all.filter((date) => date < first).reverse();
  const later = last === null ? [] : all.filter((date) => date > last);
  const before = await nearest(deps, bronze, earlier, ends);
  const after = await nearest(deps, bronze, later, ends);
  const ranges = new Map<string, PositionRange>();
  const oldest = new Map<string, bigint>();
  for (const [partition, end] of ends) {
    const own = found.get(partition);
    const next = least(after.get(partition)?.from ?? end, end);
    const previous = before.get(partition)?.to;
    const from = previous === undefined || (own && own.from < previous) ? own?.from : previous;
    const to = own && own.to > next ? own.to : next;
    if (previous === undefined) oldest.set(partition, own?.from ?? next);
    if (from !== undefined && from < to) ranges.set(partition, { from, to });
  }
  return { ranges, oldest };
}

/** What each partition has on the first of these dates that has any of it. */
async function nearest(
  deps: UpkeepDeps,
  bronze: BronzeTable,
  dates: readonly string[],
  partitions: Checkpoint,
): Promise<PositionRanges> {
  const found = new Map<string, PositionRange>();
  for (const date of dates) {
    if ([...partitions.keys()].every((partition) => found.has(partition))) break;
    const ofDate = new Map<string, PositionRange>();
    for (const file of bronze.files) {
      if ((dateOf(file, bronze.dateColumn) ?? '') !== date) continue;
      for (const [partition, { from, to }] of await positionsOfFile(deps, bronze, file)) {
        const known = ofDate.get(partition) ?? { from, to };
        ofDate.set(partition, { from: least(known.from, from), to: known.to > to ? known.to : to });
      }
    }
    for (const [partition, range] of ofDate) if (!found.has(partition)) found.set(partition, range);
  }
  return found;
}

const least = (left: bigint, right: bigint): bigint => (left < right ? left : right);

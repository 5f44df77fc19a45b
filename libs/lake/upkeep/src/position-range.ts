/** Positions of one partition: from `from` to before `to`. */
export interface PositionRange {
  readonly from: bigint;
  readonly to: bigint;
}

/** Partition -> its range. */
export type PositionRanges = ReadonlyMap<string, PositionRange>;

export const isInRange = (position: bigint, { from, to }: PositionRange): boolean =>
  position >= from && position < to;

/** The smallest range that holds all of them: what a file's statistics are compared with. */
export function hullOf(ranges: PositionRanges): PositionRange {
  let [from, to] = [0n, 0n];
  let isFirst = true;
  for (const range of ranges.values()) {
    if (range.to <= range.from) continue;
    from = isFirst || range.from < from ? range.from : from;
    to = isFirst || range.to > to ? range.to : to;
    isFirst = false;
  }
  return { from, to };
}

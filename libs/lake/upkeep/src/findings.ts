/** What can be wrong with positions. A closed list: people filter by it. */
export const FINDING_KINDS = [
  'bronze_hole', // bronze has no row of these positions
  'bronze_doubled', // bronze has more than one row of each
  'source_missing', // the stream still has these positions, bronze does not
  'silver_missing', // silver has fewer rows than the records of bronze give
  'silver_unexplained', // silver has rows that the records of bronze do not give
  'silver_differs', // as many rows, other values
  'quarantine_missing',
  'quarantine_unexplained',
  'quarantine_differs',
] as const;
export type FindingKind = (typeof FINDING_KINDS)[number];

/** Positions next to each other of which the same is wrong. */
export interface Finding {
  readonly kind: FindingKind;
  readonly partition: string;
  /** UTC hour of the broker's time, `2026-11-23T12`; of a hole, that of the record before (or else after) it. */
  readonly hour: string | null;
  /** First and last position. */
  readonly from: bigint;
  readonly to: bigint;
}

/** Kept in memory; what is wrong beyond that is only counted. */
const FINDINGS_MAX = 1_000;

export class Findings {
  readonly list: Finding[] = [];
  /** Positions at fault, by kind. */
  readonly positions: Partial<Record<FindingKind, number>> = {};
  /** Kind, partition and hour -> index of the newest finding, to which neighbours are added. */
  private readonly newest = new Map<string, number>();

  add(finding: Finding): void {
    const { kind, partition, hour, from, to } = finding;
    const key = JSON.stringify([kind, partition, hour]);
    const at = this.newest.get(key);
    const last = at === undefined ? undefined : this.list[at];
    const isNext = last !== undefined && last.from <= from && from <= last.to + 1n;
    const known = isNext ? last.to : from - 1n;
    if (to > known) this.positions[kind] = (this.positions[kind] ?? 0) + Number(to - known);
    if (at !== undefined && isNext) {
      if (to > last.to) this.list[at] = { ...last, to };
      return;
    }
    if (this.list.length >= FINDINGS_MAX) return;
    this.newest.set(key, this.list.length);
    this.list.push(finding);
  }
}

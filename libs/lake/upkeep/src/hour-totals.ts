import type { RecordSlots } from './record-slots.js';
import { RowSums } from './row-hash.js';

const HOUR_MS = 3_600_000;

/** One hour of the broker's time in one partition. */
export interface HourTotals {
  readonly partition: string;
  /** UTC, `2026-11-23T12`. */
  readonly hour: string;
  /** Records in bronze. */
  readonly records: number;
  readonly silverRows: number;
  readonly quarantined: number;
  /** Records of which neither silver nor quarantine has a row: duplicates, lost or expired. */
  readonly inNoTable: number;
  /** What only judging tells: null in the quick check. */
  readonly judged: JudgedTotals | null;
  readonly ok: boolean;
}

interface JudgedTotals {
  readonly silverRowsExpected: number;
  readonly quarantinedExpected: number;
  readonly duplicates: number;
  /** Sum of the hashes of silver's rows, and of the rows that there should be. */
  readonly checksum: string;
  readonly checksumExpected: string;
}

export const hourText = (hour: number): string => new Date(hour * HOUR_MS).toISOString().slice(0, 13);

interface Sums {
  records: number;
  duplicates: number;
  inNoTable: number;
  ok: boolean;
  readonly expected: { readonly silver: RowSums; readonly quarantine: RowSums };
  readonly actual: { readonly silver: RowSums; readonly quarantine: RowSums };
}

/** Adds up what was found, by partition and hour. */
export class HourBook {
  private readonly byPartition = new Map<string, Map<number, Sums>>();

  constructor(private readonly isQuick: boolean) {}

  add(slots: RecordSlots, slot: number): void {
    const sums = this.sumsOf(slots.partition, slots.hours[slot]);
    sums.records++;
    sums.duplicates += slots.isDuplicate[slot];
    sums.inNoTable += slots.actual.silver.rows[slot] + slots.actual.quarantine.rows[slot] === 0 ? 1 : 0;
    for (const table of ['silver', 'quarantine'] as const) {
      sums.expected[table].addSums(0, slots.expected[table], slot);
      sums.actual[table].addSums(0, slots.actual[table], slot);
    }
  }

  /** Something is wrong in that hour. */
  blame(partition: string, hour: number): void {
    this.sumsOf(partition, hour).ok = false;
  }

  totals(): readonly HourTotals[] {
    const totals: HourTotals[] = [];
    for (const [partition, hours] of [...this.byPartition].sort(([left], [right]) => byName(left, right)))
      for (const [hour, sums] of [...hours].sort(([left], [right]) => left - right))
        totals.push(totalsOf(partition, hour, sums, this.isQuick));
    return totals;
  }

  private sumsOf(partition: string, hour: number): Sums {
    const hours = this.byPartition.get(partition) ?? new Map<number, Sums>();
    this.byPartition.set(partition, hours);
    const sums = hours.get(hour) ?? newSums();
    hours.set(hour, sums);
    return sums;
  }
}

const byName = (left: string, right: string): number => left.localeCompare(right, 'en', { numeric: true });

const newSums = (): Sums => ({
  records: 0,
  duplicates: 0,
  inNoTable: 0,
  ok: true,
  expected: { silver: new RowSums(1), quarantine: new RowSums(1) },
  actual: { silver: new RowSums(1), quarantine: new RowSums(1) },
});

function totalsOf(partition: string, hour: number, sums: Sums, isQuick: boolean): HourTotals {
  const { expected, actual, records, duplicates, inNoTable, ok } = sums;
  const judged: JudgedTotals = {
    silverRowsExpected: expected.silver.rows[0],
    quarantinedExpected: expected.quarantine.rows[0],
    duplicates,
    checksum: actual.silver.checksum(0),
    checksumExpected: expected.silver.checksum(0),
  };
  return {
    partition,
    hour: hourText(hour),
    records,
    silverRows: actual.silver.rows[0],
    quarantined: actual.quarantine.rows[0],
    inNoTable,
    judged: isQuick ? null : judged,
    ok,
  };
}

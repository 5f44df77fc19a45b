import { RECORD_INTS } from './shelf-record.js';

/** Rows of a table that are copied while it changes. */
export interface CopiedRows {
  readonly columns: { readonly records: Float64Array };
  /** All bytes of a row, by what they belong to. */
  row(row: number): readonly Uint8Array[];
}

const NOTHING = 0;
const RECORD = 1;
const ALL = 2;

/** What the first `count` rows of a table were before events changed some of them: most events change a shelf's record alone. */
export class SavedRows {
  private readonly state: Uint8Array;
  private readonly recordRows: number[] = [];
  private records = new Int32Array(8 * RECORD_INTS);
  private readonly rows: (readonly [number, readonly Uint8Array[]])[] = [];

  constructor(readonly count: number) {
    this.state = new Uint8Array(count);
  }

  /** Its record may change now. */
  saveRecord({ columns }: CopiedRows, row: number): void {
    if (row >= this.count || this.state[row] !== NOTHING) return;
    this.state[row] = RECORD;
    const { buffer, byteOffset } = columns.records;
    const record = new Int32Array(buffer, byteOffset + row * RECORD_INTS * 4, RECORD_INTS);
    const start = this.recordRows.length * RECORD_INTS;
    if (start === this.records.length) {
      const grown = new Int32Array(2 * start);
      grown.set(this.records);
      this.records = grown;
    }
    this.records.set(record, start);
    this.recordRows.push(row);
  }

  /** All of it may. */
  saveRow(shelves: CopiedRows, row: number): void {
    if (row >= this.count || this.state[row] === ALL) return;
    this.saveRecord(shelves, row);
    this.state[row] = ALL;
    this.rows.push([row, shelves.row(row)]);
  }

  /** Whole rows first: of the record, what was saved first is older. */
  forEach(
    ofRow: (row: number, bytes: readonly Uint8Array[]) => void,
    ofRecord: (row: number, bytes: Uint8Array) => void,
  ): void {
    for (const [row, bytes] of this.rows) ofRow(row, bytes);
    const bytes = new Uint8Array(this.records.buffer);
    for (const [index, row] of this.recordRows.entries()) {
      const start = index * RECORD_INTS * 4;
      ofRecord(row, bytes.subarray(start, start + RECORD_INTS * 4));
    }
  }
}

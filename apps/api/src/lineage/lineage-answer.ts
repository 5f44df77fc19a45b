/** Up to where a stream's partition is in a table. */
interface TablePosition {
  readonly stream: string;
  readonly partition: string;
  /** The next one that it will take, as decimal digits: positions may be of any size. */
  readonly position: string;
}

export interface TableColumn {
  readonly name: string;
  /** As Delta names it. */
  readonly type: string;
}

export interface LineageTable {
  /** Below the environment's folder: `silver/retail.pos.transaction`. */
  readonly name: string;
  /** Of its Delta log. */
  readonly version: number;
  readonly rows: number;
  readonly files: number;
  readonly bytes: number;
  /** Null: its note was cleaned away. */
  readonly lastCommit: { readonly atMs: number; readonly operation: string } | null;
  readonly columns: readonly TableColumn[];
  /** Streams that it is made from, with how far each is in it. */
  readonly positions: readonly TablePosition[];
  /** Whose events it holds; null: those of no contract. */
  readonly contract: TableContract | null;
}

export interface TableContract {
  readonly subject: string;
  readonly owner: string;
  readonly compatibility: string;
  /** Versions that are known, and the first and the last of them in the rows. */
  readonly versions: readonly number[];
  readonly oldestInRows: number | null;
  readonly newestInRows: number | null;
}

export interface LineageAnswer {
  readonly environment: string;
  readonly tables: readonly LineageTable[];
  /** Streams and the tables that hold what came from each, in the order of the line. */
  readonly streams: readonly { readonly name: string; readonly tables: readonly string[] }[];
}

/** A field that a column is made from. */
export interface ColumnSource {
  readonly subject: string;
  /** JSON pointer, with `*` for the entry that becomes a row; null: not a field, but the record's place in its stream. */
  readonly field: string | null;
  /** How it is masked on the way: `drop`, `token`, `truncate 3`, `generalise month`; null: not at all. */
  readonly masking: string | null;
  /** Table and column of silver between the field and the column that was asked for; null: it is that column. */
  readonly through: { readonly table: string; readonly column: string } | null;
  /** Tables of bronze that keep the records themselves, and their streams. */
  readonly bronze: readonly string[];
  readonly streams: readonly string[];
}

export interface ColumnLineage {
  readonly table: string;
  readonly column: TableColumn;
  /** `field`: of an event. `record`: of the record that carried it. `detection`: told from many events. `line`: by Góndola itself. */
  readonly madeBy: 'field' | 'record' | 'detection' | 'line';
  readonly sources: readonly ColumnSource[];
}

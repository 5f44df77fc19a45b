import { randomUUID } from 'node:crypto';
import {
  addFileOf,
  dataFilePath,
  isoDate,
  openTable,
  readSnapshot,
  type AddFile,
  type DeltaTable,
  type TransactionUpdate,
} from '@gondola/lake-delta';
import type { ParquetEncoder } from '@gondola/lake-parquet';
import {
  columnOf,
  concatTables,
  selectRows,
  type Checkpoint,
  type Clock,
  type ColumnSpec,
  type ColumnTable,
  type ObjectStore,
  type Position,
} from '@gondola/stream';

export interface LakeDeps {
  readonly store: ObjectStore;
  readonly encoder: ParquetEncoder;
  readonly clock: Clock;
  /** dev, qa, prod ...: first folder of every table and kept in the table's properties. */
  readonly environment: string;
}

export interface WriterSpec {
  /** Under the environment's folder. */
  readonly path: string;
  readonly columns: readonly ColumnSpec[];
  /** Column of kind `date` that names the folders. */
  readonly dateColumn: string;
  /** Stream whose positions this writer keeps in the table. */
  readonly stream: string;
}

/** A `txn` of the table beside the positions, e.g. which state snapshot belongs to them. */
export interface ExtraTransaction {
  readonly name: string;
  readonly version: bigint;
}

interface PreparedCommit {
  readonly id: string;
  readonly files: readonly AddFile[];
}

/**
 * One Delta table, one stream: buffers rows and publishes them with the positions they reach, as `txn` actions of the
 * same commit. The application id of a position is `<stream>/<partition>`.
 */
export class TableWriter {
  private table: DeltaTable | null = null;
  private transactions = new Map<string, bigint>();
  private parts: ColumnTable[] = [];
  private rows = 0;
  private bytes = 0;
  private prepared: PreparedCommit | null = null;

  constructor(
    private readonly deps: LakeDeps,
    private readonly spec: WriterSpec,
  ) {}

  private get path(): string {
    return `${this.deps.environment}/${this.spec.path}`;
  }

  /** Reads how far the table is. A table that is not there yet has no positions and is made by the first commit. */
  async assigned(partitions: readonly string[]): Promise<ReadonlyMap<string, Position | null>> {
    this.discard();
    this.table = null;
    const snapshot = await readSnapshot(this.deps.store, this.path);
    this.transactions = new Map(snapshot?.transactions ?? []);
    // Opening checks environment and columns, so that a wrong set-up ends before anything is read.
    if (snapshot) this.table = await this.open();
    return new Map(partitions.map((partition) => [partition, this.position(partition) ?? null]));
  }

  /** Position of the next record that this table wants. */
  position(partition: string): Position | undefined {
    return this.transactions.get(`${this.spec.stream}/${partition}`);
  }

  extra(name: string): bigint | undefined {
    return this.transactions.get(`${this.spec.stream}/${name}`);
  }

  add(part: ColumnTable, bytes: number): void {
    if (part.rows === 0) return;
    this.parts.push(part);
    this.rows += part.rows;
    this.bytes += bytes;
  }

  buffered(): { rows: number; bytes: number } {
    return { rows: this.rows, bytes: this.bytes };
  }

  discard(): void {
    this.parts = [];
    this.rows = 0;
    this.bytes = 0;
    this.prepared = null;
  }

  /**
   * May be called again after an error that can be retried: files that were written are used again, and a commit that
   * took effect though its answer was lost is recognised by its id.
   */
  async commit(upTo: Checkpoint, extras: readonly ExtraTransaction[] = []): Promise<void> {
    const updates = this.updates(upTo, extras);
    if (updates.length === 0 && this.rows === 0) return;
    this.table ??= await this.open();
    this.prepared ??= { id: randomUUID(), files: await this.writeFiles() };
    const { files, id } = this.prepared;
    await this.table.append({ files, transactions: updates, operation: 'STREAMING UPDATE', id });
    for (const { appId, version } of updates) this.transactions.set(appId, version);
    this.discard();
  }

  private open(): Promise<DeltaTable> {
    const { columns, dateColumn } = this.spec;
    const properties = { 'gondola.environment': this.deps.environment };
    return openTable(
      this.deps.store,
      { path: this.path, columns, partitionBy: dateColumn, properties },
      this.deps.clock,
    );
  }

  private updates(upTo: Checkpoint, extras: readonly ExtraTransaction[]): TransactionUpdate[] {
    const update = (name: string, version: bigint): TransactionUpdate => {
      const appId = `${this.spec.stream}/${name}`;
      return { appId, expected: this.transactions.get(appId) ?? null, version };
    };
    const positions = [...upTo].map(([partition, position]) => update(partition, position));
    const others = extras.map(({ name, version }) => update(name, version));
    return [
      // A position never goes back: a table that is ahead of the start waits until reading has caught up with it.
      ...positions.filter(({ expected, version }) => version > (expected ?? 0n)),
      ...others.filter(({ expected, version }) => version !== expected),
    ];
  }

  private async writeFiles(): Promise<AddFile[]> {
    if (this.rows === 0) return [];
    const whole = concatTables(this.parts);
    const files: AddFile[] = [];
    for (const [day, rows] of rowsByDay(whole, this.spec.dateColumn)) {
      const part = withoutColumn(selectRows(whole, rows), this.spec.dateColumn);
      const partitionValues = { [this.spec.dateColumn]: isoDate(day) };
      const path = dataFilePath(partitionValues, `part-${randomUUID()}.zstd.parquet`);
      const bytes = this.deps.encoder.encode(part);
      await this.deps.store.put(`${this.path}/${path}`, bytes);
      files.push(addFileOf(path, bytes, part, partitionValues, this.deps.clock.nowMs()));
    }
    return files;
  }
}

function rowsByDay(table: ColumnTable, dateColumn: string): Map<number, number[]> {
  const { values } = columnOf(table, dateColumn);
  const days = new Map<number, number[]>();
  for (let row = 0; row < table.rows; row++) {
    const day = Number(values[row]);
    const rows = days.get(day);
    if (rows) rows.push(row);
    else days.set(day, [row]);
  }
  return days;
}

function withoutColumn(table: ColumnTable, name: string): ColumnTable {
  return { rows: table.rows, columns: table.columns.filter((column) => column.spec.name !== name) };
}

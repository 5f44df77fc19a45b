import { randomUUID } from 'node:crypto';
import {
  addFileOf,
  dataFilePath,
  ENVIRONMENT_PROPERTY,
  isoDate,
  loadTable,
  openTable,
  positionOf,
  positionUpdates,
  type AddFile,
  type DeltaTable,
  type TableSpec,
  type TransactionUpdate,
} from '@gondola/lake-delta';
import {
  BLOOM_FILTERS_PROPERTY,
  SUMS_PROPERTY,
  readCheckpoint,
  writeCheckpoint,
  type ParquetEncoder,
} from '@gondola/lake-parquet';
import {
  columnOf,
  release,
  selectRows,
  type Checkpoint,
  type Clock,
  type ColumnSpec,
  type ColumnTable,
  type Log,
  type ObjectStore,
  type Position,
  type Published,
} from '@gondola/stream';

export interface LakeDeps {
  readonly store: ObjectStore;
  readonly encoder: ParquetEncoder;
  readonly clock: Clock;
  /** Told of what fails beside a commit. */
  readonly log: Log;
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
  /**
   * What this writer adds follows from the rows that were there when it was assigned (dedupe): when others have replaced
   * some since, its commit is fenced.
   */
  readonly followsRows?: boolean;
  /** Columns in which people look for single values. */
  readonly bloomFilters?: readonly string[];
  /** Columns whose values may be added up where all others are the same: compaction does. */
  readonly sums?: readonly string[];
}

/** A `txn` of the table beside the positions, e.g. which state snapshot belongs to them. */
export interface ExtraTransaction {
  readonly name: string;
  readonly version: bigint;
}

/** Of what a table has and a stream got of it. */
export const sentTo = ({ stream: name }: { readonly stream: string }, rows: number): Published => ({
  ...{ kind: 'stream', name, rows },
});

/** Files that waited longer for their commit are written again: to vacuum they look like those of a dead writer. */
const FILE_AGE_MS_MAX = 12 * 3_600_000;

/** What becomes one version. */
interface Part {
  /** Names the commit. */
  readonly id: string;
  /** Day (since 1970) -> its rows: late ones wait in their own day's file and rotate no other. */
  readonly days: Map<number, ColumnTable[]>;
  /** Day -> its file, once it is in the store. */
  readonly files: Map<number, AddFile>;
}

interface SealedPart extends Part {
  readonly upTo: Checkpoint;
  readonly extras: readonly ExtraTransaction[];
}

const newPart = (): Part => ({ id: randomUUID(), days: new Map(), files: new Map() });

/**
 * One Delta table, one stream: buffers rows and publishes them with the positions they reach, as `txn` actions of the
 * same commit. The application id of a position is `<stream>/<partition>` (large ones have more: decisions/0009).
 */
export class TableWriter {
  private table: DeltaTable | null = null;
  private transactions = new Map<string, bigint>();
  private open = newPart();
  private sealed: SealedPart[] = [];
  private rows = 0;
  private bytes = 0;
  /** Since somebody asked. */
  private made: Published | null = null;

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
    // Opening checks environment and columns, so that a wrong set-up ends before anything is read.
    this.table = await loadTable(...this.opening());
    this.transactions = new Map(this.table?.snapshot().transactions ?? []);
    return new Map(partitions.map((partition) => [partition, this.position(partition) ?? null]));
  }

  /** Position of the next record that this table wants. */
  position(partition: string): Position | undefined {
    return positionOf(this.transactions, `${this.spec.stream}/${partition}`);
  }

  extra(name: string): bigint | undefined {
    return this.transactions.get(`${this.spec.stream}/${name}`);
  }

  add(part: ColumnTable, bytes: number): void {
    if (part.rows === 0) return;
    for (const [day, table] of splitByDay(part, this.spec.dateColumn)) {
      const tables = this.open.days.get(day);
      if (tables) tables.push(table);
      else this.open.days.set(day, [table]);
    }
    this.rows += part.rows;
    this.bytes += bytes;
  }

  buffered(): { rows: number; bytes: number; days: number } {
    const days = this.sealed.reduce((sum, part) => sum + part.days.size, this.open.days.size);
    return { rows: this.rows, bytes: this.bytes, days };
  }

  /** Days that the version has which rows are added to now. */
  openDays(): ReadonlySet<number> {
    return new Set(this.open.days.keys());
  }

  /** Everything up to `upTo` was added and nothing after it: that much is to be a version of its own. */
  seal(upTo: Checkpoint, extras: readonly ExtraTransaction[]): void {
    this.sealed.push({ ...this.open, upTo, extras });
    this.open = newPart();
  }

  discard(): void {
    this.open = newPart();
    this.sealed = [];
    this.rows = 0;
    this.bytes = 0;
  }

  /**
   * May be called again after an error that can be retried: files that were written are used again, and a commit that
   * took effect though its answer was lost is recognised by its id.
   */
  async commit(upTo: Checkpoint, extras: readonly ExtraTransaction[] = []): Promise<void> {
    for (let part = this.sealed.at(0); part; part = this.sealed.at(0)) {
      await this.publish(part, this.updates(part.upTo, part.extras));
      this.sealed.shift();
      this.rows -= rowsIn(part);
    }
    const updates = this.updates(upTo, extras);
    if (updates.length > 0 || this.open.days.size > 0) await this.publish(this.open, updates);
    this.discard();
  }

  /** What commits have made readable since it was last asked. */
  published(): readonly Published[] {
    const { made } = this;
    this.made = null;
    return made ? [made] : [];
  }

  private async publish({ id, days, files }: Part, updates: readonly TransactionUpdate[]): Promise<void> {
    this.table ??= await openTable(...this.opening());
    // Counted by whoever replaces rows of this stream.
    const replacements = `${this.spec.stream}#rebuild`;
    const expected = this.transactions.get(replacements) ?? null;
    const oldestMs = this.deps.clock.nowMs() - FILE_AGE_MS_MAX;
    for (const [day, tables] of days) {
      const written = files.get(day)?.modificationTime ?? -Infinity;
      if (written < oldestMs) files.set(day, await this.writeFile(this.table, day, tables));
    }
    const version = await this.table.append({
      files: [...files.values()],
      transactions: updates,
      expects: this.spec.followsRows ? [{ appId: replacements, expected }] : [],
      operation: 'STREAMING UPDATE',
      id,
    });
    for (const { appId, version } of updates) this.transactions.set(appId, version);
    if (files.size > 0) this.made = this.madeWith({ id, days, files }, version);
  }

  private madeWith({ days, files }: Part, version: number): Published {
    const { path: name, columns } = this.spec;
    const before = this.made ?? { rows: 0, bytes: 0, files: 0 };
    const rows = before.rows + rowsIn({ days });
    const bytes = [...files.values()].reduce((sum, { size }) => sum + size, before.bytes ?? 0);
    return { kind: 'table', name, rows, bytes, files: (before.files ?? 0) + files.size, columns, version };
  }

  private opening(): Parameters<typeof openTable> {
    const { store, clock, environment, log } = this.deps;
    const { columns, dateColumn, bloomFilters = [], sums = [] } = this.spec;
    const properties = {
      [ENVIRONMENT_PROPERTY]: environment,
      // For those who write its files anew.
      ...(bloomFilters.length > 0 ? { [BLOOM_FILTERS_PROPERTY]: bloomFilters.join() } : {}),
      ...(sums.length > 0 ? { [SUMS_PROPERTY]: sums.join() } : {}),
    };
    const spec: TableSpec = { path: this.path, columns, partitionBy: dateColumn, properties };
    return [store, spec, clock, readCheckpoint, { writeCheckpoint, log }];
  }

  private updates(upTo: Checkpoint, extras: readonly ExtraTransaction[]): TransactionUpdate[] {
    const { stream } = this.spec;
    // A position never goes back: a table that is ahead of the start waits until reading has caught up with it.
    const positions = [...upTo].flatMap(([partition, position]) =>
      position > (this.position(partition) ?? 0n)
        ? positionUpdates(this.transactions, `${stream}/${partition}`, position)
        : [],
    );
    const others = extras.map(({ name, version }): TransactionUpdate => {
      const appId = `${stream}/${name}`;
      return { appId, expected: this.extra(name) ?? null, version };
    });
    return [...positions, ...others.filter(({ expected, version }) => version !== expected)];
  }

  private async writeFile(table: DeltaTable, day: number, rows: readonly ColumnTable[]): Promise<AddFile> {
    const { dateColumn, bloomFilters } = this.spec;
    const partitionValues = { [dateColumn]: isoDate(day) };
    const path = dataFilePath(partitionValues, `part-${randomUUID()}.zstd.parquet`);
    const file = await this.deps.encoder.encode(rows, { fieldIds: table.fieldIds(), bloomFilters });
    await this.deps.store.put(`${this.path}/${path}`, file.bytes);
    const added = addFileOf(path, file, partitionValues, this.deps.clock.nowMs());
    release(file.bytes);
    return added;
  }
}

const rowsIn = ({ days }: Pick<Part, 'days'>): number =>
  [...days.values()].flat().reduce((sum, table) => sum + table.rows, 0);

/** The rows of each day, without the column that names it: nearly always all rows are of one day and nothing is copied. */
function splitByDay(table: ColumnTable, dateColumn: string): Map<number, ColumnTable> {
  const days = columnOf(table, dateColumn).values as Int32Array;
  const rest = { rows: table.rows, columns: table.columns.filter(({ spec }) => spec.name !== dateColumn) };
  if (areEqual(days)) return new Map([[days[0], rest]]);
  const rowsOf = new Map<number, number[]>();
  days.forEach((day, row) => {
    const rows = rowsOf.get(day);
    if (rows) rows.push(row);
    else rowsOf.set(day, [row]);
  });
  return new Map([...rowsOf].map(([day, rows]) => [day, selectRows(rest, Int32Array.from(rows))]));
}

function areEqual(numbers: Int32Array): boolean {
  let at = 1;
  while (at < numbers.length && numbers[at] === numbers[0]) at++;
  return at >= numbers.length;
}

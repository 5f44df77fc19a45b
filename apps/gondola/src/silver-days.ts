import type { Contract } from '@gondola/contract';
import { inRecordOrder, type RecordPart } from '@gondola/detect-service';
import type { EventBatch } from '@gondola/events';
import { readDataFile, readSnapshot, type AddFile } from '@gondola/lake-delta';
import { openParquet, readCheckpoint } from '@gondola/lake-parquet';
import type { SchemaRegistry } from '@gondola/schema-registry';
import { selectRows, type Column, type ColumnTable, type ObjectStore } from '@gondola/stream';

const STORE_SUBJECT = 'retail.catalog.store';
const STORE_COLUMNS = ['retail_store_id', 'time_zone', 'city'];
/** What rows are sorted by: event time in microseconds, then as they came. */
const ORDER_COLUMNS = ['event_time', 'source_partition', 'source_position'] as const;

/** Days of event time, UTC, both included; null: from the first, to the last that there is. */
export interface Days {
  readonly from: string | null;
  readonly to: string | null;
}

export interface SilverDeps {
  readonly store: ObjectStore;
  readonly environment: string;
  readonly registry: SchemaRegistry;
}

/** One day of silver: what detection would have been told, in the order of event time. */
export interface SilverDay {
  readonly date: string;
  readonly rows: number;
  readonly parts: readonly RecordPart[];
}

/** Files of one subject, by the day of their rows. */
interface SubjectFiles {
  readonly contract: Contract;
  readonly path: string;
  readonly columns: readonly string[];
  readonly byDate: ReadonlyMap<string, readonly AddFile[]>;
}

/** All that detection listens to in silver, day after day; the rows of one day are in memory at a time. */
export async function* silverDays(deps: SilverDeps, days: Days): AsyncGenerator<SilverDay> {
  const subjects = await subjectsOf(deps, days);
  const dates = [...new Set(subjects.flatMap(({ byDate }) => [...byDate.keys()]))].sort();
  for (const date of dates) {
    const tables: DayTable[] = [];
    for (const subject of subjects) {
      const files = subject.byDate.get(date) ?? [];
      for (const file of files) tables.push(await readTable(deps.store, subject, file));
    }
    const rows = tables.reduce((sum, { table }) => sum + table.rows, 0);
    yield { date, rows, parts: inRecordOrder(numbered(tables)) };
  }
}

async function subjectsOf(
  { store, environment, registry }: SilverDeps,
  { from, to }: Days,
): Promise<SubjectFiles[]> {
  const found: SubjectFiles[] = [];
  for (const subject of registry.subjects()) {
    const contract = registry.contractOf(subject);
    if (!contract || (!contract.shelf && subject !== STORE_SUBJECT)) continue;
    const path = `${environment}/silver/${subject}`;
    const snapshot = await readSnapshot(store, path, readCheckpoint);
    const byDate = new Map<string, AddFile[]>();
    for (const file of snapshot?.files ?? []) {
      const date = file.partitionValues['event_date'] ?? '';
      // A store is where it is, whatever day said so.
      const isWanted = subject === STORE_SUBJECT || ((from ?? '') <= date && date <= (to ?? '9999'));
      if (isWanted) byDate.set(date, [...(byDate.get(date) ?? []), file]);
    }
    const columns = subject === STORE_SUBJECT ? STORE_COLUMNS : columnsOf(contract);
    if (byDate.size > 0) found.push({ contract, path, columns, byDate });
  }
  return found;
}

/** Columns that a binding names anywhere. */
function columnsOf({ shelf, columns }: Contract): string[] {
  const known = new Set(columns.map(({ name }) => name));
  const found = new Set<string>();
  const visit = (part: unknown): void => {
    if (typeof part === 'string' && known.has(part)) found.add(part);
    if (part === null || typeof part !== 'object') return;
    for (const [key, value] of Object.entries(part)) {
      if (known.has(key)) found.add(key);
      visit(value);
    }
  };
  visit(shelf);
  return [...found];
}

interface DayTable {
  readonly contract: Contract;
  readonly table: ColumnTable;
  readonly timeUs: Float64Array;
  readonly partition: readonly unknown[];
  readonly position: readonly (bigint | number)[];
}

async function readTable(
  store: ObjectStore,
  { contract, path, columns }: SubjectFiles,
  file: AddFile,
): Promise<DayTable> {
  const { whole } = await openParquet(await readDataFile(store, path, file));
  const specs = contract.columns.filter(({ name }) => columns.includes(name));
  const read: Column[] = [];
  for (const spec of specs) {
    // A column that files before it was added do not have.
    const values = (await whole.read(spec.name)) ?? new Array<null>(whole.rows).fill(null);
    read.push({ spec, values: values as Column['values'] });
  }
  const [time, partition, position] = await Promise.all(ORDER_COLUMNS.map((name) => whole.read(name)));
  return {
    contract,
    table: { rows: whole.rows, columns: read },
    timeUs: Float64Array.from(time as ArrayLike<number>),
    partition: [...((partition ?? []) as unknown[])],
    position: Array.from((position ?? []) as ArrayLike<bigint | number>),
  };
}

/** Batches of rows in the order of event time, numbered through all of them. */
function numbered(tables: readonly DayTable[]): EventBatch[] {
  const places = tables.flatMap(({ table }, at) =>
    Array.from({ length: table.rows }, (_, row) => ({ at, row })),
  );
  places.sort((left, right) => {
    const [a, b] = [tables[left.at], tables[right.at]];
    const time = a.timeUs[left.row] - b.timeUs[right.row];
    if (time !== 0) return time;
    const [mine, other] = [String(a.partition[left.row]), String(b.partition[right.row])];
    if (mine !== other) return mine < other ? -1 : 1;
    const positions = [a.position[left.row] ?? 0, b.position[right.row] ?? 0];
    return positions[0] < positions[1] ? -1 : positions[0] > positions[1] ? 1 : left.row - right.row;
  });
  const ranks = tables.map(({ table }) => ({
    rows: new Int32Array(table.rows),
    record: new Int32Array(table.rows),
    end: 0,
  }));
  places.forEach(({ at, row }, record) => {
    const rank = ranks[at];
    rank.rows[rank.end] = row;
    rank.record[rank.end++] = record;
  });
  return tables.map(({ contract, table, timeUs }, at) => {
    const { rows, record } = ranks[at];
    return {
      subject: contract.subject,
      shelf: contract.shelf,
      table: selectRows(table, rows),
      recordIndex: record,
      eventTimeMs: Float64Array.from(rows, (row) => timeUs[row] / 1000),
      // What detection does not ask of events that are in silver already.
      ...{ eventId: [], schemaVersion: new Int32Array(0), identity: new BigInt64Array(0) },
    };
  });
}

import { readDataFile, readSnapshot, type TableSnapshot } from '@gondola/lake-delta';
import { readCheckpoint, readParquetColumns } from '@gondola/lake-parquet';
import type { ObjectStore } from '@gondola/stream';

export interface LakeSummary {
  readonly bronzeRows: number;
  readonly silverRows: Readonly<Record<string, number>>;
  readonly quarantineRows: number;
  readonly quarantineReasons: Readonly<Record<string, number>>;
  readonly signals: Readonly<Record<string, number>>;
  /** Sum of `quantity` over the sale lines of silver's POS table, the same of its returns. */
  readonly unitsSold: number;
  readonly unitsReturned: number;
}

/** What the tables of one environment hold now, read from the tables themselves. */
export async function summariseLake(
  store: ObjectStore,
  environment: string,
  options: { streams: readonly string[]; subjects: readonly string[] },
): Promise<LakeSummary> {
  const open = async (path: string) => {
    const snapshot = await readSnapshot(store, `${environment}/${path}`, readCheckpoint);
    return { path: `${environment}/${path}`, snapshot };
  };
  let bronzeRows = 0;
  for (const stream of options.streams) bronzeRows += rowsOf((await open(`bronze/${stream}`)).snapshot);
  const silverRows: Record<string, number> = {};
  for (const subject of options.subjects) {
    const rows = rowsOf((await open(`silver/${subject}`)).snapshot);
    if (rows > 0) silverRows[subject] = rows;
  }
  const quarantine = await open('quarantine');
  const units = await unitsOf(store, await open('silver/retail.pos.transaction'));
  return {
    bronzeRows,
    silverRows,
    quarantineRows: rowsOf(quarantine.snapshot),
    quarantineReasons: await countBy(store, quarantine, 'reason'),
    signals: await countBy(store, await open('signals'), 'kind'),
    unitsSold: units.get('SALE') ?? 0,
    unitsReturned: units.get('RETURN') ?? 0,
  };
}

interface OpenTable {
  readonly path: string;
  readonly snapshot: TableSnapshot | null;
}

function rowsOf(snapshot: TableSnapshot | null): number {
  const rows = (stats: string) => (JSON.parse(stats) as { numRecords: number }).numRecords;
  return (snapshot?.files ?? []).reduce((sum, file) => sum + rows(file.stats), 0);
}

async function* columnsOf<Name extends string>(store: ObjectStore, table: OpenTable, names: readonly Name[]) {
  for (const file of table.snapshot?.files ?? []) {
    yield await readParquetColumns(await readDataFile(store, table.path, file), names);
  }
}

async function countBy(
  store: ObjectStore,
  table: OpenTable,
  column: string,
): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for await (const columns of columnsOf(store, table, [column]))
    for (const value of columns[column]) counts[String(value)] = (counts[String(value)] ?? 0) + 1;
  return counts;
}

/** Silver keeps quantities as whole thousandths. */
const QUANTITY_SCALE = 1_000;

async function unitsOf(store: ObjectStore, table: OpenTable): Promise<Map<string, number>> {
  const thousandths = new Map<string, bigint>();
  for await (const columns of columnsOf(store, table, ['line_type', 'quantity'])) {
    columns.quantity.forEach((value: unknown, row: number) => {
      const kind = String(columns.line_type[row]);
      thousandths.set(kind, (thousandths.get(kind) ?? 0n) + BigInt(value as bigint));
    });
  }
  return new Map([...thousandths].map(([kind, sum]) => [kind, Number(sum) / QUANTITY_SCALE]));
}

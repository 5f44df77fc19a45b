import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  INCIDENT_COLUMNS,
  incidentTable,
  QUALITY_COLUMNS,
  qualityTable,
  SIGNAL_COLUMNS,
  signalTable,
  type Incident,
  type QualityCount,
  type ShelfVerdict,
  type Signal,
} from '@gondola/events';
import { addFileOf, dataFilePath, isoDate, openTable } from '@gondola/lake-delta';
import { createLocalDiskStore } from '@gondola/lake-object-store';
import { columnarEncoder } from '@gondola/lake-parquet';
import {
  columnSpec as column,
  systemClock,
  type ColumnSpec,
  type ColumnTable,
  type ObjectStore,
} from '@gondola/stream';

export const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** 2026-05-01T12:00:00Z */
export const NOON_MS = Date.UTC(2026, 4, 1, 12);

export function signalWith(fields: Partial<Signal> & Pick<Signal, 'signalId'>): Signal {
  return {
    episodeId: fields.signalId,
    environment: 'dev',
    storeId: '1001',
    itemId: 'SKU-1',
    kind: 'silent',
    atMs: NOON_MS,
    sinceMs: NOON_MS - 5 * HOUR_MS,
    expectedAtMs: null,
    actByMs: null,
    probability: 0.83,
    onHandRecord: null,
    onHandEstimate: null,
    demandPerHour: 2.5,
    lostUnits: 7.5,
    lostUnitsLow: 4,
    lostUnitsHigh: 12,
    lostSalesPerHour: 32.5,
    lostSales: 97.5,
    lostSalesLow: 52,
    lostSalesHigh: 156,
    valuePerMinute: 0.45,
    currency: 'EUR',
    evidence: [{ name: 'zero_sales', weight: 3.1, facts: { hours: 5, expectedUnits: 7.2 } }],
    causes: [{ name: 'unknown', probability: 1 }],
    soldLast24h: Array.from({ length: 24 }, (_, hour) => (hour < 19 ? 2 : 0)),
    expectedLast24h: Array.from({ length: 24 }, () => 2),
    modelVersion: 'test-1',
    receipt: null,
    arm: 'treated',
    ...fields,
  };
}

const TILLS = 'dev/silver/retail.pos.transaction';
const TILL_COLUMNS = [
  ...['retail_store_id', 'item_id', 'transaction_type', 'line_type', 'currency_code'].map((name) =>
    column(name, 'string'),
  ),
  column('merchandise_group', 'string', true),
  column('begin_date_time', 'timestamp'),
  ...[column('quantity', 'int64'), column('unit_price', 'int64')],
];

export interface TillLine {
  readonly storeId: string;
  readonly itemId: string;
  readonly category: string | null;
  readonly atMs: number;
  readonly units: number;
  readonly price: number;
}

/** A real lake in a folder of its own, written as the detector and the ingest write it. */
export class LakeFixture {
  readonly folder: string;
  readonly store: ObjectStore;

  /** Fields of their own, so that Node runs this file as it is: the benches use it. */
  private constructor(folder: string) {
    this.folder = folder;
    this.store = createLocalDiskStore(folder);
  }

  static async create(): Promise<LakeFixture> {
    return LakeFixture.at(await mkdtemp(join(tmpdir(), 'gondola-api-')));
  }

  /** A lake that may be there already. */
  static at(folder: string): LakeFixture {
    return new LakeFixture(folder);
  }

  /** One commit, one file per day. */
  async addSignals(signals: readonly Signal[], environment = 'dev'): Promise<void> {
    const byDay = Map.groupBy(signals, ({ atMs }) => Math.floor(atMs / DAY_MS));
    const parts = [...byDay].map(([days, list]) => ({
      date: isoDate(days),
      table: withoutDate(signalTable(list, { stream: 'events', partition: '0', ordinal: 0n })),
    }));
    const columns = SIGNAL_COLUMNS.filter(({ name }) => name !== 'event_date');
    await this.append(`${environment}/signals`, columns, parts, environment);
  }

  /** One commit, one file per day. */
  async addQuality(counts: readonly QualityCount[]): Promise<void> {
    const byDay = Map.groupBy(counts, ({ hourMs }) => Math.floor(hourMs / DAY_MS));
    const parts = [...byDay].map(([days, list]) => ({
      date: isoDate(days),
      table: withoutDate(qualityTable(list)),
    }));
    const columns = QUALITY_COLUMNS.filter(({ name }) => name !== 'event_date');
    await this.append('dev/quality', columns, parts);
  }

  /** As silver has them: times in microseconds. */
  async addVerdicts(verdicts: readonly ShelfVerdict[]): Promise<void> {
    const columns = [
      ...['event_id', 'store_id', 'item_id', 'verdict'].map((name) => column(name, 'string')),
      ...['signal_id', 'check_id', 'undoes', 'actor', 'channel'].map((name) => column(name, 'string', true)),
      column('at', 'timestamp'),
    ];
    const rows = verdicts.map(({ eventId, signalId, checkId, storeId, itemId, atMs, ...rest }) => ({
      ...{ event_id: eventId, signal_id: signalId, check_id: checkId, store_id: storeId, item_id: itemId },
      ...{ at: atMs * 1_000, ...rest },
    }));
    await this.append('dev/silver/retail.stockout.verdict', columns, [
      { date: '2026-05-01', table: tableOf(columns, rows) },
    ]);
  }

  /** What tills of silver say of shelves. */
  async addSales(
    date: string,
    sales: readonly { retail_store_id: string; item_id: string }[],
  ): Promise<void> {
    const columns = [column('retail_store_id', 'string'), column('item_id', 'string')];
    await this.append('dev/silver/retail.pos.transaction', columns, [
      { date, table: tableOf(columns, sales) },
    ]);
  }

  /** Lines of tills with what they took, as silver has them. */
  async addTillLines(date: string, lines: readonly TillLine[]): Promise<void> {
    const rows = lines.map(({ storeId, itemId, category, atMs, units, price }) => ({
      ...{ retail_store_id: storeId, item_id: itemId, transaction_type: 'SALE', line_type: 'SALE' },
      ...{ currency_code: 'EUR', merchandise_group: category, begin_date_time: atMs * 1_000 },
      ...{ quantity: BigInt(units * 1_000), unit_price: BigInt(Math.round(price * 10_000)) },
    }));
    await this.append(TILLS, TILL_COLUMNS, [{ date, table: tableOf(TILL_COLUMNS, rows) }]);
  }

  /** As `expire` does. */
  async removeOldestTillFile(): Promise<void> {
    const delta = await openTable(this.store, specOf(TILLS, TILL_COLUMNS, 'dev'), systemClock);
    const removes = delta.snapshot().files.slice(0, 1);
    await delta.changeFiles({
      ...{ removes, files: [], dataChange: true, transactions: [], operation: 'DELETE' },
    });
  }

  async addIncidents(incidents: readonly Incident[]): Promise<void> {
    const numbered = incidents.map((incident, ordinal) => ({ ordinal, incident }));
    const table = withoutDate(incidentTable(numbered, { stream: 'events', partition: '0' }));
    const columns = INCIDENT_COLUMNS.filter(({ name }) => name !== 'event_date');
    await this.append('dev/incidents', columns, [{ date: '2026-05-01', table }]);
  }

  async addOrders(orders: readonly { location_id: string; source_id: string | null }[]): Promise<void> {
    const columns = [column('location_id', 'string'), column('source_id', 'string', true)];
    await this.append('dev/silver/retail.replenishment.order', columns, [
      { date: '2026-05-01', table: tableOf(columns, orders) },
    ]);
  }

  async addPlacements(
    places: readonly { retail_store_id: string; item_id: string; bay: string | null; updated_at: number }[],
  ): Promise<void> {
    const columns = [
      ...[column('retail_store_id', 'string'), column('item_id', 'string')],
      ...[column('bay', 'string', true), column('updated_at', 'timestamp')],
    ];
    await this.append('dev/silver/retail.catalog.placement', columns, [
      { date: '2026-05-01', table: tableOf(columns, places) },
    ]);
  }

  async addItems(items: readonly { item_id: string; name: string }[]): Promise<void> {
    const columns = [column('item_id', 'string'), column('name', 'string')];
    await this.append('dev/silver/retail.catalog.item', columns, [
      { date: '2026-05-01', table: tableOf(columns, items) },
    ]);
  }

  async addStores(
    stores: readonly {
      retail_store_id: string;
      name: string;
      city: string | null;
      time_zone?: string;
      opening_hours?: string;
    }[],
  ): Promise<void> {
    const columns = [
      column('retail_store_id', 'string'),
      column('name', 'string'),
      column('city', 'string', true),
      column('time_zone', 'string', true),
      column('opening_hours', 'string', true),
    ];
    await this.append('dev/silver/retail.catalog.store', columns, [
      { date: '2026-05-01', table: tableOf(columns, stores) },
    ]);
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }

  private async append(
    path: string,
    columns: readonly ColumnSpec[],
    parts: readonly { date: string; table: ColumnTable }[],
    environment = 'dev',
  ): Promise<void> {
    const delta = await openTable(this.store, specOf(path, columns, environment), systemClock);
    const files = await Promise.all(
      parts.map(async ({ date, table }) => {
        const partition = { event_date: date };
        const file = dataFilePath(partition, `${crypto.randomUUID()}.zstd.parquet`);
        const encoded = await columnarEncoder.encode([table]);
        await this.store.put(`${path}/${file}`, encoded.bytes);
        return addFileOf(file, encoded, partition, systemClock.nowMs());
      }),
    );
    await delta.append({ files, transactions: [], operation: 'WRITE' });
  }
}

function specOf(path: string, columns: readonly ColumnSpec[], environment: string) {
  return {
    path,
    columns: [...columns, column('event_date', 'date')],
    partitionBy: 'event_date',
    properties: { 'gondola.environment': environment },
  };
}

function tableOf(columns: readonly ColumnSpec[], rows: readonly object[]): ColumnTable {
  return {
    rows: rows.length,
    columns: columns.map((spec) => ({
      spec,
      values: rows.map((row) => (row as Record<string, string | number | bigint | null>)[spec.name] ?? null),
    })),
  };
}

function withoutDate({ rows, columns }: ColumnTable): ColumnTable {
  return { rows, columns: columns.filter(({ spec }) => spec.name !== 'event_date') };
}

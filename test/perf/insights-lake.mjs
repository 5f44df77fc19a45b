/** Tables as ingest and detection write them, with as many rows as a chain has. */
import { SIGNAL_COLUMNS, signalTable } from '@gondola/events';
import { addFileOf, dataFilePath, isoDate, openTable } from '@gondola/lake-delta';
import { columnarEncoder } from '@gondola/lake-parquet';
import { columnSpec as column, systemClock } from '@gondola/stream';
import { createRandom } from './bench-tools.mjs';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const LINES_A_DAY = 600;
const CATEGORIES = 20;
const TILLS = 'dev/silver/retail.pos.transaction';
const VERDICTS = 'dev/silver/retail.stockout.verdict';
const TILL_COLUMNS = [
  ...[
    'retail_store_id',
    'item_id',
    'merchandise_group',
    'transaction_type',
    'line_type',
    'currency_code',
  ].map((name) => column(name, 'string')),
  column('begin_date_time', 'timestamp'),
  column('quantity', 'int64'),
  column('unit_price', 'int64'),
];
const VERDICT_COLUMNS = [
  ...['event_id', 'signal_id', 'store_id', 'item_id', 'verdict', 'actor'].map((name) =>
    column(name, 'string'),
  ),
  column('at', 'timestamp'),
];

/** A file for each day. Returns how many rows there are of each. */
export async function writeInsightsLake(store, { stores, days, items, outages, startMs }) {
  const random = createRandom(11);
  const tables = {
    tills: await open(store, TILLS, TILL_COLUMNS),
    signals: await open(
      store,
      'dev/signals',
      SIGNAL_COLUMNS.filter(({ name }) => name !== 'event_date'),
    ),
    verdicts: await open(store, VERDICTS, VERDICT_COLUMNS),
  };
  const rows = { tills: 0, signals: 0, verdicts: 0 };
  for (let day = 0; day < days; day++) {
    const dayMs = startMs + day * DAY_MS;
    const signals = Array.from({ length: stores * outages }, (_, at) =>
      outage(`S${at % stores}`, dayMs, `${day}-${at}`, items, random),
    ).flat();
    const verdicts = signals.filter(({ kind }) => kind === 'silent' && random(5) === 0);
    await tables.tills.add(dayMs, tillTable(stores, items, dayMs, random));
    await tables.signals.add(dayMs, signalTable(signals, { stream: 'events', partition: '0', ordinal: 0n }));
    await tables.verdicts.add(dayMs, verdictTable(verdicts, random));
    rows.tills += stores * LINES_A_DAY;
    rows.signals += signals.length;
    rows.verdicts += verdicts.length;
  }
  return rows;
}

async function open(store, path, columns) {
  const delta = await openTable(
    store,
    {
      ...{ path, columns: [...columns, column('event_date', 'date')], partitionBy: 'event_date' },
      properties: { 'gondola.environment': 'dev' },
    },
    systemClock,
  );
  const add = async (dayMs, table) => {
    const partition = { event_date: isoDate(Math.floor(dayMs / DAY_MS)) };
    const file = dataFilePath(partition, `${crypto.randomUUID()}.zstd.parquet`);
    const kept = { ...table, columns: table.columns.filter(({ spec }) => spec.name !== 'event_date') };
    const encoded = await columnarEncoder.encode([kept]);
    await store.put(`${path}/${file}`, encoded.bytes);
    const files = [addFileOf(file, encoded, partition, dayMs)];
    await delta.append({ files, transactions: [], operation: 'WRITE' });
  };
  return { add };
}

function tillTable(stores, items, dayMs, random) {
  const rows = stores * LINES_A_DAY;
  const sold = Array.from({ length: rows }, () => random(items));
  const values = {
    retail_store_id: sold.map((_, row) => `S${row % stores}`),
    item_id: sold.map((item) => `I${item}`),
    merchandise_group: sold.map((item) => `C${item % CATEGORIES}`),
    transaction_type: sold.map(() => 'SALE'),
    line_type: sold.map(() => (random(50) === 0 ? 'RETURN' : 'SALE')),
    currency_code: sold.map(() => 'EUR'),
    begin_date_time: Float64Array.from(sold, () => (dayMs + 8 * HOUR_MS + random(14 * HOUR_MS)) * 1_000),
    quantity: BigInt64Array.from(sold, () => BigInt(1 + random(3)) * 1_000n),
    unit_price: BigInt64Array.from(sold, (item) => BigInt(5_000 + 37 * item)),
  };
  return { rows, columns: TILL_COLUMNS.map((spec) => ({ spec, values: values[spec.name] })) };
}

function outage(storeId, dayMs, id, items, random) {
  const atMs = dayMs + 9 * HOUR_MS + random(10 * HOUR_MS);
  const lostSales = 5 + random(60);
  const one = {
    ...{
      episodeId: id,
      environment: 'dev',
      storeId,
      itemId: `I${random(items)}`,
      sinceMs: atMs - 3 * HOUR_MS,
    },
    ...{ expectedAtMs: null, actByMs: null, probability: 0.6 + random(40) / 100, onHandRecord: null },
    ...{ onHandEstimate: null, demandPerHour: 2, lostUnits: 6, lostUnitsLow: 3, lostUnitsHigh: 9 },
    ...{ lostSalesPerHour: 4, lostSales, lostSalesLow: lostSales / 2, lostSalesHigh: lostSales * 1.5 },
    ...{ valuePerMinute: 0.1, currency: 'EUR', modelVersion: 'bench', arm: 'treated', receipt: null },
    evidence: [{ name: 'zero_sales', weight: 3.1, facts: { hours: 5, expectedUnits: 7.2 } }],
    causes: [
      { name: 'in_backroom', probability: 0.6 },
      { name: 'unknown', probability: 0.4 },
    ],
    ...{ soldLast24h: Array(24).fill(0), expectedLast24h: Array(24).fill(2) },
  };
  return [
    { ...one, signalId: id, kind: 'silent', atMs },
    { ...one, signalId: `${id}-e`, kind: 'recovered', atMs: atMs + random(5 * HOUR_MS) },
  ];
}

const WORDS = ['FILLED', 'IT_WAS_THERE', 'NONE_IN_STORE'];

function verdictTable(signals, random) {
  const values = {
    event_id: signals.map(({ signalId }) => `v-${signalId}`),
    signal_id: signals.map(({ signalId }) => signalId),
    store_id: signals.map(({ storeId }) => storeId),
    item_id: signals.map(({ itemId }) => itemId),
    verdict: signals.map(() => WORDS[random(WORDS.length)]),
    actor: signals.map((_, at) => `tok-${at % 50}`),
    at: Float64Array.from(signals, ({ atMs }) => (atMs + random(3 * HOUR_MS)) * 1_000),
  };
  return {
    rows: signals.length,
    columns: VERDICT_COLUMNS.map((spec) => ({ spec, values: values[spec.name] })),
  };
}

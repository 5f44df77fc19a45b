/**
 * npm run bench -- decode [PART OF A CASE'S NAME]
 *
 * How fast records become columns: the validate stage alone (framing, decoding, rules, identities), and with the columns
 * written to Parquet (zstd), both per CPU-second. Prints one line of JSON.
 */
import { join } from 'node:path';
import { encodeAvro } from '@gondola/contract';
import { columnarEncoder } from '@gondola/lake-parquet';
import { loadEmbeddedRegistry } from '@gondola/schema-registry';
import { recordBatchOf } from '@gondola/stream';
import { createValidateStage } from '@gondola/validate';
import { createRandom, digits } from './bench-tools.mjs';
import { camelCased, protobufCase } from './protobuf-case.mjs';

const BATCHES = 10;
const RECORDS_PER_BATCH = 10_000;
const WARM_UP_SECONDS = 1;
const SECONDS = 3;
const NO_HEADERS = [];
const START_MS = Date.UTC(2026, 0, 5, 8);

/** What make_pos_topics.py sends. */
function flatEvent(random, index) {
  return {
    event_id: index.toString(16).padStart(8, '0') + digits(random(1e8), 8) + digits(random(1e8), 8),
    event_type: ['sale', 'return', 'receipt'][Math.max(0, random(100) - 97)],
    store_id: `S${digits(1 + random(200), 4)}`,
    sku: `SKU${digits(1 + random(2000), 6)}`,
    quantity: 1 + random(3),
    unit_price: (50 + random(11_950)) / 100,
    currency: 'USD',
    event_time: START_MS + index + random(60_000),
    register_id: `R${digits(1 + random(12), 2)}`,
    order_id: `O${digits(Math.floor(index / 3), 10)}`,
    channel: ['store', 'web', 'app', 'kiosk'][random(4)],
    payment_type: ['card', 'cash', 'mobile', 'gift'][random(4)],
    customer_id: `C${digits(random(900_000), 6)}`,
    loyalty_id: random(2) ? `L${digits(random(500_000), 6)}` : null,
  };
}

function transaction(random, index) {
  const line = (_, number) => ({
    lineSequence: number + 1,
    lineType: 'SALE',
    itemId: `I${digits(random(20_000), 6)}`,
    gtin: `0${digits(random(1e12), 12)}`,
    description: null,
    merchandiseGroup: ['dairy', 'bakery', 'produce'][random(3)],
    quantity: 1 + random(4),
    unitPrice: (50 + random(11_950)) / 100,
  });
  return {
    eventId: digits(index, 12) + digits(random(1e12), 12),
    retailStoreId: `S${digits(1 + random(200), 4)}`,
    workstationId: `T${1 + random(12)}`,
    sequenceNumber: index,
    businessDayDate: 20_458,
    beginDateTime: START_MS + index + random(60_000),
    transactionType: 'SALE',
    currencyCode: 'COP',
    operatorId: `O${random(100)}`,
    customerId: random(2) ? `C${digits(random(900_000), 6)}` : null,
    loyaltyId: null,
    lines: Array.from({ length: 1 + random(3) }, line),
  };
}

/** `encode(index)` makes a record. What it made is not kept: objects that live long make the collector look at them. */
function batchesOf(encode) {
  return Array.from({ length: BATCHES }, (_, batch) => {
    const records = Array.from({ length: RECORDS_PER_BATCH }, (_, index) => ({
      key: null,
      value: encode(batch * RECORDS_PER_BATCH + index),
      timestampMs: START_MS + 600_000,
    }));
    const first = BigInt(batch * RECORDS_PER_BATCH);
    return { ...recordBatchOf('bench', '0', first, records), headersAt: () => NO_HEADERS };
  });
}

/** Runs for so many CPU-seconds; returns records and rows per CPU-second. */
async function measure(stage, batches, cpuSeconds, write) {
  const before = process.cpuUsage();
  let [records, rows, micros] = [0, 0, 0];
  while (micros < cpuSeconds * 1e6) {
    const tables = [];
    for (const batch of batches) {
      const { value, rejected } = stage.run(batch);
      if (rejected.length > 0) throw new Error(JSON.stringify(rejected[0]));
      records += batch.count;
      rows += value[0].table.rows;
      if (write) tables.push(value[0].table);
    }
    if (write) await columnarEncoder.encode(tables);
    const { user, system } = process.cpuUsage(before);
    micros = user + system;
  }
  const perCpuSecond = (count) => Math.round((count * 1e6) / micros);
  const cpuMicrosPerRecord = Number((micros / records).toFixed(3));
  return {
    cpuMicrosPerRecord,
    recordsPerCpuSecond: perCpuSecond(records),
    rowsPerCpuSecond: perCpuSecond(rows),
  };
}

const perf = join(import.meta.dirname, 'schemas');
const shipped = join(import.meta.dirname, '../../schemas');
const json = (_, event) => Buffer.from(JSON.stringify(event));

const timestampOf = (ms) => ({ seconds: Math.floor(ms / 1000), nanos: (ms % 1000) * 1e6 });
const flatProtobuf = protobufCase('pos-event.proto', camelCased);
const transactionProtobuf = protobufCase('pos-transaction.proto', ({ beginDateTime, ...event }) => ({
  ...Object.fromEntries(Object.entries(event).filter(([, value]) => value !== null)),
  beginDateTime: timestampOf(beginDateTime),
  transactionType: 'TRANSACTION_TYPE_SALE',
  lines: event.lines.map((line) => ({ ...line, lineType: 'LINE_TYPE_SALE' })),
}));
const cases = [
  ['flat event, Avro', perf, 'pos.event', flatEvent, encodeAvro],
  ['flat event, JSON', perf, 'pos.event', flatEvent, json],
  ['flat event, Protobuf', perf, 'pos.event', flatEvent, flatProtobuf.encode, flatProtobuf.lookup],
  ['transaction, Avro', shipped, 'retail.pos.transaction', transaction, encodeAvro],
  ['transaction, JSON', shipped, 'retail.pos.transaction', transaction, json],
  [
    'transaction, Protobuf',
    shipped,
    'retail.pos.transaction',
    transaction,
    transactionProtobuf.encode,
    transactionProtobuf.lookup,
  ],
];
const wanted = process.argv[2] ?? '';
const results = {};
for (const [name, folder, subject, eventOf, encode, lookupOf] of cases) {
  if (!name.includes(wanted)) continue;
  const embedded = loadEmbeddedRegistry(folder);
  const contract = embedded.contractOf(subject);
  const registry = lookupOf ? lookupOf(contract) : embedded;
  const random = createRandom(20260105);
  const batches = batchesOf((index) => encode(contract, eventOf(random, index)));
  const stage = createValidateStage({ registry, defaultSubject: subject });
  await measure(stage, batches, WARM_UP_SECONDS, true);
  const bytes = Math.round(batches[0].bytes.length / RECORDS_PER_BATCH);
  results[name] = {
    bytesPerRecord: bytes,
    ...(await measure(stage, batches, SECONDS, false)),
    toParquet: await measure(stage, batches, SECONDS, true),
  };
}
console.log(JSON.stringify({ bench: 'decode', node: process.version, results }));

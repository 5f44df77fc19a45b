/**
 * npm run bench -- validate [PART OF A VARIANT'S NAME]
 *
 * What the whole validate stage costs (framing, a cached schema id, decoding into columns, rules, identities), in microseconds of
 * CPU of the whole process for each record of 180 to 400 bytes: plain, and with five rules and two personal fields that
 * the mask stage turns into tokens. All variants take turns in one process; the medians of the turns are printed as one line
 * of JSON, each beside its limit.
 */
import { Contract, encodeAvro } from '@gondola/contract';
import { recordBatchOf } from '@gondola/stream';
import { createMaskStage, createValidateStage } from '@gondola/validate';
import { createRandom, digits, median } from './bench-tools.mjs';
import { camelCased, protobufCase } from './protobuf-case.mjs';

const BATCHES = 5;
const RECORDS_PER_BATCH = 10_000;
const TURNS = 15;
const WARM_UP_TURNS = 5;
const RUNS_PER_TURN = 3;
const START_MS = Date.UTC(2026, 0, 5, 8);
const NO_HEADERS = [];
const SUBJECT = 'pos.event';
const SCHEMA_ID = 1;

const field = (name, type) => ({ name, type });
const SCHEMA = {
  type: 'record',
  name: 'PosEvent',
  namespace: 'retail',
  fields: [
    ...['event_id', 'event_type', 'store_id', 'sku', 'description'].map((name) => field(name, 'string')),
    ...[field('quantity', 'int'), field('unit_price', 'double'), field('currency', 'string')],
    field('event_time', { type: 'long', logicalType: 'timestamp-millis' }),
    ...['register_id', 'order_id', 'channel', 'payment_type', 'customer_id'].map((name) =>
      field(name, 'string'),
    ),
    { ...field('loyalty_id', ['null', 'string']), default: null },
  ],
};

const BASE = {
  owner: 'performance',
  description: 'A flat till event.',
  roles: { eventId: 'event_id', eventTime: 'event_time' },
  columns: { unit_price: 'decimal(12, 2)' },
};
const rule = (name, check, pointer) => ({ name, check, message: `${name} does not hold`, pointer });
const CONTRACTS = {
  plain: BASE,
  'rules and masking': {
    ...BASE,
    personal: { customer_id: 'token', loyalty_id: 'token' },
    rules: [
      rule('quantityPositive', 'quantity > 0', '/quantity'),
      rule('unitPriceNotNegative', 'unit_price >= 0', '/unit_price'),
      rule('storeGiven', 'length(store_id) > 0', '/store_id'),
      rule('currencyKnown', "currency == 'USD' || currency == 'COP'", '/currency'),
      rule('amountWithinReason', 'quantity * unit_price < 1000000', '/unit_price'),
    ],
  },
};

const WORDS = ['whole', 'oat', 'milk', 'with', 'calcium', 'organic', 'dark', 'roast', 'coffee', 'beans'];

function eventOf(random, index) {
  const item = random(2_000);
  const word = (turn) => WORDS[(item * 7 + turn * 3) % WORDS.length];
  return {
    event_id: `${digits(index, 8)}-${digits(random(1e8), 8)}-${digits(random(1e8), 8)}`,
    event_type: ['sale', 'return', 'receipt'][Math.max(0, random(100) - 97)],
    store_id: `S${digits(1 + random(200), 4)}`,
    sku: `SKU${digits(1 + item, 6)}`,
    description: `${word(0)} ${word(1)} ${word(2)} ${word(3)} ${word(4)} ${1 + (item % 9)}00 g in a pack of ${1 + (item % 6)} pieces`,
    quantity: 1 + random(3),
    unit_price: (50 + random(11_950)) / 100,
    currency: 'USD',
    event_time: START_MS + index + random(60_000),
    register_id: `R${digits(1 + random(12), 2)}`,
    order_id: `ORDER-2026-${digits(Math.floor(index / 3), 12)}`,
    channel: ['store', 'web', 'app', 'kiosk'][random(4)],
    payment_type: ['card', 'cash', 'mobile', 'gift'][random(4)],
    customer_id: `C${digits(random(900_000), 6)}`,
    loyalty_id: random(2) ? `L${digits(random(500_000), 6)}` : null,
  };
}

function shuffled(random, event) {
  const entries = Object.entries(event);
  for (let at = entries.length - 1; at > 0; at--) {
    const other = random(at + 1);
    [entries[at], entries[other]] = [entries[other], entries[at]];
  }
  return Object.fromEntries(entries);
}

const protobufEvents = protobufCase('pos-event.proto', camelCased);

/** Each with its limit in microseconds of the plain variant; `encode` makes one record. */
const FORMATS = [
  { format: 'Avro', limitUs: 0.8, encode: (contract, event) => encodeAvro(contract, event) },
  { format: 'JSON, keys in one order', limitUs: 1.2, encode: (_, event) => jsonOf(event) },
  {
    format: 'JSON, keys in any order',
    limitUs: 4,
    encode: (_, event, random) => jsonOf(shuffled(random, event)),
  },
  { format: 'Protobuf', limitUs: 2.5, encode: protobufEvents.encode, lookup: protobufEvents.lookup },
];
const jsonOf = (event) => Buffer.from(JSON.stringify(event));
/** How much more rules and masking may cost. */
const RATIO_MAX = 1.5;

function batchesOf({ encode }, contract) {
  const random = createRandom(20260105);
  return Array.from({ length: BATCHES }, (_, batch) => {
    const first = batch * RECORDS_PER_BATCH;
    const records = Array.from({ length: RECORDS_PER_BATCH }, (_, index) => ({
      key: null,
      value: encode(contract, eventOf(random, first + index), random),
      timestampMs: START_MS + 600_000,
    }));
    return { ...recordBatchOf('bench', '0', BigInt(first), records), headersAt: () => NO_HEADERS };
  });
}

function variantOf(format, kind) {
  const versions = [{ version: 1, id: SCHEMA_ID, text: JSON.stringify(SCHEMA) }];
  const contract = new Contract({
    ...{ subject: SUBJECT, text: JSON.stringify(CONTRACTS[kind]) },
    ...{ versions, where: 'bench' },
  });
  const known = { contract, version: 1, kind: 'avro', writer: 1 };
  const registry = format.lookup?.(contract) ?? {
    contractOf: (name) => (name === SUBJECT ? contract : null),
    schemaById: (id) => (id === SCHEMA_ID ? known : null),
  };
  const validate = createValidateStage({ registry, defaultSubject: SUBJECT });
  const mask = createMaskStage({ registry, key: 'a key of thirty-two bytes or more for this bench' });
  const batches = batchesOf(format, contract);
  return {
    ...format,
    kind,
    bytes: batches.reduce((sum, { bytes }) => sum + bytes.length, 0) / (BATCHES * RECORDS_PER_BATCH),
    turns: [],
    run() {
      for (const records of batches) {
        const { value, rejected } = validate.run(records);
        if (rejected.length > 0) throw new Error(JSON.stringify(rejected[0]));
        if (kind !== 'plain') mask.run(value);
      }
    },
  };
}

function takeTurn(variant) {
  const before = process.cpuUsage();
  for (let run = 0; run < RUNS_PER_TURN; run++) variant.run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / (RUNS_PER_TURN * BATCHES * RECORDS_PER_BATCH);
}

const round = (value) => Math.round(value * 1000) / 1000;
const wanted = process.argv[2] ?? '';
const variants = FORMATS.flatMap((format) =>
  Object.keys(CONTRACTS).flatMap((kind) =>
    `${format.format}, ${kind}`.includes(wanted) ? variantOf(format, kind) : [],
  ),
);
for (let turn = -WARM_UP_TURNS; turn < TURNS; turn++)
  for (const variant of variants) {
    const microseconds = takeTurn(variant);
    if (turn >= 0) variant.turns.push(microseconds);
  }

const results = {};
for (const { format, kind, limitUs, bytes, turns } of variants) {
  const us = median(turns);
  const plain = variants.find((other) => other.format === format && other.kind === 'plain');
  const max = limitUs * (kind === 'plain' ? 1 : RATIO_MAX);
  results[`${format}, ${kind}`] = {
    ...{ bytesPerRecord: Math.round(bytes), cpuUsPerRecord: round(us), limitUs: round(max) },
    ...(kind !== 'plain' && plain && { timesPlain: round(us / median(plain.turns)) }),
    isWithin: us <= max,
  };
}
console.log(JSON.stringify({ bench: 'validate', node: process.version, turns: TURNS, results }));

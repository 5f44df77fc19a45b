import type { EventBatch } from '@gondola/events';
import { columnOf, columnSpec, plainValues, textsOf } from '@gondola/stream';
import { toNatural } from './avro-type.js';
import { contractOf, FILE, SCHEMA } from '../test/sale-contract.js';
import type { Contract, Event } from './contract.js';
import { encodeAvro } from './encode-avro.js';
import { identityHash } from './identity-hash.js';
import { Problem } from './problem.js';

const FAR_MS = Date.UTC(2100, 0, 1);
const ITEM = { itemId: 'i', units: 1.5, price: 0.29 };
const SALE = { eventId: 'e', soldAt: Date.UTC(2026, 0, 1), shop: 's', items: [ITEM] };

function decoded(contract: Contract, value: unknown): Event {
  const event = contract.decodeJson(value);
  if (event instanceof Problem) throw new Error(event.message);
  return event;
}

const idsOf = ({ eventId }: EventBatch) =>
  textsOf({ spec: columnSpec('event_id', 'string'), values: eventId });

const check = (contract: Contract, value: unknown) => contract.check(decoded(contract, value), FAR_MS);

test('columns: the event, then its rows, with what a table holds', () => {
  expect(contractOf().columns).toEqual([
    { name: 'sold_at', type: { kind: 'timestamp' }, nullable: false },
    { name: 'shop', type: { kind: 'string' }, nullable: false },
    { name: 'buyer', type: { kind: 'string' }, nullable: true },
    { name: 'mode', type: { kind: 'string' }, nullable: false },
    { name: 'number', type: { kind: 'int64' }, nullable: false },
    { name: 'paid_at', type: { kind: 'timestamp' }, nullable: true },
    { name: 'tags', type: { kind: 'string' }, nullable: false },
    { name: 'item_id', type: { kind: 'string' }, nullable: false },
    { name: 'kind', type: { kind: 'string' }, nullable: false },
    { name: 'units', type: { kind: 'decimal', precision: 9, scale: 3 }, nullable: false },
    { name: 'price', type: { kind: 'decimal', precision: 18, scale: 4 }, nullable: true },
    { name: 'codes', type: { kind: 'string' }, nullable: false },
  ]);
});

test('one row for each entry, with the values of the event', () => {
  const contract = contractOf();
  const batch = contract.newBatch(Buffer.alloc(0), 1);
  const paidAt = '2026-01-01T00:00:00.000001Z';
  const items = [ITEM, { itemId: 'j', units: 0.0005, price: null, codes: [1, 2], kind: 'BACK' }];
  batch.append(decoded(contract, { ...SALE, number: -5, paidAt, tags: { a: 'ä"' }, items }), 3, 1);
  batch.append(
    decoded(contract, { ...SALE, eventId: 'f', number: Number.MAX_SAFE_INTEGER, buyer: 'b' }),
    7,
    1,
  );
  const events = batch.build();
  const values = Object.fromEntries(
    events.table.columns.map((column) => [column.spec.name, plainValues(column)]),
  );
  const soldMicros = SALE.soldAt * 1000;
  expect(values).toEqual({
    sold_at: [soldMicros, soldMicros, soldMicros],
    shop: ['s', 's', 's'],
    buyer: [null, null, 'b'],
    mode: ['REAL', 'REAL', 'REAL'],
    number: [-5n, -5n, 9007199254740991n],
    paid_at: [soldMicros + 1, soldMicros + 1, null],
    tags: ['{"a":"ä\\""}', '{"a":"ä\\""}', '{}'],
    item_id: ['i', 'j', 'i'],
    kind: ['OUT', 'BACK', 'OUT'],
    units: [1500n, 1n, 1500n],
    price: [2900n, null, 2900n],
    codes: ['[]', '[1,2]', '[]'],
  });
  expect(idsOf(events)).toEqual(['e', 'e', 'f']);
  expect(events).toMatchObject({
    subject: 'shop.sale',
    recordIndex: Int32Array.of(3, 3, 7),
    eventTimeMs: Float64Array.of(SALE.soldAt, SALE.soldAt, SALE.soldAt),
    schemaVersion: Int32Array.of(1, 1, 1),
    shelf: {
      store: 'shop',
      item: 'item_id',
      quantity: 'units',
      unitPrice: 'price',
      kind: 'kind',
      ignoreWhen: { mode: ['TEST'] },
    },
  });
  const first = identityHash(['shop.sale', 's', -5]);
  expect(events.identity).toEqual(
    BigInt64Array.of(first, first, identityHash(['shop.sale', 's', Number.MAX_SAFE_INTEGER])),
  );
});

test('who only looks at a shelf need not say at which store, nor how many', () => {
  const looked = FILE.replace(
    /shelf:[^]*?rules:/,
    `shelf:
  store: buyer
  item: itemId
  session: shop
  kind: kind
  effects: { OUT: seen_out, BACK: ignore }
  onlyWhen: { seen_out: { mode: [TEST] } }
rules:`,
  ).replace('personal: { buyer: token }\n', '');
  expect(contractOf(looked).shelf).toMatchObject({
    ...{ store: 'buyer', quantity: null, session: 'shop', onlyWhen: { seen_out: { mode: ['TEST'] } } },
  });
});

test('many rows', () => {
  const contract = contractOf();
  const batch = contract.newBatch(Buffer.alloc(0), 1);
  const event = decoded(contract, {
    ...SALE,
    items: Array.from({ length: 5000 }, (_, index) => ({ ...ITEM, units: index + 1 })),
  });
  batch.append(event, 0, 1);
  batch.append(event, 1, 1);
  const { table, recordIndex } = batch.build();
  expect(table.rows).toBe(10_000);
  expect(plainValues(columnOf(table, 'units'))[9_999]).toBe(5_000_000n);
  expect(recordIndex[9_999]).toBe(1);
});

test.each([
  [
    'a rule names its entry',
    { items: [ITEM, { ...ITEM, units: 0 }] },
    'rule_broken',
    '/items/1/units',
    'unitsPositive: units are positive',
  ],
  [
    'a rule that cannot be computed fails',
    { items: [{ ...ITEM, price: null }] },
    'rule_error',
    '/items/0/price',
    'priceKnown: finite number expected',
  ],
  ['an event without rows', { items: [] }, 'rule_broken', '/items', 'at least one entry expected'],
  [
    'a number too large for its decimal',
    { items: [ITEM, { ...ITEM, units: 1_000_000 }] },
    'schema_mismatch',
    '/items/1/units',
    'too large for decimal(9, 3)',
  ],
  [
    'a time too large for microseconds',
    { paidAt: Number.MAX_SAFE_INTEGER, soldAt: 0 },
    'event_time_invalid',
    '/soldAt',
    'before the year 2000',
  ],
  [
    'the last moment of 1999',
    { soldAt: Date.UTC(2000, 0, 1) - 1 },
    'event_time_invalid',
    '/soldAt',
    'before the year 2000',
  ],
  [
    'the year 9999',
    { soldAt: '9999-12-31T00:00:00Z' },
    'event_time_in_future',
    '/soldAt',
    'further ahead than a clock may be of the time at which the broker took it',
  ],
])('%s', (_, change, reason, pointer, message) => {
  expect(check(contractOf(), { ...SALE, ...change })).toEqual({ reason, pointer, message });
});

test('names in `each` are those of the entry, then of the event', () => {
  expect(check(contractOf(), { ...SALE, shop: 'i', items: [{ ...ITEM, units: 0 }] })).toBeNull();
});

test('an event time that is no time is that, any other field a mismatch', () => {
  expect(contractOf().decodeJson({ ...SALE, soldAt: 'noon' })).toMatchObject({
    reason: 'event_time_invalid',
    pointer: '/soldAt',
  });
  expect(contractOf().decodeJson({ ...SALE, paidAt: 'noon' })).toMatchObject({
    reason: 'schema_mismatch',
    pointer: '/paidAt',
  });
  expect(contractOf().decodeJson({ ...SALE, soldAt: undefined })).toMatchObject({
    reason: 'schema_mismatch',
    pointer: '/soldAt',
  });
});

test('an older version is read by the newest schema', () => {
  const newer = { ...SCHEMA, fields: [...SCHEMA.fields, { name: 'note', type: 'string', default: 'none' }] };
  const bytes = Buffer.from(encodeAvro(contractOf(), SALE));
  expect([...bytes.subarray(0, 5)]).toEqual([0, 0, 0, 0, 70]);
  const contract = contractOf(FILE, SCHEMA, newer);
  const event = contract.decodeAvro(bytes, 5, bytes.length, 1) as Event;
  expect(toNatural(contract.schema, event)).toMatchObject({ shop: 's', mode: 'REAL', note: 'none' });
  expect(contract.newestVersion).toBe(2);
  expect([
    contract.versionOfType('shop.sold.v1'),
    contract.versionOfType('shop.sold'),
    contract.versionOfType('shop.sold.v9'),
  ]).toEqual([1, 2, 2]);
});

test('the key is what the contract says, else the store of the shelf, else the event id', () => {
  expect(contractOf().keyColumns).toEqual(['shop']);
  expect(contractOf(FILE.replace('soldAt }', 'soldAt, key: [buyer, shop] }')).keyColumns).toEqual([
    'buyer',
    'shop',
  ]);
  expect(contractOf(FILE.replace(/shelf:[^]*?rules:/, 'rules:')).keyColumns).toEqual([]);
});

test('a version that the mode leaves behind is quarantined, not refused at the start', () => {
  const changed = SCHEMA.fields.map((field) => (field.name === 'shop' ? { ...field, name: 'store' } : field));
  const text = FILE.replace('owner:', 'compatibility: NONE\nowner:').replaceAll('shop', 'store');
  const bytes = Buffer.from(encodeAvro(contractOf(), SALE));
  const contract = contractOf(text, SCHEMA, { ...SCHEMA, fields: changed });
  expect(contract.decodeAvro(bytes, 5, bytes.length, 1)).toMatchObject({
    reason: 'schema_mismatch',
    message: expect.stringContaining('v2 cannot read what v1 wrote: /store is not written'),
  });
  expect(contract.fastAvroReader(1)).toBeNull();
  expect(contract.fastAvroReader(2)).not.toBeNull();
});

import fc from 'fast-check';
import { expectEqual, expectSame } from '../../test/fast-against-slow.js';
import { contractOf } from '../../test/sale-contract.js';
import { encodeAvro } from '../encode-avro.js';

const nullable = (type: unknown, name: string) => ({ name, type: ['null', type], default: null });
const kinds = { type: 'enum', name: 'Kind', symbols: ['OUT', 'BACK', 'LOST'] };
const SCHEMA = {
  type: 'record',
  name: 'Sale',
  fields: [
    { name: 'id', type: 'string' },
    { name: 'at', type: { type: 'long', logicalType: 'timestamp-millis' } },
    { name: 'shop', type: 'string' },
    nullable('string', 'buyer'),
    { name: 'count', type: 'long' },
    nullable('double', 'price'),
    { name: 'open', type: 'boolean' },
    nullable('boolean', 'paid'),
    { name: 'kind', type: kinds },
    nullable('Kind', 'other'),
    {
      name: 'items',
      type: {
        type: 'array',
        items: {
          type: 'record',
          name: 'Item',
          fields: [
            { name: 'shelf', type: 'string' },
            { name: 'units', type: 'double' },
            nullable('double', 'cost'),
            nullable('Kind', 'sort'),
            { name: 'fresh', type: 'boolean' },
          ],
        },
      },
    },
    { name: 'last', type: 'string' },
  ],
};
const contractWith = (check: string) =>
  contractOf(
    `
owner: tests
description: rules
rows: items
roles: { eventId: id, eventTime: at }
columns: { units: 'decimal(9,2)', count: 'decimal(12,2)' }
rules: [{ name: rule, check: ${JSON.stringify(check)}, message: m, pointer: '' }]
`,
    SCHEMA,
  );

const text = fc.constantFrom('', 'a', 'b', 'ab', 'ñ', '😀', '\uFFFF');
const number = fc.constantFrom(-0, 0, 1, 2, 0.29, -1.5, 1e9, 1e308);
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null });
const kind = fc.constantFrom('OUT', 'BACK', 'LOST');
const event = fc.record({
  id: text,
  at: fc.constantFrom(1_700_000_000_000, 1_700_000_000_001),
  shop: text,
  buyer: maybe(text),
  count: fc.constantFrom(0, 1, 2, 3, 1_700_000_000),
  price: maybe(number),
  open: fc.boolean(),
  paid: maybe(fc.boolean()),
  kind,
  other: maybe(kind),
  last: text,
  items: fc.array(
    fc.record({
      shelf: text,
      units: fc.constantFrom(-0, 0, 1, 0.125, 0.29, 3),
      cost: maybe(number),
      sort: maybe(kind),
      fresh: fc.boolean(),
    }),
    { minLength: 1, maxLength: 3 },
  ),
});

test.each([
  'count > 1',
  'count >= 1 && count <= 2 || count == 3',
  'price > 0',
  'price == null || price > 0',
  'price != null && !(price < 0.29)',
  'price == count',
  'price * price >= 0',
  'price / count > 1',
  'price - price == 0',
  'price * 1e308 * 10 == price * 1e308 * 10',
  '-price + count * 2 - -1 > 0',
  '- -price > 0',
  'abs(price) > 1',
  'price in [0, -1.5, null]',
  'count in [1, 3]',
  'at > 1700000000000',
  "shop == 'ñ'",
  "shop != ''",
  'shop == last',
  'shop == buyer',
  'buyer == null',
  "buyer == null || buyer in ['a', '😀']",
  "shop < 'b'",
  'shop < last',
  'buyer >= shop',
  "shop < '\uD7FF'",
  "shop == kind || kind == shop || kind == 'OUT'",
  'kind == other',
  'other != kind',
  'other < kind',
  "other in ['BACK', null]",
  "kind in ['NOBODY', 'OUT']",
  "kind != 'NOBODY'",
  'length(shop) == 2',
  'length(buyer) <= 1',
  'length(other) == 4',
  'length(shop) > length(buyer)',
  'length(items) == 2',
  'open',
  '!open',
  'paid',
  'paid == null || !paid',
  'open == paid',
  'open == true || paid != false',
  'null == null',
  'paid == price',
  "shop == null || shop == 1 || 'a' == 'a'",
  'each items: units > 0',
  'each items: units == 0.29 || units == 0.125',
  'each items: cost == null || units * cost <= 3',
  'each items: cost >= 0',
  'each items: sort == null || sort == other || sort == kind',
  'each items: shelf == shop || shelf == last',
  'each items: fresh || length(shelf) > 0',
  'each items: length(items) > 1 && count > units',
])('%s', (check) => {
  const contract = contractWith(check);
  let accepted = 0;
  fc.assert(
    fc.property(event, (value) => {
      const bytes = Buffer.from(encodeAvro(contract, value)).subarray(5);
      if (expectEqual(contract, { bytes, avroVersion: 1 })) accepted++;
      expectSame(contract, { bytes: Buffer.from(JSON.stringify(value)), avroVersion: null });
    }),
    { numRuns: 100 },
  );
  expect(accepted).toBeGreaterThan(0);
});

test.each([
  'length(count) > 0',
  "length('a') > 0",
  'open > 1',
  "shop > 1 || shop > 'a'",
  `${'open || '.repeat(300)}open`,
])('%s is left to the slow way', (check) => {
  const contract = contractWith(check);
  expect([contract.fastAvroReader(1), contract.fastJsonReader()]).toEqual([null, null]);
});

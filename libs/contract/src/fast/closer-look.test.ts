import fc from 'fast-check';
import {
  avro,
  expectBothAccept,
  expectEqual,
  expectSame,
  json,
  SALE,
  type Encoded,
} from '../../test/fast-against-slow.js';
import { contractOf, FILE, SCHEMA } from '../../test/sale-contract.js';

describe('JSON that takes a closer look', () => {
  const contract = contractOf();
  const text = JSON.stringify(SALE);
  const variants: readonly (readonly [string, string])[] = [
    ['an escape', text.replace('"b"', '"\\u0062"')],
    ['an escaped key', text.replace('"shop"', '"sho\\u0070"')],
    ['a key that comes twice', text.replace('"shop":"s"', '"shop":"s","shop":"t"')],
    [
      'entries that come twice',
      text.replace('"items":', '"items":[{"itemId":"z","units":1,"price":1}],"items":'),
    ],
    ['a time of minus zero', text.replace(/"paidAt":\d+/, '"paidAt":-0')],
    ['an exponent', text.replace('"number":77', '"number":7.7e1')],
    ['a whole number with a fraction', text.replace('"number":77', '"number":77.0')],
    ['minus zero', text.replace('"number":77', '"number":-0')],
    ['sixteen digits', text.replace('"units":1.5', '"units":1.500000000000001')],
    ['seventeen digits', text.replace('"units":1.5', '"units":0.1234567890123456')],
    ['a leading zero', text.replace('"number":77', '"number":077')],
    ['a plus sign', text.replace('"number":77', '"number":+77')],
    ['a point without digits', text.replace('"units":1.5', '"units":1.')],
    ['a control code', text.replace('"b"', '"\u0001"')],
    ['a comma too many', text.replace(/}$/, ',}')],
    ['a comma too few', text.replace(',"buyer"', '"buyer"')],
    ['two values', text + text],
    ['a time in ISO 8601', text.replace(`"soldAt":${SALE.soldAt}`, '"soldAt":"2026-01-05T08:00:00.123Z"')],
    [
      'a time with an offset',
      text.replace(`"soldAt":${SALE.soldAt}`, '"soldAt":"2026-01-05T08:00:00+05:30"'),
    ],
    ['a half surrogate', text.replace('"b"', '"\\ud800"')],
    ['an envelope', `{"specversion":"1.0","type":"x",${text.slice(1)}`],
    ['a text for a number', text.replace('"number":77', '"number":"77"')],
    ['null where it may not be', text.replace('"shop":"s"', '"shop":null')],
    ['a missing field', text.replace('"shop":"s",', '')],
    ['entries that are missing', text.replace(/,"items".*/, '}')],
    ['no entries', text.replace(/"items".*/, '"items":[]}')],
    ['the name of an inherited field', text.replace('"buyer"', '"constructor"')],
    ['a prototype', text.replace('{', '{"__proto__":{"shop":"evil"},')],
    ['deep nesting', text.replace('{', `{"x":${'['.repeat(5000)}${']'.repeat(5000)},`)],
  ];
  test.each(variants)('%s', (_, variant) => {
    expect(variant).not.toBe(text);
    expectSame(contract, { bytes: Buffer.from(variant), avroVersion: null });
  });
});

test('no name, symbol, rule or default of a contract becomes source', () => {
  const contract = contractOf();
  for (const read of [contract.fastAvroReader(1), contract.fastJsonReader()])
    expect(String(read)).not.toMatch(/shop|items|REAL|BACK|soldAt|unitsPositive|'/);
});

test('more fields than a word has bits, given or not, in any order', () => {
  const names = Array.from({ length: 80 }, (_, index) => `f${index}`);
  const schema = {
    type: 'record',
    name: 'Wide',
    fields: [
      { name: 'id', type: 'string' },
      { name: 'at', type: { type: 'long', logicalType: 'timestamp-millis' } },
      ...names.map((name) => ({ name, type: 'int', default: 7 })),
    ],
  };
  const text = 'owner: tests\ndescription: wide\nroles: { eventId: id, eventTime: at }\n';
  const contract = contractOf(text, schema);
  const value = fc.record(Object.fromEntries(names.map((name) => [name, fc.nat(9)])), { requiredKeys: [] });
  fc.assert(
    fc.property(value, fc.boolean(), (given, isLast) => {
      const role = { id: 'e', at: SALE.soldAt };
      expectBothAccept(contract, json(isLast ? { ...given, ...role } : { ...role, ...given }));
    }),
    { numRuns: 100 },
  );
  expect(expectEqual(contract, json({ at: SALE.soldAt, f79: 1 }))).toBe(false);
});

describe('Avro that takes a closer look', () => {
  const contract = contractOf();

  /** The bytes of an integer, as any number of groups. */
  function zigzag(value: bigint, groups = 0): Buffer {
    const written: number[] = [];
    for (
      let rest = value < 0n ? -2n * value - 1n : 2n * value;
      rest > 0n || written.length < groups;
      rest >>= 7n
    )
      written.push(Number(rest & 0x7fn) | 0x80);
    if (written.length === 0) written.push(0);
    written[written.length - 1] &= 0x7f;
    return Buffer.from(written);
  }

  /** The sale with other bytes where its number stands. */
  function withNumber(number: Buffer): Encoded {
    const before = avro(contract, { ...SALE, number: 1, paidAt: null }).bytes;
    const after = avro(contract, { ...SALE, number: 2, paidAt: null }).bytes;
    const place = before.findIndex((byte, index) => byte !== after[index]);
    return {
      bytes: Buffer.concat([before.subarray(0, place), number, before.subarray(place + 1)]),
      avroVersion: 1,
    };
  }

  test.each([0n, -1n, 63n, 64n, -65n, 2n ** 31n, -(2n ** 31n) - 1n, 2n ** 53n - 1n, 1n - 2n ** 53n])(
    'the integer %s is read the fast way',
    (value) => expectBothAccept(contract, withNumber(zigzag(value))),
  );

  test.each([2n ** 53n, -(2n ** 53n), 2n ** 53n + 2n, 2n ** 60n, 2n ** 63n - 1n, -(2n ** 63n)])(
    'the integer %s is beyond 53 bits',
    (value) => expect(expectEqual(contract, withNumber(zigzag(value)))).toBe(false),
  );

  test.each([2, 5, 8, 9, 10, 11])('a one in %i bytes', (groups) => {
    expectSame(contract, withNumber(zigzag(1n, groups)));
  });
});

describe('what an older version wrote', () => {
  const [eventId, soldAt, shop, buyer, , number, paidAt, tags, items] = SCHEMA.fields;
  const Line = (fields: readonly object[]) => ({
    name: 'items',
    type: { type: 'array', items: { type: 'record', name: 'Item', fields } },
  });
  const line = (items as { type: { items: { fields: readonly object[] } } }).type.items.fields;
  const symbols = (names: readonly string[]) => ({
    name: 'mode',
    type: { type: 'enum', name: 'Mode', symbols: names, default: 'REAL' },
    default: 'REAL',
  });
  const older = [
    // Added since: the mode, the time of payment, the tags and most of the entry. Removed since: three fields.
    [
      { name: 'gone', type: 'string' },
      eventId,
      soldAt,
      shop,
      { name: 'ratio', type: 'double' },
      number,
      { name: 'list', type: { type: 'array', items: { type: 'map', values: 'boolean' } } },
      Line([line[0], { name: 'units', type: 'int' }, { name: 'note', type: 'string' }]),
    ],
    // In another order, numbers of other types, symbols in another order.
    [
      Line([line[4], line[3], { name: 'units', type: 'float' }, line[0], line[1]]),
      tags,
      paidAt,
      { name: 'number', type: 'int' },
      symbols(['TEST', 'GONE', 'REAL']),
      buyer,
      shop,
      soldAt,
      eventId,
    ],
  ].map((fields) => ({ ...SCHEMA, fields }));
  const newest = {
    ...SCHEMA,
    fields: SCHEMA.fields.map((field) => (field.name === 'mode' ? symbols(['REAL', 'TEST']) : field)),
  };
  const text = FILE.replace("price >= 0'", "price == null || price >= 0'");
  const event = {
    ...SALE,
    gone: 'x',
    ratio: 0.5,
    list: [{ a: true }],
    mode: 'GONE',
    number: -5,
    items: [{ itemId: 'i', kind: 'BACK', units: 7, price: null, codes: [3], note: 'n' }],
  };
  const written = [
    ['fewer and other fields', contractOf(text, older[0], newest)],
    ['another order, other types and symbols', contractOf(text, older[1], newest)],
  ] as const;

  test.each(written)('%s: the fast way reads it', (_, contract) => {
    expectBothAccept(contract, avro(contract, event, 1));
  });

  test.each(written)('%s: bytes that were changed get the same answer', (_, contract) => {
    const { bytes } = avro(contract, event, 1);
    const change = fc.tuple(fc.nat(bytes.length - 1), fc.nat(255));
    const read = fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), (changes) => {
      const spoiled = Buffer.from(bytes);
      for (const [at, byte] of changes) spoiled[at] = byte;
      expectSame(contract, { bytes: spoiled, avroVersion: 1 });
    });
    fc.assert(read, { numRuns: 800 });
  });
});

import fc from 'fast-check';
import { expectBothAccept, expectEqual, expectSame } from '../../test/fast-against-slow.js';
import { addWriter, encoderOf, protobufOf, SALE_PROTO, timestampOf } from '../../test/proto-sale.js';
import { contractOf } from '../../test/sale-contract.js';

const contract = contractOf();
addWriter(contract, SALE_PROTO);
const encode = encoderOf(SALE_PROTO, 'shop.Sale');
const MICROS = 1_767_600_000_000_001;

const SALE = {
  eventId: 'e',
  soldAt: timestampOf(MICROS),
  shop: 's',
  buyer: 'b',
  mode: 'MODE_TEST',
  number: 77,
  paidAt: timestampOf(MICROS),
  tags: { a: 'ä' },
  items: [
    { itemId: 'i', kind: 'OUT', units: 1.5, price: 0.29, codes: [] },
    { itemId: 's', kind: 'BACK', units: 0.0005, price: 12, codes: [1, -2] },
  ],
  tenders: [{ means: 'cash', amount: 3 }],
  till: 7,
};

const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string(), fc.constantFrom('', 'ñ', '\uFFFD', '😀'));
const real = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer({ min: -1e6, max: 1e9 }).map((cents) => cents / 100),
  fc.constantFrom(0, -0, 0.1 + 0.2, NaN, 1e21),
);
const time = fc.oneof(
  fc.constant(timestampOf(MICROS)),
  fc.integer({ min: -2e12, max: 4e15 }).map(timestampOf),
  fc.record({ seconds: fc.integer(), nanos: fc.integer() }),
);
const item = fc.record(
  {
    itemId: text,
    kind: fc.constantFrom('OUT', 'BACK', 7),
    units: real,
    price: real,
    codes: fc.array(fc.integer(), { maxLength: 3 }),
  },
  { requiredKeys: [] },
);
const changes = fc.record(
  {
    eventId: text,
    soldAt: time,
    shop: text,
    buyer: text,
    mode: fc.constantFrom('MODE_UNSPECIFIED', 'MODE_REAL', 'MODE_TEST', 9),
    number: fc.oneof(fc.maxSafeInteger(), fc.nat(200), fc.constant(2 ** 53)),
    paidAt: time,
    tags: fc.dictionary(fc.string(), fc.string(), { maxKeys: 3, noNullPrototype: true }),
    items: fc.array(item, { maxLength: 3 }),
    till: fc.nat(),
  },
  { requiredKeys: [] },
);

/** A sale, some fields changed, some not given. */
const sales = fc
  .tuple(
    fc.oneof({ weight: 4, arbitrary: fc.constant({}) }, changes),
    fc.subarray(Object.keys(SALE), { maxLength: 3 }),
  )
  .map(([changed, left]) =>
    Object.fromEntries(Object.entries({ ...SALE, ...changed }).filter(([name]) => !left.includes(name))),
  );

test('a till’s sale is read the fast way', () => {
  expectBothAccept(contract, protobufOf(encode(SALE)));
  const { buyer: _, paidAt: __, mode: ___, tags: ____, ...rest } = SALE;
  expectBothAccept(contract, protobufOf(encode(rest)));
});

test('any values are read the same', () => {
  let accepted = 0;
  const read = fc.property(sales, (sale) => {
    if (expectEqual(contract, protobufOf(encode(sale)))) accepted++;
  });
  fc.assert(read, { numRuns: 600 });
  expect(accepted).toBeGreaterThan(100);
});

test('fields in any order, again, cut into several messages', () => {
  const read = fc.property(sales, sales, (first, second) => {
    // Messages one after the other are one message: the last scalars stand, lists add up.
    expectSame(contract, protobufOf(Buffer.concat([encode(first), encode(second)])));
  });
  fc.assert(read, { numRuns: 200 });
});

test('bytes changed, cut off or added never give another answer, and never throw', () => {
  const change = fc.oneof(
    fc.tuple(fc.constant('set'), fc.nat(400), fc.oneof(fc.nat(255), fc.constantFrom(0, 1, 0x7f, 0x80, 0xff))),
    fc.tuple(fc.constant('cut'), fc.nat(400), fc.nat(3)),
    fc.tuple(fc.constant('add'), fc.nat(400), fc.nat(255)),
  );
  const read = fc.property(sales, fc.array(change, { minLength: 1, maxLength: 3 }), (sale, all) => {
    const spoiled = all.reduce((before, [kind, place, value]) => {
      const at = place % (before.length + 1);
      const rest = before.subarray(kind === 'add' ? at : at + (kind === 'set' ? 1 : value));
      return Buffer.concat([before.subarray(0, at), Buffer.from(kind === 'cut' ? [] : [value]), rest]);
    }, encode(sale));
    expectSame(contract, protobufOf(spoiled));
  });
  fc.assert(read, { numRuns: 1500 });
});

test('entries that say nothing make no rows without end', () => {
  const entry = Uint8Array.of(9 * 8 + 2, 0);
  const many = Buffer.concat([
    encode({ ...SALE, items: [] }),
    ...Array.from({ length: 70_000 }, () => entry),
  ]);
  expect(expectEqual(contract, protobufOf(many))).toBe(false);
});

// Every kind of scalar, in every kind of field that can hold it.
const KINDS = [
  'int32',
  'int64',
  'uint32',
  'uint64',
  'sint32',
  'sint64',
  'fixed32',
  'fixed64',
  'sfixed32',
  'sfixed64',
];
const WRAPPED = ['Int64', 'UInt64', 'Int32', 'UInt32'].map((name) => `google.protobuf.${name}Value`);

test.each([...KINDS, ...WRAPPED])('whole numbers as %s', (kind) => {
  const file = SALE_PROTO.replace('int64 number', `${kind} number`).replace(
    'import "google/protobuf/timestamp.proto";',
    'import "google/protobuf/timestamp.proto"; import "google/protobuf/wrappers.proto";',
  );
  const key = addWriter(contract, file, kind);
  const encodeKind = encoderOf(file, 'shop.Sale');
  const isWrapped = kind.endsWith('Value');
  const whole = fc.oneof(
    fc.nat(300),
    fc.integer(),
    fc.maxSafeInteger(),
    fc.constantFrom(-1, 0, 2 ** 31, 2 ** 32 - 1),
  );
  const read = fc.property(whole, (number) => {
    const sale = { ...SALE, number: isWrapped ? { value: number } : number };
    expectEqual(contract, protobufOf(encodeKind(sale), key));
  });
  fc.assert(read, { numRuns: 60 });
  expectBothAccept(contract, protobufOf(encodeKind({ ...SALE, number: isWrapped ? { value: 7 } : 7 }), key));
});

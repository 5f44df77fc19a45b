import fc from 'fast-check';
import { columnOf, plainValues, type ColumnValue } from '@gondola/stream';
import { contractOf, FILE, SCHEMA } from '../test/sale-contract.js';
import { encodeAvro, RowHasher } from './index.js';
import type { EventBatch } from '@gondola/events';

const withExpectations = (...specs: readonly string[]) =>
  contractOf(`${FILE}expectations:\n${specs.map((spec) => `  - ${spec}\n`).join('')}`);
const RANGE = '{ name: priceUsual, kind: range, field: price, min: 0.29, max: 99.999, atLeast: 0.5 }';

test('an expectation has its terms, and an environment those of its own', () => {
  const contract = withExpectations(
    `{ name: buyerKnown, kind: completeness, field: buyer, environments: { prod: { action: fail, atLeast: 0.9 } } }`,
    RANGE,
  );
  const common = { name: 'buyerKnown', kind: 'completeness', weight: 1, checkedMin: 1_000, perRow: false };
  expect(contract.expectationsIn('dev')[0]).toMatchObject({ ...common, action: 'warn', atLeast: 1 });
  expect(contract.expectationsIn('prod')[0]).toMatchObject({ ...common, action: 'fail', atLeast: 0.9 });
  // Bounds are those of the column, which counts ten-thousandths, and rounding takes nothing away.
  const test = { kind: 'range', least: 2_900, most: 999_990 };
  for (const environment of ['dev', 'prod'])
    expect(contract.expectationsIn(environment)[1]).toMatchObject({
      test,
      perRow: true,
      pointer: '/items/*/price',
    });
  expect(contractOf().expectationsIn('dev')).toEqual([]);
});

test.each([
  ['an unknown kind', '{ name: a, kind: beauty }', /expectations\.0\.kind/],
  [
    'an unknown setting',
    '{ name: a, kind: freshness, withinMinutes: 5, within: 5 }',
    /expectations\.0\.within: no such field/,
  ],
  [
    'an unknown action',
    '{ name: a, kind: completeness, field: buyer, action: shout }',
    /expectations\.0\.action/,
  ],
  [
    'a share above one',
    '{ name: a, kind: completeness, field: buyer, atLeast: 90 }',
    /expectations\.0\.atLeast/,
  ],
  [
    'an unknown setting of an environment',
    '{ name: a, kind: completeness, field: buyer, environments: { prod: { field: shop } } }',
    /expectations\.0\.environments\.prod\.field: no such field/,
  ],
  [
    'a field that does not exist',
    '{ name: a, kind: completeness, field: email }',
    /expectation a: field: there is no column for email/,
  ],
  [
    'a range of text',
    '{ name: a, kind: range, field: shop, min: 1 }',
    /expectation a: field: shop must be a number/,
  ],
  [
    'a range without ends',
    '{ name: a, kind: range, field: units }',
    /expectation a: min: min or max expected/,
  ],
  [
    'a range upside down',
    '{ name: a, kind: range, field: units, min: 2, max: 1 }',
    /expectation a: min: is more than max/,
  ],
  ['a volume of anything', '{ name: a, kind: volume }', /expectation a: perHour: min or max expected/],
  [
    'a volume upside down',
    '{ name: a, kind: volume, ofUsual: { min: 2, max: 1 } }',
    /expectation a: ofUsual: min is more than max/,
  ],
  [
    'quarantine by a moving catalog',
    '{ name: a, kind: reference, field: itemId, subject: shop.item, action: quarantine }',
    /expectation a: action: reference cannot quarantine/,
  ],
  [
    'quarantine in an environment',
    '{ name: a, kind: freshness, withinMinutes: 5, environments: { prod: { action: quarantine } } }',
    /expectation a: environments\.prod\.action: freshness cannot quarantine/,
  ],
  [
    'a stop because too little came',
    '{ name: a, kind: volume, perHour: { min: 5 }, action: fail }',
    /expectation a: action: volume can only stop a service by perHour\.max/,
  ],
  [
    'a reference that is a number',
    '{ name: a, kind: reference, field: units, subject: x }',
    /expectation a: field: units must be a text field/,
  ],
  [
    'what is unique but may be null',
    '{ name: a, kind: uniqueness, fields: [paidAt] }',
    /expectation a: fields: paidAt/,
  ],
  [
    'what is unique but personal',
    '{ name: a, kind: uniqueness, fields: [shop, buyer] }',
    /expectation a: fields: buyer/,
  ],
])('%s is refused by name', (_, spec, message) => {
  expect(() => withExpectations(spec)).toThrow(
    expect.objectContaining({ code: 'contract_invalid', message: expect.stringMatching(message) }),
  );
});

test('two of one name are refused', () => {
  expect(() => withExpectations(RANGE, RANGE)).toThrow(/expectation priceUsual: name: there is another/);
});

test('rows hash as what a reader of silver finds in them', () => {
  const fields = [
    ...SCHEMA.fields,
    { name: 'day', type: { type: 'int', logicalType: 'date' }, default: 0 },
    { name: 'isReal', type: 'boolean', default: true },
    { name: 'points', type: 'long', default: 0 },
  ];
  const text = `${FILE.replace('columns: { ', "columns: { points: 'decimal(12,2)', ")}expectations:\n  - { name: a, kind: uniqueness, fields: [eventId, shop, mode, number, day, isReal, points] }`;
  const contract = contractOf(text, { ...SCHEMA, fields });
  const [{ test }] = contract.expectationsIn('dev');
  if (test.kind !== 'uniqueness' || !test.identity) throw new Error('not bound');
  const { identity } = test;
  const sale = fc.record({
    eventId: fc.string({ unit: 'grapheme' }),
    shop: fc.string({ unit: 'grapheme' }),
    mode: fc.constantFrom('REAL', 'TEST'),
    number: fc.maxSafeInteger(),
    day: fc.integer({ min: 0, max: 90_000 }),
    isReal: fc.boolean(),
    points: fc.integer(),
  });
  fc.assert(
    fc.property(fc.array(sale, { minLength: 1, maxLength: 5 }), (sales) => {
      const events = sales.map((one) => ({
        ...one,
        soldAt: 1_700_000_000_000,
        items: [{ itemId: 'i', units: 1 }],
      }));
      const batch = batchOf(contract, events);
      const hasher = new RowHasher('shop.sale', identity.columns);
      hasher.open(batch);
      for (let row = 0; row < sales.length; row++) {
        hasher.hash(row);
        const found = (BigInt(hasher.high) << 32n) | BigInt(hasher.low >>> 0);
        const values = identity.columns.map((name) => valueAt(batch, name, row));
        expect(found).toBe(identity.identityOf(values));
      }
    }),
  );
});

function batchOf(contract: ReturnType<typeof contractOf>, events: readonly object[]): EventBatch {
  const decoded = events.map((event) => {
    const bytes = Buffer.from(encodeAvro(contract, event).subarray(5));
    const slots = contract.decodeAvro(bytes, 0, bytes.length, 1);
    if (!Array.isArray(slots)) throw new Error('does not decode');
    return slots;
  });
  const builder = contract.newBatch(Buffer.alloc(0), events.length);
  decoded.forEach((slots, index) => builder.append(slots, index, 1));
  return builder.build();
}

function valueAt({ table, eventId }: EventBatch, name: string, row: number): ColumnValue {
  if (name === 'event_id')
    return plainValues({ spec: { name, type: { kind: 'string' }, nullable: false }, values: eventId })[row];
  return plainValues(columnOf(table, name))[row];
}

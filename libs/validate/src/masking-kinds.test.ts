import { Contract, type Masking } from '@gondola/contract';
import {
  ByteValues,
  columnSpec,
  DictionaryValues,
  NullableNumbers,
  plainValues,
  recordBatchOf,
  type ColumnSpec,
  type ColumnValues,
} from '@gondola/stream';
import { columnarEncoder, readParquet } from '@gondola/lake-parquet';
import fc from 'fast-check';
import { json } from '../test/support.js';
import { generalised } from './generalise.js';
import { createMaskStage } from './mask.stage.js';
import { networksOf, truncated } from './truncate.js';
import { createValidateStage } from './validate.stage.js';

const NOW_MS = Date.UTC(2026, 10, 1);
const texts = (values: ByteValues | DictionaryValues) =>
  plainValues({ spec: columnSpec('text', 'string', true), values });

it.each<[string | null, number, string | null]>([
  ['110111', 3, '110'],
  ['Bogotá D.C.', 6, 'Bogotá'],
  ['日本語', 2, '日本'],
  ['😀😀😀', 1, '😀'],
  // What is as short as what is kept would come through whole.
  ['110', 3, '11'],
  ['a', 3, ''],
  ['', 3, ''],
  [null, 3, null],
])('truncate: %j to %i is %j', (text, lengthMax, expected) => {
  const plain = ByteValues.of(['before', text, 'after']);
  expect(texts(truncated(plain, lengthMax))[1]).toBe(expected);
  const entries = new DictionaryValues(
    Int32Array.of(1, text === null ? -1 : 0),
    ByteValues.of([text ?? '', 'x']),
  );
  expect(texts(truncated(entries, lengthMax))[1]).toBe(expected);
});

test('what is truncated is a begin of the text, in characters, and never the text', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary', minLength: 1 }),
      fc.integer({ min: 1, max: 8 }),
      (text, lengthMax) => {
        const [kept] = texts(truncated(ByteValues.of([text]), lengthMax));
        const characters = [...text];
        expect(kept).toBe(characters.slice(0, Math.min(lengthMax, characters.length - 1)).join(''));
      },
    ),
  );
});

it.each<[string, string | null]>([
  ['190.24.13.77', '190.24.13.0/24'],
  ['::ffff:190.24.13.77', '190.24.13.0/24'],
  ['2800:484:1a2b:3c4d::77', '2800:484:1a2b::/48'],
  ['2800:0484:1a2b:3c4d:0:0:0:77', '2800:484:1a2b::/48'],
  ['fe80::1%eth0', 'fe80:0:0::/48'],
  ['::1', '0:0:0::/48'],
  ['190.24.13', null],
  ['ana@example.com', null],
  ['', null],
])('truncate: ip of %s is %s', (text, expected) => {
  expect(texts(networksOf(ByteValues.of([text, null])))).toEqual([expected, null]);
  const entries = new DictionaryValues(Int32Array.of(0, -1), ByteValues.of([text]));
  expect(texts(networksOf(entries))).toEqual([expected, null]);
});

const micros = (iso: string) => Date.parse(iso) * 1000;
const days = (iso: string) => Date.parse(iso) / 86_400_000;
const decimal = (precision: number, scale: number): ColumnSpec => ({
  name: 'd',
  type: { kind: 'decimal', precision, scale },
  nullable: true,
});

it.each<[ColumnSpec, ColumnValues, Extract<Masking, { generalise: unknown }>['generalise'], unknown[]]>([
  [
    columnSpec('t', 'timestamp'),
    Float64Array.of(micros('2026-11-23T14:35:10Z')),
    'hour',
    [micros('2026-11-23T14:00Z')],
  ],
  [
    columnSpec('t', 'timestamp'),
    Float64Array.of(micros('2026-11-23T14:35:10Z')),
    'day',
    [micros('2026-11-23')],
  ],
  [columnSpec('t', 'timestamp'), Float64Array.of(-1), 'month', [micros('1969-12-01')]],
  [columnSpec('t', 'timestamp'), Float64Array.of(Number.MAX_SAFE_INTEGER), 'year', [micros('2255-01-01')]],
  [
    columnSpec('d', 'date'),
    Int32Array.of(days('1984-02-29'), days('0045-07-01')),
    'year',
    [days('1984-01-01'), days('0045-01-01')],
  ],
  [columnSpec('d', 'date'), Int32Array.of(days('1984-02-29')), 'month', [days('1984-02-01')]],
  [columnSpec('d', 'date'), Int32Array.of(-(2 ** 31)), 'year', [0]],
  [columnSpec('n', 'int32'), Int32Array.of(37, 30, -1, -(2 ** 31)), 10, [30, 30, -10, -(2 ** 31)]],
  [columnSpec('n', 'int64'), BigInt64Array.of(37n, -37n, -(2n ** 63n)), 10, [30n, -40n, -(2n ** 63n)]],
  [columnSpec('n', 'float64'), Float64Array.of(0.39, -0.01, 1.7e308), 0.1, [0.3, -0.1, 1.7e308]],
  [columnSpec('n', 'float64'), Float64Array.of(-1.7e308), 1e15, [-1.7e308]],
  [decimal(6, 3), BigInt64Array.of(12_345n, -999_999n), 0.5, [12_000n, -999_999n]],
  [
    decimal(6, 3),
    new NullableNumbers(BigInt64Array.of(12_345n, 1n), Uint8Array.of(0, 1)),
    10,
    [10_000n, null],
  ],
  [columnSpec('n', 'int32', true), [37, null], 10, [30, null]],
])('generalise of %j: %p by %s', (spec, values, by, expected) => {
  expect(plainValues({ spec, values: generalised({ spec, values }, by) })).toEqual(expected);
});

const field = (name: string, type: unknown) => ({ name, type: ['null', type], default: null });
const SCHEMA = {
  type: 'record',
  name: 'Order',
  fields: [
    { name: 'eventId', type: 'string' },
    { name: 'eventTime', type: { type: 'long', logicalType: 'timestamp-millis' } },
    field('postcode', 'string'),
    field('address', 'string'),
    field('birthDate', { type: 'int', logicalType: 'date' }),
    field('seenAt', { type: 'long', logicalType: 'timestamp-micros' }),
    field('age', 'int'),
    field('points', 'long'),
    field('income', 'double'),
    field('score', 'double'),
    field('isMember', 'boolean'),
    { name: 'phone', type: 'string' },
  ],
};
const FILE = `
owner: tests
description: An order with who ordered
roles: { eventId: eventId, eventTime: eventTime }
columns: { income: 'decimal(12,2)' }
personal:
  postcode: { truncate: 3 }
  address: { truncate: ip }
  birthDate: { generalise: year }
  seenAt: { generalise: day }
  age: { generalise: 10 }
  points: { generalise: 100 }
  income: { generalise: 1000 }
  score: drop
  isMember: drop
  phone: { truncate: 4 }
`;

test('every kind of masking, from a contract to the Parquet file, where types stay', async () => {
  const versions = [{ version: 1, id: 1, text: JSON.stringify(SCHEMA) }];
  const contract = new Contract({ subject: 'shop.order', text: FILE, versions, where: 'shop.order' });
  const registry = { contractOf: () => contract, schemaById: () => null };
  const order = {
    eventId: 'e1',
    eventTime: NOW_MS,
    postcode: '110111',
    address: '190.24.13.77',
    birthDate: '1984-02-29',
    seenAt: '2026-10-31T14:35:10Z',
    age: 37,
    points: 12_345,
    income: 4_321.5,
    score: 0.7,
    isMember: true,
    phone: '+573001234567',
  };
  const records = recordBatchOf('s', '0', 0n, [
    { key: null, value: json(order), timestampMs: NOW_MS },
    { key: null, value: json({ eventId: 'e2', eventTime: NOW_MS, phone: '' }), timestampMs: NOW_MS },
  ]);
  const context = { records, rejected: [], nowMs: NOW_MS };
  const valid = await createValidateStage({ registry, defaultSubject: 'shop.order' }).run(records, context);
  expect(valid.rejected).toEqual([]);
  const { value } = await createMaskStage({ registry, key: 'k'.repeat(32) }).run(valid.value, context);
  const [{ table }] = value;
  expect(table.columns.map(({ spec }) => spec)).toEqual(contract.columns);
  const rows = await readParquet((await columnarEncoder.encode([table])).bytes);
  expect(rows).toEqual([
    {
      postcode: '110',
      address: '190.24.13.0/24',
      birth_date: days('1984-01-01'),
      seen_at: micros('2026-10-31'),
      age: 30,
      points: 12_300n,
      income: 400_000n,
      score: null,
      is_member: null,
      phone: '+573',
    },
    {
      postcode: null,
      address: null,
      birth_date: null,
      seen_at: null,
      age: null,
      points: null,
      income: null,
      score: null,
      is_member: null,
      phone: '',
    },
  ]);
});

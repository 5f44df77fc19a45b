import avsc from 'avsc';
import { avro, expectBothAccept, expectSame, json, plain } from '../test/fast-against-slow.js';
import { compileAvroDecoder } from './avro-decoder.js';
import { parseAvroSchema } from './avro-type.js';
import { Contract } from './contract.js';
import { Problem } from './problem.js';

const CARD = { type: 'record', name: 'Card', fields: [{ name: 'digits', type: 'string' }] };
const CASH = { type: 'record', name: 'Cash', fields: [{ name: 'given', type: 'double' }] };
const VOUCHER = { type: 'record', name: 'Voucher', fields: [{ name: 'code', type: 'int' }] };

const fieldsOf = (paid: unknown, note: unknown) => [
  { name: 'eventId', type: 'string' },
  { name: 'soldAt', type: { type: 'long', logicalType: 'timestamp-millis' } },
  { name: 'paid', type: paid },
  { name: 'note', type: note, default: null },
];
const textOf = (paid: unknown, note: unknown = ['null', 'int', 'string']) =>
  JSON.stringify({ type: 'record', name: 'Sale', fields: fieldsOf(paid, note) });

const contract = new Contract({
  subject: 'sale',
  text: 'owner: tests\ndescription: A sale\nroles: { eventId: eventId, eventTime: soldAt }\n',
  versions: [{ version: 1, id: 1, text: textOf([CARD, CASH]) }],
  where: 'sale',
});
const SOLD_AT = 1_767_600_000_000;
const sale = (paid: unknown, note: unknown = null) => ({ eventId: 'e', soldAt: SOLD_AT, paid, note });

test('several types are a column of JSON text, nullable where null is one of them', () => {
  expect(contract.columns).toEqual([
    { name: 'sold_at', type: { kind: 'timestamp' }, nullable: false },
    { name: 'paid', type: { kind: 'string' }, nullable: false },
    { name: 'note', type: { kind: 'string' }, nullable: true },
  ]);
});

test.each([
  ['a record', { Card: { digits: '4242' } }, { digits: '4242' }, null],
  ['another record, and a number', { Cash: { given: 20.5 } }, { given: 20.5 }, 7],
  ['and a text', { Cash: { given: 1 } }, { given: 1 }, 'ñ'],
])('%s is the same in Avro and in JSON, read fast or slowly', (_, paid, plainPaid, note) => {
  const inAvro = avro(contract, sale(paid, note));
  const inJson = json(sale(plainPaid, note));
  expectBothAccept(contract, inAvro);
  expectBothAccept(contract, inJson);
  for (const event of [
    contract.decodeAvro(inAvro.bytes, 0, inAvro.bytes.length, 1),
    contract.decodeJson(sale(plainPaid, note)),
  ]) {
    if (event instanceof Problem) throw new Error(event.message);
    const batch = contract.newBatch(Buffer.alloc(0), 1);
    batch.append(event, 0, 1);
    expect(plain(batch.build()).columns).toMatchObject({
      paid: [JSON.stringify(plainPaid)],
      note: [note === null ? null : JSON.stringify(note)],
    });
  }
});

test('what is none of the types is refused, and bytes that end too early', () => {
  expect(contract.decodeJson(sale({ code: 1 }))).toEqual(
    new Problem('schema_mismatch', '/paid', 'record or record expected, found object'),
  );
  const { bytes } = avro(contract, sale({ Card: { digits: '4242' } }, 'abc'));
  for (let size = 0; size < bytes.length; size++) {
    expect(contract.decodeAvro(bytes, 0, size, 1)).toMatchObject({ reason: 'decode_failed' });
    expect(expectSame(contract, { bytes: bytes.subarray(0, size), avroVersion: 1 })).toBe(false);
  }
});

test('rules do not look into them', () => {
  const text = `owner: t
description: d
roles: { eventId: eventId, eventTime: soldAt }
rules: [{ name: paid, check: 'paid == null', message: m, pointer: /paid }]`;
  const versions = [{ version: 1, id: 1, text: textOf([CARD, CASH]) }];
  expect(() => new Contract({ subject: 's', text, versions, where: 's' })).toThrow('there is no field paid');
});

describe('an evolved writer', () => {
  type Field = unknown;
  const decoded = (writer: Field, reader: Field, value: unknown) => {
    const schemas = [writer, reader].map((type) =>
      JSON.stringify({ type: 'record', name: 'R', fields: [{ name: 'a', type }] }),
    );
    const [written, read] = schemas.map((text) => parseAvroSchema(text, 'here'));
    const bytes = avsc.Type.forSchema(JSON.parse(schemas[0]) as avsc.Schema).toBuffer({ a: value });
    return compileAvroDecoder(written, read, 'here')(bytes, 0, bytes.length);
  };
  const notTaken = new Problem('schema_mismatch', '/a', 'a union branch that the contract does not take');

  test.each([
    [
      'gains a type that others have',
      [CARD, CASH],
      ['null', CASH, CARD, VOUCHER],
      { Cash: { given: 2 } },
      ['{"given":2}'],
    ],
    ['wrote one type where there are several now', 'int', ['string', 'long'], 5, ['5']],
    [
      'writes a type more, and a value of the others',
      ['null', 'int', 'string'],
      ['null', 'long'],
      { int: 5 },
      [5],
    ],
    ['writes null among more types', ['null', 'int', 'string'], ['null', 'long'], null, [null]],
    [
      'writes a type more, and a value of it',
      ['null', 'int', 'string'],
      ['null', 'long'],
      { string: 'x' },
      notTaken,
    ],
    ['writes null where none is taken', ['null', 'int'], 'int', null, notTaken],
    ['may write null, and does not', ['null', 'int'], 'int', { int: 3 }, [3]],
    ['writes several numbers', ['int', 'long', 'float'], 'double', { float: 0.5 }, [0.5]],
  ])('%s', (_, writer, reader, value, expected) => {
    expect(decoded(writer, reader, unwrapped(writer, value))).toEqual(expected);
  });

  test('of which no type can be read is refused', () => {
    expect(() => decoded(['string', 'boolean'], 'int', 'x')).toThrow('cannot be read as int');
  });
});

/** avsc tells the branches of most unions by their values. */
function unwrapped(writer: unknown, value: unknown): unknown {
  const type = avsc.Type.forSchema(writer as avsc.Schema);
  if (value === null || typeof value !== 'object' || type.isValid(value)) return value;
  return Object.values(value)[0];
}

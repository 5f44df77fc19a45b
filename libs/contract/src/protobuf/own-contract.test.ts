import { encoderOf, timestampOf } from '../../test/proto-sale.js';
import { plain, TIME_MS_MAX } from '../../test/fast-against-slow.js';
import { toNatural } from '../avro-type.js';
import { Contract } from '../contract.js';
import { Problem } from '../problem.js';

const SALE = `
syntax = "proto3";
package shop;
import "google/protobuf/timestamp.proto";
import "google/protobuf/wrappers.proto";
message Sale {
  string event_id = 1;
  google.protobuf.Timestamp sold_at = 2;
  string store_id = 3;
  Kind kind = 4;
  optional string buyer = 5;
  google.protobuf.StringValue note = 6;
  int64 receipt = 7;
  repeated Line lines = 8;
  bytes hash = 9;
  map<string, int64> counts = 10;
  bool is_paid = 11;
  google.protobuf.Timestamp paid_at = 12;
}
message Line { string item_id = 1; double units = 2; double price = 3 [(buf.validate.field).required = true]; }
enum Kind { SALE = 0; RETURN = 1; }
`;
const YAML = `
owner: tests
description: A sale
rows: lines
identity: [storeId, receipt]
roles: { eventId: eventId, eventTime: soldAt }
columns: { units: 'decimal(9,3)' }
personal: { buyer: token }
shelf:
  store: storeId
  item: itemId
  quantity: units
  kind: kind
  effects: { SALE: sale, RETURN: return }
rules:
  - { name: unitsPositive, check: 'each lines: units > 0', message: units are positive, pointer: /lines/*/units }
`;

const contractOf = (text: string, ...files: readonly string[]) =>
  new Contract({
    subject: 'shop.sale',
    text,
    versions: files.map((file, index) => ({
      version: index + 1,
      id: index + 1,
      kind: 'protobuf',
      text: file,
    })),
    where: 'schemas/shop.sale',
  });
const contract = contractOf(YAML, SALE);
const MICROS = 1_767_600_000_123_456;
const sale = {
  eventId: 'e',
  soldAt: timestampOf(MICROS),
  storeId: 's',
  kind: 'RETURN',
  receipt: 12,
  lines: [
    { itemId: 'i', units: 1.5, price: 2 },
    { itemId: 'j', units: 2, price: 1 },
  ],
  counts: { a: 1 },
};
const read = {
  eventId: 'e',
  soldAt: MICROS,
  storeId: 's',
  kind: 'RETURN',
  buyer: null,
  note: null,
  receipt: 12,
  lines: sale.lines,
  hash: '',
  counts: { a: 1 },
  isPaid: false,
  paidAt: null,
};
const bytes = encoderOf(SALE, 'shop.Sale')(sale);

test('a .proto file makes columns like any other schema', () => {
  expect(
    contract.columns.map(({ name, type, nullable }) => `${name} ${type.kind}${nullable ? ' or null' : ''}`),
  ).toEqual([
    'sold_at timestamp',
    'store_id string',
    'kind string',
    'buyer string or null',
    'note string or null',
    'receipt int64',
    'hash string',
    'counts string',
    'is_paid boolean',
    'paid_at timestamp or null',
    'item_id string',
    'units decimal',
    'price float64',
  ]);
  expect(contract.kindOf(1)).toBe('protobuf');
});

test('its bytes are events, the fast way and the slow', () => {
  const event = contract.protobuf.decode(bytes, 0, bytes.length, 1);
  expect(event).not.toBeInstanceOf(Problem);
  if (event instanceof Problem) return;
  expect(toNatural(contract.schema, event)).toEqual(read);
  expect(contract.check(event, TIME_MS_MAX)).toBeNull();
  const [slow, fast] = [contract.newBatch(bytes, 1), contract.newBatch(bytes, 1)];
  slow.append(event, 0, 1);
  expect(contract.protobuf.fastReader(1)?.(fast, 0, 1, 0, bytes.length, TIME_MS_MAX)).toBe(true);
  expect(plain(fast.build())).toEqual(plain(slow.build()));
});

test('so is its JSON as Protobuf writes it: camelCase, 64 bits in quotes, enums by number, what is null not given', () => {
  const iso = new Date(MICROS / 1000).toISOString().replace('123Z', '123456Z');
  const json = {
    ...sale,
    soldAt: iso,
    receipt: '12',
    counts: { a: '1' },
    kind: 1,
    buyer: null,
    isPaid: null,
  };
  const event = contract.decodeJson(json);
  expect(event instanceof Problem ? event : toNatural(contract.schema, event)).toEqual(read);
  expect(contract.decodeJson({ ...json, receipt: '1x' })).toMatchObject({ pointer: '/receipt' });
  expect(contract.decodeJson({ ...json, receipt: '9007199254740993' })).toMatchObject({
    pointer: '/receipt',
  });
  expect(contract.decodeJson({ ...json, soldAt: null })).toMatchObject({
    pointer: '/soldAt',
    message: 'missing',
  });
  expect(contract.decodeJson({ ...json, lines: [{ itemId: 'i' }] })).toMatchObject({
    pointer: '/lines/0/price',
  });
});

describe('versions', () => {
  const plainYaml = 'owner: o\ndescription: d\nroles: { eventId: eventId, eventTime: soldAt }\n';
  const changed = (from: string, to: string) => SALE.replace(from, to);

  test('records of an older one are read into the newest', () => {
    const both = contractOf(
      plainYaml,
      SALE,
      changed('bool is_paid = 11;', 'reserved 11; int32 tills = 13;').replace(
        'optional string buyer',
        'string buyer',
      ),
    );
    const event = both.protobuf.decode(bytes, 0, bytes.length, 1);
    expect(event instanceof Problem ? event : toNatural(both.schema, event)).toMatchObject({
      tills: 0,
      buyer: '',
    });
    expect(both.versionOfType('shop.sale.v1')).toBe(1);
  });

  test.each([
    [
      'a number of another field',
      changed('bool is_paid = 11;', 'bool was_paid = 11;'),
      /isPaid has the number 11 when written, which is that of was_paid when read/,
    ],
    [
      'a field with another number',
      changed('bool is_paid = 11;', 'bool is_paid = 13;'),
      /isPaid has the number 11 when written, 13 when read/,
    ],
    [
      'a type that is written in another way',
      changed('bool is_paid = 11;', 'sint32 is_paid = 11;'),
      /v2 cannot read what v1 wrote|not written like/,
    ],
    [
      'one that became several',
      changed('string store_id', 'repeated string store_id'),
      /v2 cannot read what v1 wrote/,
    ],
    [
      'the same within entries',
      changed('double units = 2;', 'float units = 2;'),
      /\/lines\/\*\/units is written as double, which is not written like float/,
    ],
  ])('%s is refused', (_, file, message) => {
    expect(() => contractOf(plainYaml, SALE, file)).toThrow(
      expect.objectContaining({ code: 'contract_invalid', message: expect.stringMatching(message) }),
    );
  });

  test('what was Avro may become Protobuf', () => {
    const avro = JSON.stringify({
      type: 'record',
      name: 'Sale',
      fields: [
        { name: 'eventId', type: 'string' },
        { name: 'soldAt', type: { type: 'long', logicalType: 'timestamp-micros' } },
      ],
    });
    const proto = changed('message Sale', 'message Sale').slice(0, SALE.indexOf('  string store_id')) + '}';
    const versions = [
      { version: 1, id: 1, text: avro },
      { version: 2, id: 2, kind: 'protobuf' as const, text: proto },
    ];
    const both = new Contract({ subject: 's', text: plainYaml, versions, where: 's' });
    expect(both.decodeAvro(Buffer.from([2, 97, 2]), 0, 3, 1)).toEqual(['a', 1]);
    expect(both.kindOf(2)).toBe('protobuf');
  });
});

test('types of another file are those of its references', () => {
  const text = SALE.replace('bool is_paid', 'x.Y is_paid');
  const y = 'syntax = "proto3"; package x; message Y { string z = 1; }';
  const references = [{ name: 'y.proto', subject: 'x.y', version: 1, text: y }];
  const versions = [{ version: 1, id: 1, kind: 'protobuf' as const, text, references }];
  const contract = new Contract({ subject: 's', text: YAML, versions, where: 's' });
  const type = contract.schema.fields.find(({ name }) => name === 'isPaid')?.type;
  expect(type).toMatchObject({ kind: 'nullable', of: { kind: 'record', fields: [{ name: 'z' }] } });
});

test.each([
  ['a message within itself', SALE.replace('bool is_paid', 'Sale of'), /Sale contains itself/],
  [
    'a message without fields',
    SALE.replace('bool is_paid = 11;', 'None none = 11;').concat('message None {}'),
    /None has no fields/,
  ],
  ['a type of no file', SALE.replace('bool is_paid', 'x.Y is_paid'), /is_paid: x.Y cannot be a column/],
  [
    'an event time that is no time',
    SALE.replace('google.protobuf.Timestamp sold_at', 'string sold_at'),
    /roles.eventTime/,
  ],
])('%s is refused', (_, file, message) => {
  expect(() => contractOf(YAML, file)).toThrow(
    expect.objectContaining({ code: 'contract_invalid', message: expect.stringMatching(message) }),
  );
});

import fc from 'fast-check';
import { addWriter, encoderOf, SALE_PROTO, timestampOf } from '../../test/proto-sale.js';
import { contractOf } from '../../test/sale-contract.js';
import { Contract, type Event } from '../contract.js';
import { toNatural } from '../avro-type.js';
import { Problem } from '../problem.js';

const WRAPPERS = 'import "google/protobuf/wrappers.proto";\n';
const IMPORT = 'import "google/protobuf/timestamp.proto";\n';

const ID_AND_TIME = Uint8Array.of(10, 1, 105, 16, 1);

/** An Avro contract over one more field, `x`, and a writer that has `x` as `written`. */
function reading(type: unknown, written: string, more: { readonly default?: unknown } = {}) {
  const schema = {
    type: 'record',
    name: 'Sale',
    fields: [
      { name: 'id', type: 'string' },
      { name: 'at', type: { type: 'long', logicalType: 'timestamp-millis' } },
      { name: 'x', type, ...more },
    ],
  };
  const contract = new Contract({
    subject: 's',
    text: 'owner: o\ndescription: d\nroles: { eventId: id, eventTime: at }\n',
    versions: [{ version: 1, id: 1, text: JSON.stringify(schema) }],
    where: 's',
  });
  const syntax = /required|group|default/.test(written) ? 'proto2' : 'proto3';
  const optional = syntax === 'proto2' ? 'optional ' : '';
  const file = `syntax = "${syntax}";\n${WRAPPERS}${IMPORT}
enum Kind { KIND_NONE = 0; KIND_OUT = 1; BACK = 2; KIND_NEW = 3; }
message Sale { ${optional}string id = 1; ${optional}int64 at = 2; ${written} }
message Part { ${optional}int32 a = 1; ${optional}string b = 2; }\n`;
  const key = addWriter(contract, file);
  const encode = encoderOf(file, 'Sale');
  const decode = (bytes: Uint8Array) => contract.protobuf.decode(Buffer.from(bytes), 0, bytes.length, key);
  return {
    of: (value: object) => natural(decode(encode({ id: 'i', at: 1, ...value }))),
    /** `bytes` behind id and time. */
    ofBytes: (...bytes: readonly number[]) =>
      natural(decode(Buffer.concat([ID_AND_TIME, Uint8Array.from(bytes)]))),
    alone: (...bytes: readonly number[]) => natural(decode(Uint8Array.from(bytes))),
    read: (bytes: Uint8Array) => natural(decode(bytes)),
  };

  function natural(event: Event | Problem): unknown {
    return event instanceof Problem ? event : (toNatural(contract.schema, event) as { x: unknown }).x;
  }
}

const nullable = (type: unknown) => ['null', type];
const KIND = { type: 'enum', name: 'K', symbols: ['OUT', 'BACK'] };
const millis = { type: 'long', logicalType: 'timestamp-millis' };
const date = { type: 'int', logicalType: 'date' };
const part = {
  type: 'record',
  name: 'P',
  fields: [
    { name: 'a', type: 'int' },
    { name: 'b', type: 'string', default: '' },
  ],
};
const problem = (reason: string, pointer: string, message: unknown = expect.any(String)) =>
  expect.objectContaining({ reason, pointer, message }) as unknown;

describe('values', () => {
  test.each([
    ['int32', 'int', -7],
    ['sint32', 'int', -7],
    ['sfixed32', 'int', -7],
    ['uint32', 'long', 4_294_967_295],
    ['fixed32', 'long', 4_294_967_295],
    ['int64', 'long', -9_007_199_254_740_991],
    ['uint64', 'long', 9_007_199_254_740_991],
    ['sint64', 'long', -9_007_199_254_740_991],
    ['fixed64', 'long', 9_007_199_254_740_991],
    ['sfixed64', 'long', -9_007_199_254_740_991],
    ['int64', 'int', 5],
    ['int32', 'double', 5],
    ['float', 'double', 0.5],
    ['double', 'double', 0.1],
    ['bool', 'boolean', true],
    ['string', 'string', 'ñ😀'],
  ])('%s as %s', (kind, type, value) => {
    expect(reading(type, `${kind} x = 3;`).of({ x: value })).toBe(value);
    // Nothing on the wire is the zero of its type.
    const zero = kind === 'bool' ? false : kind === 'string' ? '' : 0;
    expect(reading(type, `${kind} x = 3;`).of({})).toBe(zero);
  });

  test.each([
    ['a time', millis, 'google.protobuf.Timestamp x = 3;', timestampOf(1_500), 1],
    ['a time before 1970', millis, 'google.protobuf.Timestamp x = 3;', timestampOf(-1), -1],
    ['a time as text', millis, 'string x = 3;', '1970-01-01T00:00:00.002Z', 2],
    ['a day', date, 'int32 x = 3;', 20_000, 20_000],
    ['a day as text', date, 'string x = 3;', '2024-10-04', 20_000],
    ['a wrapped text', nullable('string'), 'google.protobuf.StringValue x = 3;', { value: 'a' }, 'a'],
    ['a wrapped zero', nullable('int'), 'google.protobuf.Int32Value x = 3;', {}, 0],
    ['an enum', KIND, 'Kind x = 3;', 2, 'BACK'],
    ['an enum with its name in front', KIND, 'Kind x = 3;', 1, 'OUT'],
    ['an enum as text', 'string', 'Kind x = 3;', 1, 'KIND_OUT'],
    ['a text as an enum', KIND, 'string x = 3;', 'BACK', 'BACK'],
    ['bytes', 'string', 'bytes x = 3;', Buffer.from('ab'), 'YWI='],
    ['a message', part, 'Part x = 3;', { a: 1 }, { a: 1, b: '' }],
    ['entries', { type: 'array', items: 'int' }, 'repeated int32 x = 3;', [1, -2], [1, -2]],
    ['no entries', { type: 'array', items: 'int' }, 'repeated int32 x = 3;', [], []],
    ['messages', { type: 'array', items: part }, 'repeated Part x = 3;', [{ b: 'c' }], [{ a: 0, b: 'c' }]],
    ['a map', { type: 'map', values: 'int' }, 'map<string, int32> x = 3;', { a: 1, b: 0 }, { a: 1, b: 0 }],
    [
      'a map by numbers',
      { type: 'map', values: part },
      'map<int64, Part> x = 3;',
      { 7: { a: 1 } },
      { 7: { a: 1, b: '' } },
    ],
    [
      'a group',
      nullable('int'),
      'optional group G = 9 { optional int32 a = 1; } optional int32 x = 3;',
      4,
      4,
    ],
  ])('%s', (_, type, written, value, wanted) => {
    expect(reading(type, written).of({ x: value })).toEqual(wanted);
  });

  test('google.type.Date, whose file needs not be given', () => {
    const { alone } = reading(date, 'google.type.Date x = 3;');
    // 2024-10-04
    expect(alone(10, 1, 105, 16, 1, 26, 7, 8, 0xe8, 0x0f, 16, 10, 24, 4)).toBe(20_000);
    expect(alone(10, 1, 105, 16, 1, 26, 7, 8, 0xe8, 0x0f, 16, 10, 24, 40)).toEqual(
      problem('schema_mismatch', '/x'),
    );
  });
});

describe('what is not given', () => {
  test.each([
    ['optional, nullable', nullable('string'), 'optional string x = 3;', {}, null],
    ['optional with a default', 'string', 'optional string x = 3;', { default: 'd' }, 'd'],
    ['optional without', 'string', 'optional string x = 3;', {}, problem('schema_mismatch', '/x', 'missing')],
    ['a message without', part, 'Part x = 3;', {}, problem('schema_mismatch', '/x', 'missing')],
    ['a message, nullable', nullable(part), 'Part x = 3;', {}, null],
    [
      'a time without',
      millis,
      'google.protobuf.Timestamp x = 3;',
      {},
      problem('schema_mismatch', '/x', 'missing'),
    ],
    ['member of a oneof', nullable('int'), 'oneof o { int32 x = 3; int32 y = 4; }', {}, null],
    ['proto2 default', 'int', 'optional int32 x = 3 [default = 5];', {}, 5],
    ['proto2 default of an enum', KIND, 'optional Kind x = 3 [default = BACK];', {}, 'BACK'],
    [
      'proto2 required',
      'int',
      'required int32 x = 3;',
      { default: 1 },
      problem('schema_mismatch', '/x', 'missing'),
    ],
    ['plain text, nullable', nullable('string'), 'string x = 3;', {}, ''],
    ['a field that the writer does not have', 'int', '', { default: 8 }, 8],
    ['an enum whose zero the contract does not have', nullable(KIND), 'Kind x = 3;', {}, null],
    ['the same with a default', KIND, 'Kind x = 3;', { default: 'OUT' }, 'OUT'],
    ['the same with neither', KIND, 'Kind x = 3;', {}, problem('schema_mismatch', '/x', 'missing')],
    ['text that should be a symbol', nullable(KIND), 'string x = 3;', {}, null],
  ])('%s', (_, type, written, more, wanted) => {
    // proto2 cannot encode without what it requires.
    const { alone } = reading(type, written, more);
    expect(alone(10, 1, 105, 16, 1)).toEqual(wanted);
  });

  test('an event without its id is none, whatever Protobuf takes for empty', () => {
    expect(reading('int', 'int32 x = 3;').alone(16, 1)).toEqual(problem('schema_mismatch', '/id', 'missing'));
  });
});

describe('fields that come again', () => {
  test('the last scalar stands, entries add up, messages merge, maps take the last of a key', () => {
    expect(reading('int', 'int32 x = 3;').ofBytes(24, 1, 24, 2)).toBe(2);
    expect(
      reading({ type: 'array', items: 'int' }, 'repeated int32 x = 3;').ofBytes(24, 1, 26, 2, 2, 3, 24, 4),
    ).toEqual([1, 2, 3, 4]);
    expect(reading(part, 'Part x = 3;').ofBytes(26, 2, 8, 1, 26, 3, 18, 1, 98, 26, 2, 8, 2)).toEqual({
      a: 2,
      b: 'b',
    });
    expect(
      reading({ type: 'map', values: 'int' }, 'map<string, int32> x = 3;').ofBytes(
        26,
        5,
        10,
        1,
        97,
        16,
        1,
        26,
        5,
        16,
        2,
        10,
        1,
        97,
      ),
    ).toEqual({ a: 2 });
  });

  test('of a oneof only the last one that came', () => {
    const { ofBytes } = reading(nullable('int'), 'oneof o { int32 x = 3; string y = 4; }');
    expect(ofBytes(24, 1)).toBe(1);
    expect(ofBytes(24, 1, 34, 1, 97)).toBeNull();
    expect(ofBytes(34, 1, 97, 24, 1)).toBe(1);
  });
});

describe('bytes that are none', () => {
  const fields: Record<string, [unknown, string]> = {
    int: ['int', 'int32 x = 3;'],
    long: ['long', 'int64 x = 3;'],
    text: ['string', 'string x = 3;'],
    double: ['double', 'double x = 3;'],
    enum: [KIND, 'Kind x = 3;'],
    list: [{ type: 'array', items: part }, 'repeated Part x = 3;'],
  };
  test.each<[string, string, number[], string, string, unknown]>([
    ['a varint cut off', 'int', [24, 0x80], 'decode_failed', '/x', expect.stringContaining('end inside')],
    [
      'a varint without end',
      'int',
      [24, ...Array(10).fill(0xff), 1],
      'decode_failed',
      '/x',
      expect.stringContaining('10 bytes'),
    ],
    [
      'a text longer than all',
      'text',
      [26, 0xff, 0xff, 0xff, 0xff, 0x0f],
      'decode_failed',
      '/x',
      expect.stringContaining('end inside'),
    ],
    [
      'a text of 2^63 bytes',
      'text',
      [26, ...Array(8).fill(0x80), 0x80, 1],
      'decode_failed',
      '/x',
      expect.any(String),
    ],
    [
      'a text that is not UTF-8',
      'text',
      [26, 1, 0xff],
      'decode_failed',
      '/x',
      expect.stringContaining('UTF-8'),
    ],
    ['another type’s way', 'text', [24, 1], 'decode_failed', '/x', expect.stringContaining('another type')],
    ['a double cut off', 'double', [25, 1, 2, 3], 'decode_failed', '/x', expect.any(String)],
    [
      'no number',
      'double',
      [25, 0, 0, 0, 0, 0, 0, 0xf8, 0x7f],
      'number_not_finite',
      '/x',
      expect.any(String),
    ],
    ['wire type 6', 'int', [30, 1], 'decode_failed', '/x', expect.any(String)],
    [
      'wire type 7 of another field',
      'int',
      [0x7f, 1],
      'decode_failed',
      '',
      expect.stringContaining('wire type'),
    ],
    ['field 0', 'int', [2, 1, 1], 'decode_failed', '', expect.stringContaining('number')],
    [
      'a field number beyond 32 bits',
      'int',
      [0xff, 0xff, 0xff, 0xff, 0xff, 1],
      'decode_failed',
      '',
      expect.any(String),
    ],
    ['the end of no group', 'int', [44], 'decode_failed', '', expect.stringContaining('group')],
    ['a group without end', 'int', [43, 8, 1], 'decode_failed', '', expect.any(String)],
    ['another group’s end', 'int', [43, 52], 'decode_failed', '', expect.stringContaining('group')],
    ['groups too deep', 'int', Array(100).fill(43), 'decode_failed', '', expect.stringContaining('deep')],
    ['an unknown field cut off', 'int', [0x7a, 9, 1], 'decode_failed', '', expect.any(String)],
    [
      'more than 53 bits',
      'long',
      [24, ...Array(7).fill(0xff), 0x7f],
      'schema_mismatch',
      '/x',
      expect.stringContaining('53 bits'),
    ],
    ['an enum’s number that there is not', 'enum', [24, 9], 'schema_mismatch', '/x', expect.any(String)],
    [
      'an enum’s number that the contract does not have',
      'enum',
      [24, 3],
      'schema_mismatch',
      '/x',
      expect.any(String),
    ],
    ['an entry', 'list', [26, 2, 8, 1, 26, 2, 18, 9], 'decode_failed', '/x/1/b', expect.any(String)],
    ['an entry longer than its list', 'list', [26, 9, 8, 1], 'decode_failed', '/x/0', expect.any(String)],
  ])('%s', (_, kind, bytes, reason, pointer, message) => {
    const [type, written] = fields[kind];
    expect(reading(type, written).ofBytes(...bytes)).toEqual(problem(reason, pointer, message));
  });

  test('entries that say nothing are only so many', () => {
    const list = reading({ type: 'array', items: 'string' }, 'repeated string x = 3;');
    const empty = (count: number) =>
      Buffer.concat([ID_AND_TIME, Buffer.alloc(2 * count, Uint8Array.of(26, 0))]);
    expect(list.read(empty(65_536))).toHaveLength(65_536);
    expect(list.read(empty(65_537))).toEqual(problem('value_too_large', '/x'));
  });

  test('groups of fields that nobody reads are skipped', () => {
    expect(reading('int', 'int32 x = 3;').ofBytes(43, 8, 1, 51, 18, 1, 97, 52, 44, 24, 5)).toBe(5);
  });

  test('of any kind never throw, and take no more room than their length', () => {
    const contract = contractOf();
    const key = addWriter(contract, SALE_PROTO);
    const read = fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      const event = contract.protobuf.decode(Buffer.from(bytes), 0, bytes.length, key);
      if (!(event instanceof Problem)) contract.check(event, Infinity);
      contract.protobuf.soFar(Buffer.from(bytes), 0, bytes.length, key);
    });
    fc.assert(read, { numRuns: 2000 });
  });
});

describe('writers that a contract cannot read', () => {
  test.each([
    ['a field without a default that they do not have', 'int', '', /no field x/],
    ['a text as a number', 'int', 'string x = 3;', /string cannot be read as int/],
    ['a real as a whole number', 'long', 'double x = 3;', /double cannot be read as long/],
    ['one as several', { type: 'array', items: 'int' }, 'int32 x = 3;', /int32 cannot be read as array/],
    ['several as one', 'int', 'repeated int32 x = 3;', /repeated: int32 cannot be read as int/],
    ['a message as a text', 'string', 'Part x = 3;', /message cannot be read as string/],
    [
      'a type of a file that is not there',
      'int',
      'other.Thing x = 3;',
      /other.Thing \(a group, or of a file/,
    ],
    ['a group', part, 'optional group X = 3 { optional int32 a = 1; }', /Sale.X \(a group/],
    ['a time as a number', 'long', 'google.protobuf.Timestamp x = 3;', /timestamp cannot be read as long/],
  ])('%s', (_, type, written, message) => {
    expect(() => reading(type, written)).toThrow(
      expect.objectContaining({ code: 'contract_invalid', message: expect.stringMatching(message) }),
    );
  });
});

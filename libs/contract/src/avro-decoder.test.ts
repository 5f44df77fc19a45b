import avsc from 'avsc';
import fc from 'fast-check';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { release, SetupError } from '@gondola/stream';
import { compileAvroDecoder } from './avro-decoder.js';
import { parseAvroSchema, toNatural, type AvroRecord, type AvroType } from './avro-type.js';
import { Problem } from './problem.js';

const schemas = join(import.meta.dirname, '../../../schemas');
const subjects = readdirSync(schemas).filter((name) => name.startsWith('retail.'));

const textOf = (subject: string) => readFileSync(join(schemas, subject, 'v1.avsc'), 'utf8');

// avsc builds a map as an object, so it loses this key; we keep it, as a test of its own below says.
const mapKey = fc.string({ unit: 'binary' }).filter((key) => key !== '__proto__');

/** Any value of a type, in natural JSON. */
function anyOf(type: AvroType): fc.Arbitrary<unknown> {
  switch (type.kind) {
    case 'nullable':
      return fc.option(anyOf(type.of), { nil: null });
    case 'boolean':
      return fc.boolean();
    case 'int':
      return fc.integer();
    case 'long':
      // avsc refuses the two outermost; they have a test of their own below.
      return fc.maxSafeInteger().filter((value) => Math.abs(value) < Number.MAX_SAFE_INTEGER);
    case 'float':
      return fc.float({ noNaN: true, noDefaultInfinity: true });
    case 'double':
      return fc.double({ noNaN: true, noDefaultInfinity: true });
    case 'string':
      return fc.string({ unit: 'binary' });
    case 'enum':
      return fc.constantFrom(...type.symbols);
    case 'array':
      return fc.array(anyOf(type.items), { maxLength: 5 });
    case 'map':
      return fc.dictionary(mapKey, anyOf(type.values), { maxKeys: 5 });
    case 'record':
      return fc.record(Object.fromEntries(type.fields.map((field) => [field.name, anyOf(field.type)])));
    case 'union':
      return fc.oneof(...type.branches.map(anyOf));
    case 'json':
      return fc.jsonValue();
  }
}

function decoderOf(text: string, readerText = text) {
  const writer = parseAvroSchema(text, 'writer');
  const reader = parseAvroSchema(readerText, 'reader');
  return { reader, decode: compileAvroDecoder(writer, reader, 'test') };
}

const record = (fields: readonly object[]) => JSON.stringify({ type: 'record', name: 'R', fields });
const decodeAll = (decode: ReturnType<typeof compileAvroDecoder>, bytes: Uint8Array) =>
  decode(Buffer.from(bytes), 0, bytes.length);
const natural = (schema: AvroRecord, value: ReturnType<ReturnType<typeof compileAvroDecoder>>) =>
  value instanceof Problem ? value : toNatural(schema, value);

describe.each(subjects)('%s', (subject) => {
  const text = textOf(subject);
  const { reader, decode } = decoderOf(text);
  const oracle = avsc.Type.forSchema(JSON.parse(text) as avsc.Schema);

  test('decodes what avsc encodes, wherever it stands in a buffer', () => {
    fc.assert(
      fc.property(
        anyOf(reader),
        fc.uint8Array({ maxLength: 9 }),
        fc.uint8Array({ maxLength: 9 }),
        (value, before, after) => {
          const bytes = oracle.toBuffer(value);
          const buffer = Buffer.concat([before, bytes, after]);
          const decoded = decode(buffer, before.length, before.length + bytes.length);
          expect(natural(reader, decoded)).toStrictEqual(toPlain(oracle.fromBuffer(bytes)));
        },
      ),
    );
  });

  test('refuses every truncation and every trailing byte', () => {
    fc.assert(
      fc.property(anyOf(reader), (value) => {
        const bytes = oracle.toBuffer(value);
        for (let end = 0; end < bytes.length; end++)
          expect(decode(bytes, 0, end)).toMatchObject({ reason: 'decode_failed', pointer: '' });
        expect(decodeAll(decode, Buffer.concat([bytes, Buffer.from([0])]))).toMatchObject({
          reason: 'decode_failed',
        });
      }),
      { numRuns: 20 },
    );
  });

  test('never throws, and what it accepts is what avsc reads', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const decoded = decodeAll(decode, bytes);
        if (decoded instanceof Problem) return;
        expect(natural(reader, decoded)).toStrictEqual(toPlain(oracle.fromBuffer(Buffer.from(bytes))));
      }),
      { numRuns: 2000 },
    );
  });
});

test('keeps a map key that means something else in JavaScript', () => {
  const { decode } = decoderOf(record([{ name: 'm', type: { type: 'map', values: 'int' } }]));
  const key = Buffer.from('__proto__');
  const bytes = Buffer.from([2, key.length * 2, ...key, 2, 0]);
  expect(decodeAll(decode, bytes)).toStrictEqual([new Map([['__proto__', 1]])]);
});

/** avsc gives instances of generated classes. */
function toPlain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toPlain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, toPlain(entry)]));
}

describe('hostile bytes', () => {
  const { decode } = decoderOf(record([{ name: 'a', type: { type: 'array', items: 'string' } }]));
  const text = decoderOf(record([{ name: 's', type: 'string' }])).decode;
  const number = decoderOf(
    record([
      { name: 'n', type: 'double' },
      { name: 'm', type: { type: 'map', values: 'float' } },
    ]),
  ).decode;
  const long = decoderOf(record([{ name: 'n', type: 'long' }])).decode;
  const bool = decoderOf(record([{ name: 'b', type: 'boolean' }])).decode;

  test.each([
    ['an array that promises 2^31 entries', decode, [0x80, 0x80, 0x80, 0x80, 0x20]],
    ['a block of -2^63 entries', decode, [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01, 0]],
    ['a text of negative length', text, [0x01]],
    ['a text of 2^40 bytes', text, [0x80, 0x80, 0x80, 0x80, 0x80, 0x40]],
    ['an integer without end', long, Array<number>(12).fill(0xff)],
    ['a boolean of 2', bool, [2]],
    ['a text that is not UTF-8', text, [4, 0xc3, 0x28]],
    ['a text that is an overlong slash', text, [4, 0xc0, 0xaf]],
    ['a text with a surrogate', text, [6, 0xed, 0xa0, 0x80]],
  ])('%s', (_, decoder, bytes) => {
    expect(decodeAll(decoder, Uint8Array.from(bytes))).toMatchObject({
      reason: 'decode_failed',
      pointer: '',
    });
  });

  test('U+FFFD itself is a good character', () => {
    expect(decodeAll(text, Uint8Array.from([6, 0xef, 0xbf, 0xbd]))).toEqual(['\uFFFD']);
  });

  test.each([NaN, Infinity, -Infinity])('%p is named with its field', (value) => {
    const bytes = Buffer.alloc(9);
    bytes.writeDoubleLE(value);
    expect(decodeAll(number, bytes)).toMatchObject({ reason: 'number_not_finite', pointer: '/n' });
    const inMap = Buffer.alloc(8 + 1 + 4 + 4 + 1);
    inMap.set([2, 6, ...Buffer.from('a/b')], 8);
    inMap.writeFloatLE(value, 13);
    expect(decodeAll(number, inMap)).toMatchObject({ reason: 'number_not_finite', pointer: '/m/*' });
  });

  test.each([
    [Number.MAX_SAFE_INTEGER, [0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x1f]],
    [Number.MIN_SAFE_INTEGER, [0xfd, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x1f]],
  ])('%d is exact', (value, bytes) => {
    expect(decodeAll(long, Uint8Array.from(bytes))).toEqual([value]);
  });

  test.each([
    ['2^53', [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x20]],
    ['-2^53', [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x1f]],
    ['2^63 - 1', [0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]],
  ])('%s would not be exact', (_, bytes) => {
    expect(decodeAll(long, Uint8Array.from(bytes))).toMatchObject({
      reason: 'schema_mismatch',
      pointer: '/n',
    });
  });

  test('arrays and maps in several blocks, with and without their size', () => {
    const several = Uint8Array.from([2, 2, 0x61, 3, 8, 2, 0x62, 2, 0x63, 0]);
    expect(decodeAll(decode, several)).toEqual([['a', 'b', 'c']]);
  });
});

describe('schema resolution', () => {
  const enumOf = (symbols: readonly string[], fallback?: string) => ({
    type: 'enum',
    name: 'E',
    symbols,
    default: fallback,
  });
  const cases: readonly [string, object[], object[], Record<string, unknown>, Record<string, unknown>][] = [
    [
      'a new field takes its default',
      [{ name: 'a', type: 'int' }],
      [
        { name: 'b', type: ['null', 'string'], default: null },
        { name: 'a', type: 'int' },
      ],
      { a: 1 },
      { b: null, a: 1 },
    ],
    [
      'a removed field is read over',
      [
        { name: 'x', type: 'string' },
        { name: 'a', type: 'int' },
      ],
      [{ name: 'a', type: 'int' }],
      { x: 'gone', a: 1 },
      { a: 1 },
    ],
    [
      'int grows to long and double',
      [
        { name: 'a', type: 'int' },
        { name: 'b', type: 'int' },
      ],
      [
        { name: 'a', type: 'long' },
        { name: 'b', type: 'double' },
      ],
      { a: 1, b: -2 },
      { a: 1, b: -2 },
    ],
    [
      'float grows to double',
      [{ name: 'a', type: 'float' }],
      [{ name: 'a', type: 'double' }],
      { a: 1.5 },
      { a: 1.5 },
    ],
    [
      'a required field becomes nullable',
      [{ name: 'a', type: 'string' }],
      [{ name: 'a', type: ['null', 'string'], default: null }],
      { a: 'x' },
      { a: 'x' },
    ],
    [
      'null may stand first or last',
      [{ name: 'a', type: ['string', 'null'] }],
      [{ name: 'a', type: ['null', 'string'] }],
      { a: null },
      { a: null },
    ],
    [
      'an enum gains symbols in any order',
      [{ name: 'a', type: enumOf(['A', 'B']) }],
      [{ name: 'a', type: enumOf(['C', 'B', 'A']) }],
      { a: 'B' },
      { a: 'B' },
    ],
    [
      'a symbol that is gone becomes the default',
      [{ name: 'a', type: enumOf(['A', 'B']) }],
      [{ name: 'a', type: enumOf(['A'], 'A') }],
      { a: 'B' },
      { a: 'A' },
    ],
  ];

  test.each(cases)('%s', (_, writerFields, readerFields, written, expected) => {
    const { reader, decode } = decoderOf(record(writerFields), record(readerFields));
    const bytes = avsc.Type.forSchema(JSON.parse(record(writerFields)) as avsc.Schema).toBuffer(written);
    expect(natural(reader, decodeAll(decode, bytes))).toEqual(expected);
  });

  test.each([
    ['text as a number', [{ name: 'a', type: 'string' }], [{ name: 'a', type: 'int' }]],
    ['double as float', [{ name: 'a', type: 'double' }], [{ name: 'a', type: 'float' }]],
    [
      'maybe text as a number',
      [{ name: 'a', type: ['null', 'string'] }],
      [{ name: 'a', type: ['null', 'int'] }],
    ],
    ['a new field without default', [], [{ name: 'a', type: 'int' }]],
    [
      'milliseconds as microseconds',
      [{ name: 'a', type: { type: 'long', logicalType: 'timestamp-millis' } }],
      [{ name: 'a', type: { type: 'long', logicalType: 'timestamp-micros' } }],
    ],
  ])('%s is refused', (_, writerFields, readerFields) => {
    const keep = { name: 'keep', type: 'int' };
    expect(() => decoderOf(record([keep, ...writerFields]), record([keep, ...readerFields]))).toThrow(
      SetupError,
    );
  });
});

describe('schemas that cannot be rows', () => {
  test.each([
    ['bytes', record([{ name: 'a', type: 'bytes' }])],
    ['a union of nothing', record([{ name: 'a', type: ['null'] }])],
    ['a union with bytes', record([{ name: 'a', type: ['null', 'int', 'bytes'] }])],
    ['a record in itself', record([{ name: 'a', type: ['null', 'R'], default: null }])],
    ['a record without fields', record([{ name: 'a', type: { type: 'record', name: 'E', fields: [] } }])],
    ['a field named __proto__', record([{ name: '__proto__', type: 'int' }])],
    ['not a record', '"string"'],
    ['not JSON', '{'],
    ['not Avro', '{"type":"record"}'],
  ])('%s', (_, text) => {
    expect(() => parseAvroSchema(text, 'v1.avsc')).toThrow(
      expect.objectContaining({ code: 'contract_invalid', message: expect.stringMatching(/^v1\.avsc: /) }),
    );
  });
});

test('bytes that begin where others did, in the same memory, are read to their own end', () => {
  const { decode } = decoderOf(record([{ name: 'd', type: { type: 'array', items: 'double' } }]));
  const pool = Buffer.alloc(64);
  pool.writeUInt8(2 << 1, 0);
  pool.writeDoubleLE(1.5, 1);
  pool.writeDoubleLE(2.5, 9);
  expect(decode(pool.subarray(0, 10), 0, 10)).toBeInstanceOf(Problem);
  expect(decode(pool.subarray(0, 18), 0, 18)).toEqual([[1.5, 2.5]]);
});

test('memory of an earlier batch may be given back before the next one is read', () => {
  const { decode } = decoderOf(record([{ name: 'd', type: 'double' }]));
  const batch = () => {
    const bytes = Buffer.alloc(2 * Buffer.poolSize);
    bytes.writeDoubleLE(1.5, 0);
    return bytes;
  };
  const first = batch();
  expect(decode(first, 0, 8)).toEqual([1.5]);
  release(first);
  expect(decode(batch(), 0, 8)).toEqual([1.5]);
});

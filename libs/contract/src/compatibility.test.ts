import avsc from 'avsc';
import fc from 'fast-check';
import { parseAvroSchema, type AvroRecord } from './avro-type.js';
import { avroDifferences } from './avro-differences.js';
import { COMPATIBILITY_MODES, compatibilityBreaks, type CompatibilityMode } from './compatibility.js';

const record = (...fields: readonly object[]) => ({ type: 'record', name: 'Sale', fields });
const parsed = (schema: object) => parseAvroSchema(JSON.stringify(schema), 'here');
const field = (type: unknown, rest: object = {}) => record({ name: 'f', type, ...rest });
const color = (symbols: readonly string[], rest: object = {}) => ({
  type: 'enum',
  name: 'Color',
  symbols,
  ...rest,
});
const list = (...fields: readonly object[]) => ({
  type: 'array',
  items: { ...record(...fields), name: 'Line' },
});
const DAY = { type: 'int', logicalType: 'date' };
const MILLIS = { type: 'long', logicalType: 'timestamp-millis' };
const MICROS = { type: 'long', logicalType: 'timestamp-micros' };

test.each([
  ['a type that does not widen', field('int'), field('long'), '/f', 'TYPE_MISMATCH'],
  ['text for a number', field('double'), field('string'), '/f', 'TYPE_MISMATCH'],
  ['null where a value must be', field('string'), field(['null', 'string']), '/f', 'MISSING_UNION_BRANCH'],
  ['a symbol that is gone', field(color(['R'])), field(color(['R', 'G'])), '/f', 'MISSING_ENUM_SYMBOLS'],
  [
    'an enum of another name',
    field(color(['R'])),
    field({ ...color(['R']), name: 'Colour' }),
    '/f',
    'NAME_MISMATCH',
  ],
  [
    'a new field in a line',
    field(list({ name: 'a', type: 'int' }, { name: 'b', type: 'int' })),
    field(list({ name: 'a', type: 'int' })),
    '/f/*/b',
    'READER_FIELD_MISSING_DEFAULT_VALUE',
  ],
  [
    'values of a map',
    field({ type: 'map', values: 'int' }),
    field({ type: 'map', values: 'string' }),
    '/f/*',
    'TYPE_MISMATCH',
  ],
  ['a day for a number', field(DAY), field('int'), '/f', 'LOGICAL_TYPE_MISMATCH'],
  ['microseconds for milliseconds', field(MILLIS), field(MICROS), '/f', 'LOGICAL_TYPE_MISMATCH'],
])('%s is named with its field and rule', (_, reader, writer, path, rule) => {
  expect(avroDifferences(parsed(reader), parsed(writer))).toEqual([
    { path, rule, message: expect.any(String) },
  ]);
});

test.each([
  ['wider numbers', field('double'), field('long')],
  ['what may be null now', field(['null', 'string']), field('string')],
  ['null first or last', field(['string', 'null']), field(['null', 'string'])],
  ['a symbol that is gone, with a default', field(color(['R'], { default: 'R' })), field(color(['R', 'G']))],
  [
    'a field more, with a default',
    record({ name: 'f', type: 'int' }, { name: 'g', type: 'int', default: 1 }),
    field('int'),
  ],
  ['a field less', field('int'), record({ name: 'f', type: 'int' }, { name: 'g', type: 'int' })],
  ['a namespace', { ...field('int'), namespace: 'b' }, { ...field('int'), namespace: 'a' }],
])('%s can be read', (_, reader, writer) => {
  expect(avroDifferences(parsed(reader), parsed(writer))).toEqual([]);
});

describe('modes', () => {
  // v1 -> v2: a field is added that must be given. v2 -> v3: it gets a default, so that v3 reads v1 and v2 alike.
  const required = { name: 'g', type: 'int' };
  const versions = [
    field('int'),
    record({ name: 'f', type: 'int' }, required),
    record({ name: 'f', type: 'long' }, { ...required, default: 0 }),
  ].map((schema, index) => ({ version: index + 1, kind: 'avro' as const, record: parsed(schema) }));

  const found: Readonly<Record<CompatibilityMode, readonly string[]>> = {
    BACKWARD: ['2<-1 /g'],
    BACKWARD_TRANSITIVE: ['2<-1 /g'],
    FORWARD: ['2<-3 /f'],
    FORWARD_TRANSITIVE: ['1<-3 /f', '2<-3 /f'],
    FULL: ['2<-1 /g', '2<-3 /f'],
    FULL_TRANSITIVE: ['2<-1 /g', '1<-3 /f', '2<-3 /f'],
    NONE: [],
  };
  test.each(COMPATIBILITY_MODES)('%s', (mode) => {
    const breaks = compatibilityBreaks(versions, mode);
    expect(breaks.map(({ reader, writer, path }) => `${reader}<-${writer} ${path}`)).toEqual(found[mode]);
  });
});

/** Types that every implementation reads alike: without logical types, with at most one null. */
const scalar = fc.constantFrom('int', 'long', 'float', 'double', 'string', 'boolean');
const type = fc.oneof(
  scalar,
  scalar.map((of) => ['null', of]),
  scalar.map((items) => ({ type: 'array', items })),
  scalar.map((values) => ({ type: 'map', values: ['null', values] })),
);
const fields = fc
  .subarray(['a', 'b', 'c', 'd'], { minLength: 1 })
  .chain((names) => fc.tuple(...names.map((name) => type.chain((one) => withDefault(name, one)))));
function withDefault(name: string, one: unknown): fc.Arbitrary<object> {
  const values: Readonly<Record<string, unknown>> = { string: '', boolean: false };
  const given = Array.isArray(one) ? null : typeof one === 'string' ? (values[one] ?? 0) : undefined;
  const plain = { name, type: one };
  return given === undefined
    ? fc.constant(plain)
    : fc.constantFrom<object>(plain, { ...plain, default: given });
}

// avsc is another implementation of the same pages of the specification.
test('says what avsc says', () => {
  const canResolve = (reader: object, writer: object) => {
    try {
      avsc.Type.forSchema(reader as avsc.Schema).createResolver(avsc.Type.forSchema(writer as avsc.Schema));
      return true;
    } catch {
      return false;
    }
  };
  fc.assert(
    fc.property(fields, fields, (left, right) => {
      const [reader, writer] = [record(...left), record(...right)];
      const differences = avroDifferences(parsed(reader) as AvroRecord, parsed(writer) as AvroRecord);
      expect(differences.length === 0).toBe(canResolve(reader, writer));
    }),
    { numRuns: 500 },
  );
});

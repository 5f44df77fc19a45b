import fc from 'fast-check';
import { parseAvroSchema, toNatural } from './avro-type.js';
import { compileJsonReader } from './json-reader.js';
import { Problem } from './problem.js';

const schema = parseAvroSchema(
  JSON.stringify({
    type: 'record',
    name: 'R',
    fields: [
      { name: 'text', type: 'string', default: 'none' },
      { name: 'maybe', type: ['null', 'string'], default: null },
      { name: 'small', type: 'int', default: 1 },
      { name: 'large', type: 'long', default: 2 },
      { name: 'real', type: 'double', default: 3 },
      { name: 'flag', type: 'boolean', default: true },
      { name: 'word', type: { type: 'enum', name: 'W', symbols: ['A', 'B'] }, default: 'A' },
      { name: 'millis', type: { type: 'long', logicalType: 'timestamp-millis' }, default: 0 },
      { name: 'micros', type: { type: 'long', logicalType: 'timestamp-micros' }, default: 0 },
      { name: 'day', type: { type: 'int', logicalType: 'date' }, default: 0 },
      { name: 'list', type: { type: 'array', items: 'int' }, default: [] },
      { name: 'facts', type: { type: 'map', values: 'double' }, default: {} },
      { name: 'constructor', type: 'string', default: 'own' },
    ],
  }),
  'test',
);
const read = compileJsonReader(schema);
const readNatural = (value: unknown) => {
  const event = read(value);
  return event instanceof Problem ? event : (toNatural(schema, event) as Record<string, unknown>);
};

test('defaults fill what is missing, and only what the object itself has counts', () => {
  expect(readNatural({})).toEqual({
    text: 'none',
    maybe: null,
    small: 1,
    large: 2,
    real: 3,
    flag: true,
    word: 'A',
    millis: 0,
    micros: 0,
    day: 0,
    list: [],
    facts: {},
    constructor: 'own',
  });
});

test.each([
  ['text', 'ñ', 'ñ'],
  ['maybe', 'x', 'x'],
  ['millis', '2026-03-14T10:22:31.2509-05:00', Date.UTC(2026, 2, 14, 15, 22, 31, 250)],
  ['millis', '2026-03-14T10:22Z', Date.UTC(2026, 2, 14, 10, 22)],
  ['millis', 1773501751250, 1773501751250],
  ['micros', '1969-12-31T23:59:59.999999Z', -1],
  ['micros', '2024-02-29T00:00:00+0000', Date.UTC(2024, 1, 29) * 1000],
  ['day', '2026-01-05', 20458],
  ['day', 20458, 20458],
  ['day', '0099-01-01', -683368],
  ['facts', { a: 1, __proto__x: 2 }, { a: 1, __proto__x: 2 }],
])('%s: %j', (field, given, expected) => {
  expect(readNatural({ [field]: given })).toMatchObject({ [field]: expected });
});

test.each([
  ['text', null, '/text', 'text expected, found null'],
  ['text', 'secret\ud800', '/text', 'text with half a surrogate pair'],
  ['small', 2 ** 31, '/small', 'whole number of 32 bits expected, found number'],
  ['small', 1.5, '/small', 'whole number of 32 bits expected, found number'],
  ['large', 2 ** 53, '/large', 'whole number of at most 53 bits expected, found number'],
  ['large', '7', '/large', 'whole number of at most 53 bits expected, found string'],
  ['real', true, '/real', 'number expected, found boolean'],
  ['flag', 0, '/flag', 'true or false expected, found number'],
  ['word', 'C', '/word', 'one of A, B expected'],
  ['millis', '2026-03-14T10:22:31', '/millis', expect.stringContaining('not a time')],
  ['millis', '2026-02-30T10:22:31Z', '/millis', expect.stringContaining('not a time')],
  ['millis', '2026-03-14T24:00:00Z', '/millis', expect.stringContaining('not a time')],
  ['day', '2026-13-01', '/day', expect.stringContaining('not a date')],
  ['list', [1, 'x'], '/list/1', 'whole number of 32 bits expected, found string'],
  ['list', { length: 1 }, '/list', 'array expected, found object'],
  ['facts', [], '/facts', 'object expected, found array'],
  ['facts', { 'a/b~c': null }, '/facts/*', 'number expected, found null'],
])('%s: %j is a mismatch', (field, given, pointer, message) => {
  expect(read({ [field]: given })).toEqual({ reason: 'schema_mismatch', pointer, message });
});

test('a number beyond a double is not finite', () => {
  expect(read(JSON.parse('{"real":1e400}'))).toMatchObject({ reason: 'number_not_finite', pointer: '/real' });
  expect(read(JSON.parse('{"large":-1e400}'))).toMatchObject({
    reason: 'number_not_finite',
    pointer: '/large',
  });
});

test('keys named __proto__ change nothing', () => {
  const event = readNatural(JSON.parse('{"__proto__":{"text":"polluted"},"facts":{"__proto__":5,"a":1}}'));
  expect(event).toMatchObject({ text: 'none' });
  expect(({} as Record<string, unknown>).text).toBeUndefined();
  expect(JSON.stringify((event as Record<string, unknown>).facts)).toBe('{"__proto__":5,"a":1}');
});

test.each([[null], [1], ['x'], [[]], [undefined]])('%j is no event', (value) => {
  expect(read(value)).toMatchObject({ reason: 'schema_mismatch', pointer: '' });
});

test('no JSON makes it throw, and no message repeats a value', () => {
  const secret = 'sEcReT';
  const any = fc.oneof(
    fc.jsonValue(),
    fc.constant(secret),
    fc.constant([secret]),
    fc.constant({ [secret]: secret }),
  );
  const fields = fc.record(Object.fromEntries(schema.fields.map(({ name }) => [name, any])), {
    requiredKeys: [],
  });
  fc.assert(
    fc.property(fields, (value) => {
      const event = read(value);
      if (event instanceof Problem) expect(event.message).not.toContain(secret);
    }),
    { numRuns: 2000 },
  );
});

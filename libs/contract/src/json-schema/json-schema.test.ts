import { JsonSchema } from './json-schema.js';

const DRAFT_7 = 'http://json-schema.org/draft-07/schema#';
const DRAFT_2019 = 'https://json-schema.org/draft/2019-09/schema';
const DRAFT_2020 = 'https://json-schema.org/draft/2020-12/schema';

const schemaOf = (schema: unknown, references: Record<string, unknown> = {}) =>
  new JsonSchema(
    JSON.stringify(schema),
    'v1.json',
    Object.entries(references).map(([name, one]) => ({ name, text: JSON.stringify(one) })),
  );

const properties = {
  text: { type: 'string', minLength: 2, maxLength: 4, pattern: '^[a-z]+$' },
  count: { type: 'integer', minimum: 1, exclusiveMaximum: 10 },
  price: { type: ['number', 'null'], multipleOf: 0.01 },
  at: { type: 'string', format: 'date-time' },
  mail: { type: 'string', format: 'email' },
  kind: { enum: ['A', 'B', 3] },
  one: { const: 1 },
  list: { type: 'array', items: { type: 'string' }, minItems: 1, uniqueItems: true },
  'a/b~c': { type: 'boolean' },
  paid: {
    oneOf: [
      { type: 'object', required: ['card'], properties: { card: { type: 'string', minLength: 4 } } },
      { type: 'object', required: ['cash'], properties: { cash: { type: 'number' } } },
    ],
  },
  inner: { type: 'object', properties: { x: { type: 'integer' } }, additionalProperties: false },
  never: false,
};

const secret = 'a value that may be personal';

test.each([
  ['a missing field', {}, '/text', 'required: missing'],
  ['another kind', { text: 5 }, '/text', 'type: text expected, found whole number'],
  ['a kind of several', { price: secret }, '/price', 'type: number or null expected, found text'],
  [
    'a text that is too short',
    { text: '\u{1f600}' },
    '/text',
    'minLength: text of at least 2 characters expected',
  ],
  ['a text that is too long', { text: secret }, '/text', 'maxLength: text of at most 4 characters expected'],
  ['a pattern', { text: 'AB' }, '/text', 'pattern: text that matches ^[a-z]+$ expected'],
  ['a number that is too small', { count: 0 }, '/count', 'minimum: at least 1 expected'],
  ['a number that is too large', { count: 10 }, '/count', 'exclusiveMaximum: less than 10 expected'],
  ['a fraction', { count: 1.5 }, '/count', 'type: whole number expected, found number'],
  ['no multiple', { price: 4.295 }, '/price', 'multipleOf: a multiple of 0.01 expected'],
  ['a format', { at: secret }, '/at', 'format: not of the form date-time'],
  ['another format', { mail: secret }, '/mail', 'format: not of the form email'],
  ['a word that is none', { kind: secret }, '/kind', 'enum: one of A, B, 3 expected'],
  ['no constant', { one: 2 }, '/one', 'const: 1 expected'],
  ['too few entries', { list: [] }, '/list', 'minItems: at least 1 entries expected'],
  ['an entry', { list: ['a', null] }, '/list/1', 'type: text expected, found null'],
  ['entries that are the same', { list: ['a', 'a'] }, '/list', 'uniqueItems: entries must differ'],
  ['a name with / and ~', { 'a/b~c': 1 }, '/a~1b~0c', 'type: true or false expected, found whole number'],
  [
    'the alternative that was meant',
    { paid: { card: '1' } },
    '/paid/card',
    'minLength: text of at least 4 characters expected',
  ],
  ['no alternative', { paid: secret }, '/paid', 'oneOf: none of the alternatives fits'],
  [
    'two alternatives',
    { paid: { card: '1234', cash: 1 } },
    '/paid',
    'oneOf: more than one of the alternatives fit',
  ],
  [
    'a field too many',
    { inner: { y: 1 } },
    '/inner/y',
    'additionalProperties: the schema allows no field of this name',
  ],
  ['what may not be', { never: 1 }, '/never', 'false schema: the schema allows nothing here'],
])('%s is said by pointer and rule, without the value', (_, value, pointer, message) => {
  for (const $schema of [undefined, DRAFT_7, DRAFT_2019, DRAFT_2020]) {
    const required = Object.keys(value).length === 0 ? ['text'] : [];
    const problem = schemaOf({ $schema, type: 'object', properties, required }).check(value);
    expect(problem).toMatchObject({ reason: 'schema_mismatch', pointer, message });
  }
});

test('words of other tools, unknown formats and an address say nothing of a value', () => {
  const schema = schemaOf({
    $id: 'https://example.com/order',
    javaType: 'com.example.Order',
    'confluent:tags': ['PII'],
    type: 'object',
    properties: { id: { type: 'string', format: 'till-number', 'connect.index': 1 } },
  });
  expect(schema.check({ id: 'x', more: 1 })).toBeNull();
});

test('each draft reads its own words', () => {
  const tuple = { type: 'array', prefixItems: [{ type: 'string' }] };
  expect(schemaOf({ $schema: DRAFT_2020, ...tuple }).check([1])?.pointer).toBe('/0');
  expect(schemaOf({ $schema: DRAFT_7, ...tuple }).check([1])).toBeNull();
  const items = { type: 'array', items: [{ type: 'string' }] };
  expect(schemaOf({ $schema: DRAFT_7, ...items }).check([1])?.pointer).toBe('/0');
  expect(() => schemaOf({ $schema: DRAFT_2020, ...items })).toThrow('items must be object,boolean');
});

describe('references', () => {
  const cents = { type: 'integer' };
  const amountOf = ($ref: string) => ({
    type: 'object',
    required: ['amount'],
    properties: { amount: { $ref } },
  });
  const money = { ...amountOf('#/definitions/cents'), definitions: { cents } };
  const types = { definitions: { cents, money: amountOf('#/definitions/cents') } };
  const bad = { price: { amount: 'x' } };

  test.each([
    ['by the name that the registry gives it', {}, 'money.json', { 'money.json': money }],
    ['by a part of it', {}, 'types.json#/definitions/money', { 'types.json': types }],
    [
      'by its own address',
      {},
      'https://x.test/money',
      { anything: { ...money, $id: 'https://x.test/money' } },
    ],
    [
      'beside the address of who names it',
      { $id: 'https://x.test/orders/order.json' },
      'money.json',
      { 'money.json': money },
    ],
    ['from an address that is no URL', { $id: 'order.json' }, 'money.json', { 'money.json': money }],
    [
      'of another draft',
      { $schema: DRAFT_2020 },
      'money.json',
      { 'money.json': { ...money, $schema: DRAFT_7 } },
    ],
    ['through another one', {}, 'alias.json', { 'money.json': money, 'alias.json': { $ref: 'money.json' } }],
  ])('are found %s', (_, head, $ref, references) => {
    const schema = schemaOf({ ...head, type: 'object', properties: { price: { $ref } } }, references);
    expect(schema.check({ price: { amount: 5 } })).toBeNull();
    expect(schema.check(bad)?.pointer).toBe('/price/amount');
  });

  test('to itself may be as deep as a record is', () => {
    const schema = schemaOf({
      type: 'object',
      properties: { in: { $ref: '#' } },
      additionalProperties: false,
    });
    let deep: object = {};
    for (let depth = 0; depth < 100_000; depth++) deep = { in: deep };
    expect(schema.check({ in: { in: {} } })).toBeNull();
    expect(schema.check({ in: { out: {} } })?.pointer).toBe('/in/out');
    expect(schema.check(deep)).toMatchObject({ message: 'nested more deeply than can be checked' });
  });
});

test.each([
  ['{', 'not JSON'],
  ['[]', 'an object expected'],
  ['{"type":"txt"}', 'type must be equal to one of the allowed values'],
  ['{"$schema":"http://json-schema.org/draft-04/schema#"}', 'draft-04/schema# is not known'],
  ['{"$ref":"money.json"}', 'money.json'],
  ['{"$ref":"https://x.test/a.json#/b"}', 'https://x.test/a.json'],
  ['{"pattern":"["}', 'regular expression'],
  ['{"pattern":"(?=(a+)+)b"}', 'may take for ever'],
  ['{"$async":true,"type":"object"}', '$async'],
])('what cannot be compiled is refused with the reason: %s', (text, reason) => {
  expect(() => new JsonSchema(text, 'v1.json')).toThrow(
    expect.objectContaining({
      code: 'contract_invalid',
      message: expect.stringMatching(/^v1\.json: cannot be compiled as JSON Schema: /),
    }),
  );
  expect(() => new JsonSchema(text, 'v1.json')).toThrow(reason);
});

// With backtracking alone, these take longer than anybody waits.
test.each([
  ['^(a+)+$', 'a'.repeat(40) + '!', false],
  ['^(a|a)*$', 'a'.repeat(40), true],
  ['^(?:\\w+\\s?)*$', 'a'.repeat(60) + '!', false],
  ['\\s+$', ' '.repeat(300_000) + 'x', false],
  ['^.*.*.*=x$', 'a'.repeat(100_000), false],
  ['^(?!\\s*$).+', 'some text', true],
  ['^(?!\\s*$).+', '   ', false],
  ['^\\d{4}-\\d{2}$', '2026-11', true],
  ['^\\p{Lu}', 'Ñandú', true],
])('a pattern takes no text long: %s', (pattern, text, isAccepted) => {
  expect(schemaOf({ type: 'string', pattern }).check(text) === null).toBe(isAccepted);
});

test('nor do entries that must differ', () => {
  const schema = schemaOf({ type: 'array', uniqueItems: true });
  const entries = Array.from({ length: 10_000 }, (_, id) => ({ id, of: [id] }));
  expect(schema.check(entries)).toBeNull();
  expect(schema.check([...entries, { of: [7], id: 7 }])?.message).toBe('uniqueItems: entries must differ');
  expect(schema.check([1, '1', [1], 'a,b', ['a', 'b'], null, 'null'])).toBeNull();
  expect(schema.check([0, -0])).not.toBeNull();
});

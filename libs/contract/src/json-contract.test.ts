import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import fc from 'fast-check';
import { expectEqual, expectSame, json, plain } from '../test/fast-against-slow.js';
import { eventOf, FILE, jsonContractOf, ROLES, SOLD_AT } from '../test/json-contract.js';
import { Problem } from './problem.js';
import { toNatural } from './avro-type.js';

const event = (fields: object) => ({ eventId: 'e', soldAt: SOLD_AT, ...fields });

describe('the column of', () => {
  test.each<[string, object, string, boolean]>([
    ['a text', { type: 'string', minLength: 1 }, 'string', false],
    ['a text or null', { type: ['string', 'null'] }, 'string', true],
    ['null or a text', { anyOf: [{ type: 'null' }, { type: 'string' }] }, 'string', true],
    ['words', { enum: ['A', 'B'] }, 'string', false],
    ['words or null', { enum: ['A', null] }, 'string', true],
    ['numbers', { enum: [1, 2] }, 'int64', false],
    ['a constant', { const: 0.5 }, 'float64', false],
    ['a time', { type: 'string', format: 'date-time' }, 'timestamp', false],
    ['a day', { type: 'string', format: 'date' }, 'date', false],
    ['an address', { type: 'string', format: 'uuid' }, 'string', false],
    ['a whole number', { type: 'integer' }, 'int64', false],
    ['one of 32 bits', { type: 'integer', minimum: 0, exclusiveMaximum: 2 ** 31 }, 'int32', false],
    ['one that is only not negative', { type: 'integer', minimum: 0 }, 'int64', false],
    ['a number', { type: 'number' }, 'float64', false],
    ['true or false', { type: 'boolean' }, 'boolean', false],
    ['an array', { type: 'array', items: { type: 'string' } }, 'string', false],
    ['an object', { type: 'object', properties: { a: { type: 'integer' } } }, 'string', false],
    ['a map', { type: 'object', additionalProperties: { type: 'number' } }, 'string', false],
    ['a reference', { $ref: '#/$defs/when' }, 'timestamp', false],
    [
      'whole or other numbers',
      {
        oneOf: [
          { type: 'integer', maximum: 0 },
          { type: 'number', minimum: 1 },
        ],
      },
      'float64',
      false,
    ],
    [
      'texts of two forms',
      { anyOf: [{ type: 'string', format: 'uuid' }, { const: 'none' }] },
      'string',
      false,
    ],
    ['a text or a number', { type: ['string', 'number'] }, 'string', true],
    ['anything', {}, 'string', true],
    ['what contains itself', { $ref: '#/$defs/tree' }, 'string', false],
    ['all of some', { allOf: [{ minLength: 2 }, { type: 'string' }] }, 'string', false],
  ])('%s', (_, schema, kind, nullable) => {
    const $defs = {
      when: { type: 'string', format: 'date-time' },
      tree: { type: 'object', properties: { in: { $ref: '#/$defs/tree' } } },
    };
    const { columns } = jsonContractOf([eventOf({ it: schema }, ['it'], { $defs })]);
    expect(columns.find(({ name }) => name === 'it')).toEqual({ name: 'it', type: { kind }, nullable });
  });

  test('a field that may be missing is nullable, one with a default is not', () => {
    const contract = jsonContractOf([
      eventOf({ a: { type: 'integer' }, b: { type: 'integer', default: 7 }, 'c d': { type: 'boolean' } }),
    ]);
    expect(contract.columns.slice(1)).toEqual([
      { name: 'a', type: { kind: 'int64' }, nullable: true },
      { name: 'b', type: { kind: 'int64' }, nullable: false },
      { name: 'c_d', type: { kind: 'boolean' }, nullable: true },
    ]);
    const decoded = contract.decodeJson(event({}));
    expect(toNatural(contract.schema, decoded as never)).toMatchObject({ a: null, b: 7, 'c d': null });
  });

  test('alternatives has all their fields', () => {
    const kinds = [
      { properties: { kind: { const: 'SALE' }, total: { type: 'number' } }, required: ['kind', 'total'] },
      { properties: { kind: { const: 'VOID' }, of: { type: 'string' } }, required: ['kind', 'of'] },
    ];
    const contract = jsonContractOf([eventOf({}, [], { oneOf: kinds })]);
    expect(contract.columns.map(({ name, nullable }) => [name, nullable])).toEqual([
      ['sold_at', false],
      ['kind', false],
      ['total', true],
      ['of', true],
    ]);
    expect(contract.decodeJson(event({ kind: 'VOID', of: 'x' }))).not.toBeInstanceOf(Problem);
    expect(contract.decodeJson(event({ kind: 'VOID', total: 1 }))).toMatchObject({
      reason: 'schema_mismatch',
    });
  });
});

test.each<[string, object, RegExp]>([
  ['a schema of no object', { type: 'string' }, /v1\.json: the schema: must be an object with properties/],
  ['a field without a name', eventOf({ '': { type: 'string' } }), /field \/: cannot be the name/],
  ['a default that is none', eventOf({ a: { type: 'integer', default: 'x' } }), /a: the default is wrong/],
  ['two fields of one column', eventOf({ aB: {}, a_b: {} }), /there is already a column a_b/],
  ['a time that may be missing', { ...eventOf({}), required: ['eventId'] }, /roles\.eventTime: soldAt/],
  ['a pattern that may take for ever', eventOf({ a: { pattern: '(?!x)(a+)+$' } }), /may take for ever/],
])('%s is refused by name', (_, schema, message) => {
  expect(() => jsonContractOf([schema])).toThrow(
    expect.objectContaining({ code: 'contract_invalid', message: expect.stringMatching(message) }),
  );
});

const ROWS = eventOf(
  {
    shop: { type: 'string', pattern: '^S\\d+$' },
    lines: { $ref: '#/$defs/lines' },
    till: { type: ['integer', 'null'] },
    note: {},
  },
  ['shop', 'lines'],
  {
    $defs: {
      lines: { type: 'array', minItems: 1, maxItems: 3, items: { $ref: '#/$defs/line' } },
      line: {
        type: 'object',
        required: ['item', 'units'],
        properties: {
          item: { type: 'string', minLength: 2, maxLength: 8 },
          units: { type: 'number', exclusiveMinimum: 0, multipleOf: 0.5 },
          kind: { enum: ['OUT', 'BACK'], default: 'OUT' },
          day: { type: 'string', format: 'date' },
          isGift: { type: 'boolean', const: false },
          tags: { type: 'array', items: { type: 'string' }, uniqueItems: true },
        },
        additionalProperties: false,
      },
    },
  },
);
const ROWS_FILE = `${FILE}rows: lines
columns: { units: 'decimal(9,3)' }
rules: [{ name: few, check: 'each lines: units < 100', message: too many, pointer: /lines/*/units }]
`;
const LINE = { item: 'milk', units: 1.5, kind: 'BACK', day: '2026-01-05', isGift: false, tags: ['a'] };

describe('rows of a JSON Schema', () => {
  const contract = jsonContractOf([ROWS], ROWS_FILE);
  const sale = (line: object, rest: object = {}) =>
    json(event({ shop: 'S1', lines: [{ ...LINE, ...line }, LINE], till: 3, note: { a: [1] }, ...rest }));

  test('are read fast and slowly alike', () => {
    for (const good of [
      sale({}),
      sale({ tags: [] }, { till: null, note: null }),
      json(event({ shop: 'S1', lines: [{ item: 'ab', units: 2 }] })),
    ])
      expect(expectEqual(contract, good)).toBe(true);
  });

  test.each<[string, object, object]>([
    ['a text that is too short', { item: 'a' }, {}],
    ['a text that is too long, in bytes only', { item: 'ñandúes!' }, {}],
    ['a text that is too long', { item: 'ñandúes!!' }, {}],
    ['a number out of bounds', { units: 0 }, {}],
    ['a number between steps', { units: 0.7 }, {}],
    ['a word that is none', { kind: 'GONE' }, {}],
    ['null where nothing may be', { kind: null }, {}],
    ['a day that is a number', { day: 20_000 }, {}],
    ['a flag that may not be', { isGift: true }, {}],
    ['entries that are the same', { tags: ['a', 'a'] }, {}],
    ['a field that is not allowed', { more: 1 }, {}],
    ['a broken rule', { units: 100 }, {}],
    ['too many rows', {}, { lines: [LINE, LINE, LINE, LINE] }],
    ['a shop of another form', {}, { shop: 'X1' }],
    ['a time as a number', {}, { soldAt: 1_767_600_000_000 }],
    ['a time without seconds', {}, { soldAt: '2026-01-05T08:00Z' }],
    ['a time with a comma', {}, { soldAt: '2026-01-05T08:00:00,5Z' }],
    ['a time with an offset', {}, { soldAt: '2026-01-05t08:00:00-05:00' }],
    ['a field that nobody knows', {}, { else: { a: 1 } }],
  ])('%s: fast and slow say the same', (name, line, rest) => {
    const isGood = ['bytes only', 'an offset', 'nobody knows'].some((words) => name.endsWith(words));
    expect(expectEqual(contract, sale(line, rest))).toBe(isGood);
  });
});

test('another version is read by its own schema', () => {
  const older = eventOf({ a: { type: 'string', maxLength: 3 } });
  const newer = eventOf({ a: { type: 'string' }, b: { type: 'integer', default: 1 } });
  const contract = jsonContractOf([older, newer]);
  expect(contract.versionOfType('shop.sold.v1')).toBe(1);
  expect(contract.decodeJson(event({ a: 'long' }), 1)).toMatchObject({ pointer: '/a' });
  expect(contract.decodeJson(event({ a: 'long' }), 2)).toHaveLength(4);
  const own = event({ a: 'long', b: 3 });
  expect(contract.toJson(contract.decodeJson(own) as never)).toEqual({
    ...own,
    soldAt: SOLD_AT.replace('Z', '000Z'),
  });
  expect(contract.fastJsonReader(1)).not.toBe(contract.fastJsonReader(2));
});

describe('whatever the schema', () => {
  const tree = { in: { in: {} } };
  /** Schemas of a field, each with values that it takes. */
  const leaves: readonly (readonly [object | true, readonly unknown[]])[] = [
    [{ type: 'string' }, ['', 'abc', 'é']],
    [{ type: 'string', minLength: 1, maxLength: 3 }, ['a', 'abc', 'ééé']],
    [{ type: 'string', pattern: '^[ab]*$' }, ['', 'ab']],
    [{ type: 'string', enum: ['a', 'b'] }, ['a', 'b']],
    [{ type: ['string', 'null'], maxLength: 2 }, ['a', null]],
    [{ type: 'string', format: 'date' }, ['2026-01-05']],
    [{ type: ['string', 'null'], format: 'date-time' }, [SOLD_AT, null]],
    [{ enum: ['a', 1, null] }, ['a', 1, null]],
    [{ const: 'a' }, ['a']],
    [{ type: 'integer' }, [0, 5, -1]],
    [{ type: 'integer', minimum: -5, maximum: 5 }, [0, 5, -1]],
    [{ type: 'number', exclusiveMinimum: 0 }, [0.25, 4]],
    [{ type: ['number', 'null'], multipleOf: 0.25 }, [0.25, null, 1]],
    [{ type: 'boolean' }, [true, false]],
    [{ type: 'null' }, [null]],
    [{ type: 'array', items: { type: 'integer' }, maxItems: 2 }, [[], [1]]],
    [{ type: 'array', prefixItems: [{ type: 'string' }], items: false }, [[], ['a']]],
    [{ type: 'object', properties: { x: { type: 'integer' } }, required: ['x'] }, [{ x: 1 }]],
    [{ type: 'object', additionalProperties: { type: 'boolean' } }, [{}, { y: true }]],
    [{ anyOf: [{ type: 'string', maxLength: 1 }, { type: 'integer' }] }, ['a', 5]],
    [
      {
        oneOf: [
          { type: 'integer', minimum: 0 },
          { type: 'number', maximum: 3 },
        ],
      },
      [4, -1, 0.3],
    ],
    [{ type: 'string', not: { const: 'a' } }, ['b', '']],
    [{ $ref: '#/$defs/tree' }, [tree, {}]],
    [{}, [tree, 'a', null]],
    [true, [1, []]],
  ];
  const anything = fc.oneof(
    fc.constantFrom(...leaves.flatMap(([, values]) => values)),
    fc.constantFrom<unknown>('abcd', 1e21, [1, 2, 3], { x: 'a' }, { in: {}, x: 1 }, 3),
  );
  const names = ['a', 'b', 'c', 'd'];
  const fieldOf = fc.constantFrom(...leaves).chain(([schema, values]) =>
    fc.record({
      schema: fc.constant(schema),
      values: fc.array(
        fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...values) }, { weight: 1, arbitrary: anything }),
        { minLength: 5, maxLength: 5 },
      ),
    }),
  );
  const cases = fc.record({
    fields: fc.dictionary(fc.constantFrom(...names), fieldOf),
    required: fc.uniqueArray(fc.constantFrom(...names), { maxLength: 2 }),
    additionalProperties: fc.constantFrom(undefined, undefined, false, true),
    more: fc.constantFrom(
      {},
      {},
      {},
      { minProperties: 4 },
      { if: { required: ['a'] }, then: { required: ['b'] } },
    ),
    given: fc.array(fc.record({ left: fc.subarray([...names, 'z']), z: anything }), {
      minLength: 5,
      maxLength: 5,
    }),
  });

  test('an event passes when Ajv says so, and no column is too small for it', () => {
    let [passed, refused, fast] = [0, 0, 0];
    fc.assert(
      fc.property(cases, ({ fields, required, additionalProperties, more, given }) => {
        const properties = Object.fromEntries(
          Object.entries(fields).map(([name, { schema }]) => [name, schema]),
        );
        const schema = {
          ...eventOf(properties, required),
          ...(additionalProperties !== undefined && { additionalProperties }),
          $defs: { tree: { type: 'object', properties: { in: { $ref: '#/$defs/tree' } }, maxProperties: 1 } },
          ...more,
        };
        const contract = jsonContractOf([schema]);
        const ajv = new Ajv2020({ strict: false, meta: false, validateSchema: false });
        addFormats.default(ajv);
        const isValid = ajv.compile(schema);
        given.forEach(({ left, z }, index) => {
          const all = Object.entries(fields).map(([name, { values }]) => [name, values[index]]);
          const sent = event(
            Object.fromEntries([...all, ['z', z]].filter(([name]) => !left.includes(String(name)))),
          );
          const decoded = contract.decodeJson(sent);
          // Whole numbers beyond 53 bits are numbers to JSON Schema, and fit into no column.
          const isTooLarge = decoded instanceof Problem && decoded.message.includes('53 bits');
          if (!isTooLarge) expect([sent, !(decoded instanceof Problem)]).toEqual([sent, isValid(sent)]);
          if (decoded instanceof Problem) refused++;
          else passed++;
          if (contract.fastJsonReader() && expectSame(contract, json(sent))) fast++;
        });
      }),
      { numRuns: 150 },
    );
    expect(Math.min(passed, refused, fast)).toBeGreaterThan(50);
  });
});

test('an Avro contract reads what a JSON Schema of its producer lets pass, and refuses the rest', () => {
  const contract = jsonContractOf([eventOf({ a: { type: 'integer' }, b: { type: 'string' } }, ['a'])]);
  const schema = {
    ...eventOf({ a: { type: 'integer', minimum: 3 }, extra: { type: 'string', maxLength: 2 } }, ['extra']),
    properties: { ...ROLES, a: { type: 'integer', minimum: 3 }, extra: { type: 'string', maxLength: 2 } },
  };
  contract.addJsonWriter('schema 9', JSON.stringify(schema), []);
  const read = contract.fastJsonReader('schema 9');
  const batch = (fields: object) => {
    const { bytes } = json(event(fields));
    const builder = contract.newBatch(bytes, 1);
    return read?.(builder, 0, 1, 0, bytes.length, Date.UTC(2100, 0)) ? plain(builder.build()) : null;
  };
  expect(batch({ a: 3, extra: 'ab' })?.columns).toMatchObject({ a: [3n], b: [null] });
  for (const bad of [{ a: 2, extra: 'ab' }, { a: 3 }, { a: 3, extra: 'abc' }, { a: 3, extra: 1 }]) {
    expect(batch(bad)).toBeNull();
    expect(contract.decodeJson(event(bad), 'schema 9')).toBeInstanceOf(Problem);
  }
  expect(() => contract.addJsonWriter('schema 10', '{"$ref":"x.json"}', [])).toThrow('x.json');
});

test('what is required is written again where it is null, and what was not given is not', () => {
  const properties = {
    till: { type: ['integer', 'null'], default: null },
    note: { type: ['string', 'null'] },
  };
  const inner = { type: 'object', required: ['till'], properties };
  const contract = jsonContractOf([
    eventOf({ ...properties, inner, of: { $ref: '#/$defs/inner' } }, ['till'], { $defs: { inner } }),
  ]);
  const given = event({ till: null, inner: { till: null }, of: { till: null, note: 'x' } });
  const decoded = contract.decodeJson(given);
  const written = contract.toJson(decoded as never);
  expect(written).toEqual({ ...given, soldAt: SOLD_AT.replace('Z', '000Z') });
  expect(contract.decodeJson(written)).toEqual(decoded);
});

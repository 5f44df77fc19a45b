import { JsonSchema } from './json-schema.js';
import { jsonDifferences } from './json-difference.js';
import { eventOf, jsonContractOf } from '../../test/json-contract.js';

const schemaOf = (schema: object) => new JsonSchema(JSON.stringify(schema), 'v.json');
const differ = (older: object, newer: object) => {
  const [first] = jsonDifferences(schemaOf(newer), schemaOf(older));
  return first ? `${first.path || 'the schema'} ${first.message}` : null;
};
const of = (property: object) => ({ type: 'object', properties: { a: property } });

test.each<[string, object, object]>([
  ['a field more', of({}), { type: 'object', properties: { a: {}, b: { type: 'string' } } }],
  ['a field less', of({}), { type: 'object' }],
  ['words that only describe', of({ type: 'string' }), of({ type: 'string', title: 't', description: 'd' })],
  ['null as well', of({ type: 'string' }), of({ type: ['string', 'null'] })],
  ['wider numbers', of({ type: 'integer' }), of({ type: 'number' })],
  ['a word more', of({ enum: ['x'] }), of({ enum: ['x', 'y'] })],
  ['any word', of({ type: 'string', enum: ['x'] }), of({ type: 'string' })],
  ['wider bounds', of({ minimum: 2, maxLength: 3 }), of({ minimum: 1, maxLength: 4 })],
  ['no bounds', of({ minimum: 2 }), of({})],
  ['required no more', { ...of({}), required: ['a'] }, of({})],
  [
    'required, with a default',
    of({ type: 'integer' }),
    { ...of({ type: 'integer', default: 0 }), required: ['a'] },
  ],
  ['others allowed now', { ...of({}), additionalProperties: false }, of({})],
  [
    'the same in another place',
    of({ type: 'string' }),
    { ...of({ $ref: '#/definitions/x' }), definitions: { x: { type: 'string' } } },
  ],
  ['itself', of({ $ref: '#' }), of({ $ref: '#' })],
])('%s can be read', (_, older, newer) => {
  expect(differ(older, newer)).toBeNull();
});

test.each<[string, object, object, string]>([
  ['another type', of({ type: 'string' }), of({ type: 'integer' }), '/a is integer, was string'],
  [
    'null no more',
    of({ type: ['string', 'null'] }),
    of({ type: 'string' }),
    '/a is string, was string or null',
  ],
  ['narrower numbers', of({ type: 'number' }), of({ type: 'integer' }), '/a is integer, was number'],
  [
    'a column of JSON',
    of({ type: 'string' }),
    of({ type: ['string', 'integer'] }),
    '/a is string or integer, was string',
  ],
  ['a word less', of({ enum: ['x', 'y'] }), of({ enum: ['y'] }), '/a no longer may be "x"'],
  ['words only', of({ type: 'string' }), of({ type: 'string', enum: ['x'] }), '/a is one of "x", was any'],
  ['a lower most', of({ maxLength: 5 }), of({ maxLength: 4 }), '/a maxLength is 4, was 5'],
  ['a least', of({}), of({ minimum: 0 }), '/a minimum is 0, was not given'],
  ['another pattern', of({ pattern: 'x' }), of({ pattern: 'y' }), '/a pattern changed'],
  [
    'a time that was a text',
    of({ type: 'string' }),
    of({ type: 'string', format: 'date-time' }),
    '/a format changed',
  ],
  ['other alternatives', { oneOf: [of({})] }, { oneOf: [of({}), {}] }, 'the schema oneOf changed'],
  ['a field required', of({}), { ...of({}), required: ['a'] }, '/a is required, was not'],
  [
    'others allowed no more',
    of({}),
    { ...of({}), additionalProperties: false },
    'the schema no longer allows fields that it does not name',
  ],
  [
    'a field allowed no more',
    { ...of({}), additionalProperties: false },
    { type: 'object', additionalProperties: false },
    '/a is no longer allowed',
  ],
  [
    'other entries',
    of({ items: { type: 'string' } }),
    of({ items: { type: 'integer' } }),
    '/a/* is integer, was string',
  ],
  ['deeper', of(of({ type: 'string' })), of(of({ type: 'null' })), '/a/a is null, was string'],
])('%s cannot', (_, older, newer, difference) => {
  expect(differ(older, newer)).toBe(difference);
});

test('versions of a contract are compared by its mode', () => {
  const [wide, narrow] = [
    eventOf({ a: { type: 'string' } }),
    eventOf({ a: { type: 'string', maxLength: 2 } }),
  ];
  const full =
    'owner: o\ndescription: d\ncompatibility: FULL_TRANSITIVE\nroles: { eventId: eventId, eventTime: soldAt }\n';
  expect(jsonContractOf([narrow, wide]).newestVersion).toBe(2);
  expect(() => jsonContractOf([wide, narrow])).toThrow('v2 cannot read what v1 wrote: /a maxLength is 2');
  expect(() => jsonContractOf([narrow, wide], full)).toThrow(
    'v1 cannot read what v2 wrote: /a maxLength is 2',
  );
});

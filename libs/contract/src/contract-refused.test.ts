import { contractOf, FILE, SCHEMA } from '../test/sale-contract.js';

const without = (name: string) => ({
  ...SCHEMA,
  fields: SCHEMA.fields.filter((field) => field.name !== name),
});

test.each([
  ['a required field that is new', FILE, [without('shop'), SCHEMA], /v2 cannot read what v1 wrote/],
  [
    'FULL: a field that is gone and had no default',
    FILE.replace('owner:', 'compatibility: FULL_TRANSITIVE\nowner:'),
    [{ ...SCHEMA, fields: [...SCHEMA.fields, { name: 'x', type: 'int' }] }, SCHEMA],
    /v1 cannot read what v2 wrote/,
  ],
  [
    'a record without a name',
    FILE,
    [{ ...SCHEMA, fields: [...SCHEMA.fields, { name: 'x', type: { type: 'record', fields: [] } }] }],
    /field \/x: a record must have a name/,
  ],
])('%s is refused', (_, text, schemas, message) => {
  expect(() => contractOf(text, ...schemas)).toThrow(
    expect.objectContaining({ code: 'contract_invalid', message: expect.stringMatching(message) }),
  );
});

test.each([
  ['not YAML', 'a: [', /contract\.yaml: not YAML/],
  ['no owner', FILE.replace('owner: tests', ''), /contract\.yaml: owner: /],
  ['an unknown setting', `${FILE}\nspeed: 3`, /speed/],
  [
    'rows that are no array',
    FILE.replace('rows: items', 'rows: shop'),
    /rows: shop is not an array of records/,
  ],
  [
    'an event id that is no text',
    FILE.replace('eventId: eventId', 'eventId: number'),
    /roles\.eventId: number/,
  ],
  [
    'an event time that may be null',
    FILE.replace('eventTime: soldAt', 'eventTime: paidAt'),
    /roles\.eventTime: paidAt/,
  ],
  [
    'a key that is no text',
    FILE.replace('soldAt }', 'soldAt, key: [number] }'),
    /roles\.key: number must be a text field of the event/,
  ],
  [
    'a key that differs within an event',
    FILE.replace('soldAt }', 'soldAt, key: [shop, itemId] }'),
    /roles\.key: itemId/,
  ],
  ['an identity that may be null', FILE.replace('[shop, number]', '[shop, buyer]'), /identity: buyer/],
  ['an identity that does not exist', FILE.replace('[shop, number]', '[till]'), /identity: till/],
  [
    'a decimal of text',
    FILE.replace("columns: { units: 'decimal(9,3)'", "columns: { shop: 'decimal(9,3)'"),
    /columns\.shop: decimal\(9,3\) does not fit/,
  ],
  [
    'a decimal of 19 digits',
    FILE.replace('decimal(18,4)', 'decimal(19,4)'),
    /columns\.price: decimal\(19,4\) does not fit/,
  ],
  [
    'a type that is no decimal',
    FILE.replace("'decimal(18,4)'", 'money'),
    /columns\.price: a column may be overridden/,
  ],
  ['an override of nothing', FILE.replace('price: ', 'cost: '), /columns\.cost: there is no such field/],
  [
    'a personal field that detection needs',
    FILE.replace('{ buyer: token }', '{ itemId: token }'),
    /personal\.itemId: .* cannot do without it/,
  ],
  [
    'dropping what is required',
    FILE.replace('{ buyer: token }', '{ tags: drop }'),
    /personal\.tags: what is dropped must be nullable/,
  ],
  ['a token of a number', FILE.replace('{ buyer: token }', '{ units: token }'), /personal\.units/],
  ...(
    [
      ['price: { truncate: 3 }', 'truncate needs a text field'],
      ['mode: { truncate: 3 }', 'truncate needs a text field'],
      ['tags: { truncate: 3 }', 'truncate needs a text field'],
      ['buyer: { truncate: 0 }', '>=1'],
      ['buyer: { truncate: 3, generalise: 3 }', 'truncate: 3'],
      ['buyer: hash', 'drop, token'],
      ['buyer: { generalise: year }', 'truncate: 4'],
      ['buyer: { generalise: 10 }', 'is for numbers'],
      ['paidAt: { generalise: 10 }', 'is for numbers'],
      ['price: { generalise: day }', 'is for times and dates'],
      ['price: { generalise: 0.00001 }', 'step of 4 decimal places'],
      ['price: { generalise: -5 }', '>0'],
    ] as const
  ).map(([personal, message]): [string, string, RegExp] => [
    `masking as ${personal}`,
    FILE.replace('{ buyer: token }', `{ ${personal} }`),
    new RegExp(`personal\\.\\w+(\\.\\w+)?: .*(${message})`),
  ]),
  [
    'a personal field that does not exist',
    FILE.replace('{ buyer: token }', '{ email: drop }'),
    /personal\.email: there is no such column/,
  ],
  ['a kind without effect', FILE.replace(', BACK: return', ''), /shelf\.effects: .* BACK/],
  [
    'an effect of no kind',
    FILE.replace('BACK: return', 'BACK: return, GONE: issue'),
    /shelf\.effects: .* GONE/,
  ],
  [
    'text as kind without a word for the others',
    FILE.replace('kind: kind', 'kind: shop'),
    /shelf\.effects: shop may be any text: '\*' must say/,
  ],
  [
    'a kind that may be missing',
    FILE.replace('kind: kind', 'kind: buyer'),
    /shelf\.kind: buyer must be an enum or text/,
  ],
  [
    'a time that is none',
    FILE.replace('effects:', 'due: buyer\n  effects:'),
    /shelf\.due: buyer must be timestamp/,
  ],
  [
    'effects that move units nobody names',
    FILE.replace('  quantity: units\n', ''),
    /shelf\.quantity: sale moves units/,
  ],
  ['an unknown effect', FILE.replace('BACK: return', 'BACK: theft'), /shelf\.effects\.BACK/],
  [
    'ignoring a word that does not exist',
    FILE.replace('[TEST]', '[TRAINING]'),
    /shelf\.ignoreWhen\.mode: .* TRAINING/,
  ],
  [
    'a store that may be null',
    FILE.replace('store: shop', 'store: buyer'),
    /shelf\.store: buyer must be given/,
  ],
  [
    'a rule on a field that does not exist',
    FILE.replace('units > 0', 'unit > 0'),
    /rule unitsPositive: there is no field unit/,
  ],
  [
    'each of no array',
    FILE.replaceAll('each items', 'each tags'),
    /rule unitsPositive: there is no array tags/,
  ],
  ['a pointer that is none', FILE.replace('/items/*/units', 'items'), /rules\.0\.pointer/],
])('%s is refused by name', (_, text, message) => {
  expect(() => contractOf(text)).toThrow(
    expect.objectContaining({
      name: 'SetupError',
      code: 'contract_invalid',
      message: expect.stringMatching(message),
    }),
  );
});

test.each(['event_date', 'source_position', 'source_sequence', 'sold_at'])(
  'a second column %s is refused',
  (name) => {
    const schema = { ...SCHEMA, fields: [...SCHEMA.fields, { name, type: 'string', default: '' }] };
    expect(() => contractOf(FILE, schema)).toThrow(`there is already a column ${name}`);
  },
);

import { GondolaError, HEADERS_TYPE, type ColumnSpec, type ColumnType } from '@gondola/stream';
import {
  evolveSchema,
  fieldIdsOf,
  schemaStringOf,
  type TableSpec,
  widenedSchema,
  wideningsOf,
} from './schema.js';

const column = (name: string, type: ColumnType, nullable = false): ColumnSpec => ({ name, type, nullable });
const specOf = (...columns: ColumnSpec[]): TableSpec => ({
  path: 't',
  columns,
  partitionBy: null,
  properties: {},
});

const SKU = column('sku', { kind: 'string' });
const PRICE = column('price', { kind: 'decimal', precision: 12, scale: 2 }, true);
const HEADERS = column('headers', HEADERS_TYPE);
const STORED = schemaStringOf([SKU, PRICE, HEADERS]);

test.each<[ColumnType, unknown]>([
  [{ kind: 'string' }, 'string'],
  [{ kind: 'binary' }, 'binary'],
  [{ kind: 'boolean' }, 'boolean'],
  [{ kind: 'int32' }, 'integer'],
  [{ kind: 'int64' }, 'long'],
  [{ kind: 'float64' }, 'double'],
  [{ kind: 'decimal', precision: 12, scale: 2 }, 'decimal(12,2)'],
  [{ kind: 'timestamp' }, 'timestamp'],
  [{ kind: 'date' }, 'date'],
])('%j is written as %j', (type, written) => {
  expect(JSON.parse(schemaStringOf([column('c', type, true)]))).toEqual({
    type: 'struct',
    fields: [{ name: 'c', type: written, nullable: true, metadata: { 'parquet.field.id': 1 } }],
  });
});

test('lists and structs are written with their parts, all of them numbered', () => {
  const written = schemaStringOf([SKU, HEADERS]);
  expect(JSON.parse(written)).toMatchObject({
    fields: [
      { name: 'sku', metadata: { 'parquet.field.id': 1 } },
      {
        name: 'headers',
        type: {
          type: 'array',
          elementType: {
            type: 'struct',
            fields: [
              { name: 'key', type: 'string', nullable: false, metadata: { 'parquet.field.id': 4 } },
              { name: 'value', type: 'binary', nullable: false, metadata: { 'parquet.field.id': 5 } },
            ],
          },
          containsNull: false,
        },
        metadata: { 'parquet.field.id': 2, 'parquet.field.nested.ids': { 'headers.element': 3 } },
      },
    ],
  });
  expect(fieldIdsOf('t', written)).toEqual(
    new Map([
      ['sku', 1],
      ['headers', 2],
      ['headers.element', 3],
      ['headers.element.key', 4],
      ['headers.element.value', 5],
    ]),
  );
});

test('columns keep their numbers, and new ones get the next', () => {
  const lists = column('lists', { kind: 'list', element: { kind: 'list', element: { kind: 'date' } } }, true);
  const evolved = evolveSchema(specOf(SKU, HEADERS, PRICE, lists), schemaStringOf([SKU, HEADERS]));
  expect(fieldIdsOf('t', evolved ?? '')).toEqual(
    new Map([
      ...fieldIdsOf('t', schemaStringOf([SKU, HEADERS])),
      ['price', 6],
      ['lists', 7],
      ['lists.element', 8],
      ['lists.element.element', 9],
    ]),
  );
});

test('numbers inside of a column are kept as delta-rs writes them, as text', () => {
  const { fields } = JSON.parse(schemaStringOf([SKU, HEADERS]));
  fields[1].metadata['parquet.field.nested.ids'] = JSON.stringify({ 'headers.element': 3 });
  const byDeltaRs = JSON.stringify({ type: 'struct', fields });
  expect(fieldIdsOf('t', byDeltaRs)).toEqual(fieldIdsOf('t', schemaStringOf([SKU, HEADERS])));
  const evolved = evolveSchema(specOf(SKU, HEADERS, PRICE), byDeltaRs) ?? '';
  expect(fieldIdsOf('t', evolved)).toEqual(fieldIdsOf('t', schemaStringOf([SKU, HEADERS, PRICE])));
});

test('a table that was made without numbers gets them when it changes, not before', () => {
  const foreign = JSON.stringify({
    type: 'struct',
    fields: [{ name: 'sku', type: 'string', nullable: true }],
  });
  expect(evolveSchema(specOf({ ...SKU, nullable: true }), foreign)).toBeNull();
  expect(fieldIdsOf('t', foreign)).toEqual(new Map());
  const evolved = evolveSchema(specOf({ ...SKU, nullable: true }, PRICE), foreign);
  expect(fieldIdsOf('t', evolved ?? '')).toEqual(new Map([['sku', 1], ['price', 2]])); // prettier-ignore
});

test('a schema that has every column needs no change, in whatever order and words another writer put it', () => {
  const { fields } = JSON.parse(STORED) as { fields: Record<string, unknown>[] };
  const reworded = fields.reverse().map(({ name, type, nullable }) => ({
    metadata: { comment: 'by another engine' },
    nullable,
    type: typeof type === 'object' && type ? Object.fromEntries(Object.entries(type).reverse()) : type,
    name,
  }));
  expect(
    evolveSchema(specOf(SKU, PRICE, HEADERS), JSON.stringify({ type: 'struct', fields: reworded })),
  ).toBeNull();
});

test.each<[string, TableSpec]>([
  ['a nullable column left out', specOf(SKU, HEADERS)],
  ['a nullable column that this writer always fills', specOf(SKU, { ...PRICE, nullable: false }, HEADERS)],
])('%s needs no change', (_what, spec) => {
  expect(evolveSchema(spec, STORED)).toBeNull();
});

test('new nullable columns go behind the others', () => {
  const channel = column('channel', { kind: 'string' }, true);
  expect(evolveSchema(specOf(channel, SKU, PRICE, HEADERS), STORED)).toBe(
    schemaStringOf([SKU, PRICE, HEADERS, channel]),
  );
});

test('a required column may become nullable', () => {
  const evolved = evolveSchema(specOf({ ...SKU, nullable: true }, PRICE, HEADERS), STORED);
  expect(evolved).toBe(schemaStringOf([{ ...SKU, nullable: true }, PRICE, HEADERS]));
});

const decimal = (precision: number, scale: number): ColumnType => ({ kind: 'decimal', precision, scale });

test.each<[ColumnType, ColumnType, string]>([
  [{ kind: 'int32' }, { kind: 'int64' }, 'run `gondola widen --config FILE`'],
  [decimal(9, 2), decimal(12, 2), 'run `gondola widen --config FILE`'],
  [{ kind: 'int64' }, { kind: 'int32' }, 'run this service with that contract'],
  [decimal(12, 2), decimal(9, 2), 'run this service with that contract'],
  [decimal(9, 2), decimal(12, 3), 'move the folder of the table out of the lake and run rebuild'],
  [{ kind: 'int64' }, { kind: 'float64' }, 'move the folder of the table'],
  [{ kind: 'date' }, { kind: 'timestamp' }, 'move the folder of the table'],
])('%j does not become %j by itself: %s', (before, after, advice) => {
  const evolving = () =>
    evolveSchema(specOf(column('quantity', after)), schemaStringOf([column('quantity', before)]));
  expect(evolving).toThrow(/column quantity is .* in the table, .* in this version: /);
  expect(evolving).toThrow(advice);
});

test('columns widen in place and keep their numbers; what is no widening stays', () => {
  const stored = schemaStringOf([
    SKU,
    column('n', { kind: 'int32' }, true),
    PRICE,
    column('d', { kind: 'date' }),
  ]);
  const wide = [
    column('d', { kind: 'timestamp' }),
    { ...PRICE, type: decimal(18, 2) },
    column('n', { kind: 'int64' }),
    column('new', { kind: 'int64' }),
  ];
  expect(wideningsOf('t', wide, stored)).toEqual([
    { column: 'price', from: 'decimal(12,2)', to: 'decimal(18,2)' },
    { column: 'n', from: 'integer', to: 'long' },
  ]);
  expect(widenedSchema('t', wide, stored)).toBe(
    stored.replace('"decimal(12,2)"', '"decimal(18,2)"').replace('"integer"', '"long"'),
  );
});

test.each<[string, TableSpec, string]>([
  [
    'a new column that is not nullable',
    specOf(SKU, PRICE, HEADERS, column('channel', { kind: 'string' })),
    'channel',
  ],
  ['another type', specOf({ ...SKU, type: { kind: 'int64' } }, PRICE, HEADERS), 'sku'],
  [
    'another scale',
    specOf(SKU, { ...PRICE, type: { kind: 'decimal', precision: 12, scale: 3 } }, HEADERS),
    'price',
  ],
  [
    'another type in place of headers',
    specOf(SKU, PRICE, { ...HEADERS, type: { kind: 'binary' } }),
    'headers',
  ],
  ['a required column left out', specOf(PRICE, HEADERS), 'sku'],
  ['a name in other case', specOf({ ...SKU, name: 'SKU' }, PRICE, HEADERS), 'SKU'],
])('%s is refused and named', (_what, spec, named) => {
  const evolving = () => evolveSchema(spec, STORED);
  expect(evolving).toThrow(GondolaError);
  expect(evolving).toThrow(expect.objectContaining({ code: 'table_unsupported', canRetry: false }));
  expect(evolving).toThrow(`column ${named}`);
});

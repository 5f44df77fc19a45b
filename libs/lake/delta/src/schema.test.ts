import { GondolaError, type ColumnSpec, type ColumnType } from '@gondola/stream';
import { evolveSchema, schemaStringOf, type TableSpec } from './schema.js';

const column = (name: string, type: ColumnType, nullable = false): ColumnSpec => ({ name, type, nullable });
const specOf = (...columns: ColumnSpec[]): TableSpec => ({
  path: 't',
  columns,
  partitionBy: null,
  properties: {},
});

const SKU = column('sku', { kind: 'string' });
const PRICE = column('price', { kind: 'decimal', precision: 12, scale: 2 }, true);
const HEADERS = column('headers', { kind: 'headers' });
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
  [{ kind: 'headers' }, expect.objectContaining({ type: 'array', containsNull: false })],
])('%j is written as %j', (type, written) => {
  expect(JSON.parse(schemaStringOf([column('c', type, true)]))).toEqual({
    type: 'struct',
    fields: [{ name: 'c', type: written, nullable: true, metadata: {} }],
  });
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
  ['nulls where there were none', specOf({ ...SKU, nullable: true }, PRICE, HEADERS), 'sku'],
  ['a required column left out', specOf(PRICE, HEADERS), 'sku'],
  ['a name in other case', specOf({ ...SKU, name: 'SKU' }, PRICE, HEADERS), 'SKU'],
])('%s is refused and named', (_what, spec, named) => {
  const evolving = () => evolveSchema(spec, STORED);
  expect(evolving).toThrow(GondolaError);
  expect(evolving).toThrow(expect.objectContaining({ code: 'table_unsupported', canRetry: false }));
  expect(evolving).toThrow(`column ${named}`);
});

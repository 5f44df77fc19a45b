import fc from 'fast-check';
import { parquetMetadata, readColumnIndex, readOffsetIndex } from 'hyparquet';
import { ByteValues, columnSpec, HEADERS_TYPE, type ColumnTable, type ColumnValues } from '@gondola/stream';
import { shortMax, shortMin } from './bounds.js';
import { columnarEncoder } from './index.js';

interface PageView {
  readonly firstRow: number;
  readonly isNull: boolean;
  readonly nulls: number;
  readonly min: unknown;
  readonly max: unknown;
}

/** Pages of the first row group's column as its indexes describe them. */
function pagesOf(bytes: Uint8Array, at: number): { order: string; pages: readonly PageView[] } {
  const whole = Uint8Array.from(bytes).buffer;
  const { row_groups: groups, schema } = parquetMetadata(whole);
  const chunk = groups[0].columns[at];
  const reader = (offset: bigint | undefined, length: number | undefined) => ({
    view: new DataView(whole, Number(offset), length),
    offset: 0,
  });
  const leaf = schema.find(({ name }) => name === chunk.meta_data?.path_in_schema.at(-1));
  if (!leaf) throw new Error('no such column');
  const offsets = readOffsetIndex(reader(chunk.offset_index_offset, chunk.offset_index_length));
  const index = readColumnIndex(reader(chunk.column_index_offset, chunk.column_index_length), leaf);
  return {
    order: index.boundary_order,
    pages: offsets.page_locations.map(({ first_row_index: row }, page) => ({
      firstRow: Number(row),
      isNull: index.null_pages[page],
      nulls: Number(index.null_counts?.[page]),
      min: index.min_values[page],
      max: index.max_values[page],
    })),
  };
}

const tableOf = (spec: ColumnTable['columns'][number]['spec'], values: ColumnValues): ColumnTable => ({
  rows: values.length,
  columns: [{ spec, values }],
});

test('pages of 20,000 rows have their own bounds and nulls', async () => {
  const values = Array.from({ length: 50_000 }, (_, row) => (row < 20_010 ? null : row));
  const { bytes } = await columnarEncoder.encode([tableOf(columnSpec('n', 'int32', true), values)]);
  const { order, pages } = pagesOf(bytes, 0);
  expect(order).toBe('ASCENDING');
  expect(pages.map(({ firstRow, isNull, nulls }) => [firstRow, isNull, nulls])).toEqual([
    [0, true, 20_000],
    [20_000, false, 10],
    [40_000, false, 0],
  ]);
  expect(pages.slice(1).map(({ min, max }) => [min, max])).toEqual([
    [20_010, 39_999],
    [40_000, 49_999],
  ]);
});

test.each<[string, (row: number) => string, string]>([
  ['that repeats', (row) => `store-${String(Math.floor(row / 5000)).padStart(2, '0')}`, 'ASCENDING'],
  ['that does not repeat', (row) => `${String(99_999 - row).padStart(90, '0')}`, 'DESCENDING'],
])('text %s has bounds of at most 64 bytes that hold every value of the page', async (_what, make, order) => {
  const texts = Array.from({ length: 50_000 }, (_, row) => make(row));
  const { bytes } = await columnarEncoder.encode([tableOf(columnSpec('s', 'string'), ByteValues.of(texts))]);
  const index = pagesOf(bytes, 0);
  expect(['ASCENDING', 'DESCENDING', 'UNORDERED']).toContain(index.order);
  expect(index.order).toBe(order);
  for (const [at, { firstRow, min, max }] of index.pages.entries()) {
    const page = texts.slice(firstRow, index.pages[at + 1]?.firstRow);
    expect(Buffer.byteLength(min as string)).toBeLessThanOrEqual(64);
    expect(Buffer.byteLength(max as string)).toBeLessThanOrEqual(64);
    expect(page.every((text) => (min as string) <= text && text <= (max as string))).toBe(true);
  }
});

test('pages end where rows end, and large values have pages of their own', async () => {
  const headers = Array.from({ length: 3 }, () =>
    Array.from({ length: 15_000 }, (_, at) => ({ key: `k${at}`, value: Buffer.from([at]) })),
  );
  const nested = await columnarEncoder.encode([
    tableOf({ name: 'headers', type: HEADERS_TYPE, nullable: false }, headers),
  ]);
  expect(pagesOf(nested.bytes, 0).pages.map(({ firstRow }) => firstRow)).toEqual([0, 1, 2]);

  const texts = ['a', 'b'.repeat(3_000_000), 'c', 'd'.repeat(700_000), 'e'];
  const large = await columnarEncoder.encode([tableOf(columnSpec('s', 'string'), texts)]);
  expect(pagesOf(large.bytes, 0).pages.map(({ firstRow }) => firstRow)).toEqual([0, 1, 2]);
});

test('shortened bounds are valid text and hold the value', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', minLength: 30, maxLength: 120 }), (text) => {
      const bytes = Buffer.from(text);
      const [min, max] = [shortMin(bytes), shortMax(bytes)];
      expect(min.length).toBeLessThanOrEqual(64);
      expect(Buffer.compare(min, bytes)).toBeLessThanOrEqual(0);
      expect(bytes).toEqual(Buffer.from(text));
      expect(Buffer.from(Buffer.from(min).toString())).toEqual(Buffer.from(min));
      if (!max) return;
      expect(max.length).toBeLessThanOrEqual(64);
      expect(Buffer.compare(max, bytes)).toBeGreaterThanOrEqual(0);
      expect(Buffer.from(Buffer.from(max).toString())).toEqual(Buffer.from(max));
    }),
  );
  expect(shortMax(Buffer.from('\u{10ffff}'.repeat(17)))).toBeNull();
  expect(shortMax(Buffer.from('\u007f'.repeat(65)))).toBeNull();
});

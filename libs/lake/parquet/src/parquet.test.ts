import { existsSync } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { parquetMetadata } from 'hyparquet';
import {
  ByteValues,
  columnSpec,
  HEADERS_TYPE,
  type Column,
  type ColumnTable,
  type ColumnType,
  type ColumnValue,
  type ColumnValues,
} from '@gondola/stream';
import { tablesForHyparquet, valuesOf } from '../test/arbitrary-tables.js';
import {
  columnarEncoder,
  createColumnarEncoder,
  openParquet,
  readParquet,
  readParquetColumns,
} from './index.js';
import { rowGroupsOf, type RowGroupInput } from './row-groups.js';

const INT64_MAX = 2n ** 63n - 1n;

async function groupsOf(...tables: ColumnTable[]): Promise<RowGroupInput[]> {
  const groups: RowGroupInput[] = [];
  for await (const group of rowGroupsOf(tables)) groups.push(group);
  return groups;
}

const encoded = async (...tables: ColumnTable[]) => (await columnarEncoder.encode(tables)).bytes;

test('every value of every kind comes back exactly, however it came in and was cut', async () => {
  await fc.assert(
    fc.asyncProperty(tablesForHyparquet, async ({ plain, chunks }) => {
      const names = plain.columns.map(({ spec }) => spec.name);
      for (const encoder of [columnarEncoder, createColumnarEncoder('snappy')]) {
        const { bytes, rows } = await encoder.encode(chunks);
        expect(rows).toBe(plain.rows);
        const read = await readParquet(bytes);
        const columns = await readParquetColumns(bytes, names);
        expect(read).toHaveLength(plain.rows);
        for (const column of plain.columns) {
          const { name } = column.spec;
          expect(read.map((row) => nullInside(row[name]))).toEqual(valuesOf(column));
          expect(Array.from(columns[name] as Iterable<unknown>, nullInside)).toEqual(valuesOf(column));
        }
      }
    }),
    { numRuns: 200 },
  );
});

test.each([
  ['zstd', 'ZSTD'],
  ['snappy', 'SNAPPY'],
] as const)('%s compresses chunks that are worth it, and both come back', async (codec, stored) => {
  const texts = Array.from({ length: 3_000 }, (_, row) => `text ${(row * 7_919) % 3_000}`);
  const { bytes } = await createColumnarEncoder(codec).encode([
    {
      rows: 3_000,
      columns: [
        { spec: columnSpec('same', 'string'), values: texts.map(() => 'same') },
        { spec: columnSpec('text', 'string'), values: texts },
      ],
    },
  ]);
  const { row_groups: groups } = parquetMetadata(Uint8Array.from(bytes).buffer);
  expect(groups[0].columns.map(({ meta_data: meta }) => meta?.codec)).toEqual(['UNCOMPRESSED', stored]);
  expect(await readParquet(bytes)).toEqual(texts.map((text) => ({ same: 'same', text })));
});

/** Null inside a list or struct is undefined to hyparquet. */
function nullInside(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(nullInside);
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value ?? null;
  return Object.fromEntries(Object.entries(value).map(([name, inside]) => [name, nullInside(inside)]));
}

test('the same rows give the same bytes, however they came in and were cut', async () => {
  await fc.assert(
    fc.asyncProperty(tablesForHyparquet, async ({ plain, chunks }) => {
      expect(Buffer.compare(await encoded(plain), await encoded(...chunks))).toBe(0);
    }),
  );
});

test('a summary has the nulls of a column and its exact bounds', async () => {
  await fc.assert(
    fc.asyncProperty(tablesForHyparquet, async ({ plain, chunks }) => {
      const { columns } = await columnarEncoder.encode(chunks);
      expect(columns.map(({ spec }) => spec)).toEqual(plain.columns.map(({ spec }) => spec));
      for (const [at, column] of plain.columns.entries()) {
        const present = valuesOf(column).filter((value) => value !== null);
        expect(columns[at].nulls).toBe(plain.rows - present.length);
        expect([columns[at].min, columns[at].max].map(withoutSign)).toEqual(
          boundsOf(column.spec.type, present),
        );
      }
    }),
  );
});

/** Zeros of both signs are one bound. */
const withoutSign = (value: ColumnValue): ColumnValue => (value === 0 ? 0 : value);

function boundsOf({ kind }: ColumnType, present: readonly ColumnValue[]): readonly ColumnValue[] {
  const unordered = ['binary', 'boolean', 'list', 'struct'].includes(kind) || present.some(Number.isNaN);
  if (unordered || present.length === 0) return [null, null];
  const sorted =
    kind === 'string'
      ? (present as string[]).toSorted((left, right) => Buffer.compare(Buffer.from(left), Buffer.from(right)))
      : (present as number[]).toSorted((left, right) => (left < right ? -1 : left > right ? 1 : 0));
  return [sorted[0], sorted[sorted.length - 1]].map(withoutSign);
}

test('numeric columns without nulls are read into typed arrays', async () => {
  const column = (type: ColumnType, values: ColumnValues, nullable = false): Column => ({
    spec: { name: type.kind, type, nullable },
    values,
  });
  const bytes = await encoded({
    rows: 2,
    columns: [
      column({ kind: 'int32' }, [1, 2], true),
      column({ kind: 'int64' }, BigInt64Array.of(1n, 2n)),
      column({ kind: 'timestamp' }, Float64Array.of(1, 2)),
      column({ kind: 'decimal', precision: 9, scale: 2 }, [100n, 1n]),
      column({ kind: 'float64' }, [1.5, null], true),
    ],
  });
  expect(await readParquetColumns(bytes, ['int32', 'int64', 'timestamp', 'decimal', 'float64'])).toEqual({
    int32: Int32Array.of(1, 2),
    int64: BigInt64Array.of(1n, 2n),
    timestamp: Float64Array.of(1, 2),
    decimal: BigInt64Array.of(100n, 1n),
    float64: [1.5, null],
  });
});

test('values that repeat, and so go into a dictionary, keep the sign of zero', async () => {
  const values = Float64Array.from({ length: 1000 }, (_, row) => [0, -0, 1.5][row % 3]);
  const spec = { name: 'real', type: { kind: 'float64' }, nullable: false } as const;
  const bytes = await encoded({ rows: values.length, columns: [{ spec, values }] });
  expect(await readParquetColumns(bytes, ['real'])).toEqual({ real: values });
});

/** Runs, ramps and noise one after the other, as whole numbers up to 2^53. */
const stretches = fc.array(
  fc.record({
    length: fc.integer({ min: 1, max: 400 }),
    base: fc.maxSafeInteger(),
    step: fc.oneof(fc.constantFrom(0, 1, -1), fc.integer()),
    noise: fc.constantFrom(0, 1, 6, 1000, 2 ** 31, 2 ** 40),
  }),
  { maxLength: 30 },
);

function numbersOf(
  parts: readonly { length: number; base: number; step: number; noise: number }[],
): number[] {
  let seed = 1;
  return parts.flatMap(({ length, base, step, noise }) =>
    Array.from({ length }, (_, row) => {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
      const value = base + row * step + Math.floor((seed / 2 ** 32) * noise);
      return Math.max(Number.MIN_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, value));
    }),
  );
}

test('long columns come back exactly in whatever encoding suits them', async () => {
  await fc.assert(
    fc.asyncProperty(stretches, async (parts) => {
      const numbers = numbersOf(parts);
      const int32 = Int32Array.from(numbers);
      const int64 = BigInt64Array.from(numbers, BigInt);
      const texts = numbers.map((value, row) => (value % 7 === 0 ? null : `${value % 1000} ${row % 40}`));
      const column = (
        name: string,
        values: ColumnValues,
        kind: 'int32' | 'int64' | 'float64' | 'string',
      ) => ({
        spec: { name, type: { kind }, nullable: kind === 'string' },
        values,
      });
      const bytes = await encoded({
        rows: numbers.length,
        columns: [
          column('int32', int32, 'int32'),
          column('int64', int64, 'int64'),
          column('double', Float64Array.from(numbers), 'float64'),
          column('text', ByteValues.of(texts), 'string'),
        ],
      });
      const read = await readParquetColumns(bytes, ['int32', 'int64', 'double', 'text']);
      expect(read.int32).toEqual(int32);
      expect(read.int64).toEqual(int64);
      expect(read.double).toEqual(Float64Array.from(numbers));
      expect(Array.from(read.text)).toEqual(texts);
    }),
    { numRuns: 60 },
  );
});

test('several row groups keep the order of rows', async () => {
  const values = Int32Array.from({ length: 300_000 }, (_, row) => row % 901);
  const table = {
    rows: values.length,
    columns: [{ spec: { name: 'row', type: { kind: 'int32' }, nullable: false } as const, values }],
  };
  const { bytes, rows } = await columnarEncoder.encode([table, table, table, table]);
  expect(rows).toBe(1_200_000);
  const { row } = await readParquetColumns(bytes, ['row']);
  expect(row).toHaveLength(rows);
  expect(row.every((value, at) => value === (at % values.length) % 901)).toBe(true);
});

test('row groups are cut by bytes and rows, not by tables', async () => {
  const megabyte = new ByteValues(
    new Uint8Array(1024 * 1024),
    new Int32Array(300),
    new Int32Array(300).fill(1024 * 1024),
  );
  const table = { rows: 300, columns: [{ spec: columnSpec('value', 'binary'), values: megabyte }] };
  expect((await groupsOf(table, table)).map(({ rows }) => rows)).toEqual([127, 127, 127, 127, 92]);
  const flags = {
    rows: 800_000,
    columns: [{ spec: columnSpec('flag', 'boolean'), values: new Uint8Array(800_000) }],
  };
  expect((await groupsOf(flags, flags, flags)).map(({ rows }) => rows)).toEqual([
    1_048_576, 1_048_576, 302_848,
  ]);
});

test('a large file comes back part by part, pages that lie across two parts too', async () => {
  const rows = 290_000;
  const number = (row: number) => (row % 11 === 0 ? null : row);
  const text = (row: number) => (row % 13 === 0 ? null : `text ${row}`);
  const list = (row: number) => Array.from({ length: row % 3 }, (_, at) => row + at);
  const bytes = await encoded({
    rows,
    columns: [
      { spec: columnSpec('row', 'int32'), values: Int32Array.from({ length: rows }, (_, row) => row) },
      { spec: columnSpec('number', 'int64', true), values: Array.from({ length: rows }, (_, row) => number(row) === null ? null : BigInt(row)) }, // prettier-ignore
      {
        spec: columnSpec('text', 'string', true),
        values: Array.from({ length: rows }, (_, row) => text(row)),
      },
      {
        spec: { name: 'list', type: { kind: 'list', element: { kind: 'int32' } }, nullable: false },
        values: Array.from({ length: rows }, (_, row) => list(row)),
      },
    ],
  });
  const { whole, parts } = await openParquet(bytes);
  expect([whole.rows, ...parts.map((part) => part.rows)]).toEqual([rows, 131_072, 131_072, 27_856]);
  expect(await whole.read('missing')).toBeNull();
  for (const column of ['row', 'number', 'text', 'list']) {
    const all = await whole.read(column);
    let from = 0;
    for (const part of parts) {
      expect(await part.read(column)).toEqual(all?.slice(from, from + part.rows));
      from += part.rows;
    }
  }
  expect((await whole.read('list'))?.[200_000]).toEqual(list(200_000));
});

test('other work runs while a file is encoded', async () => {
  const values = Int32Array.from({ length: 1_000_000 }, (_, row) =>
    Math.imul(Math.imul(row, row), 0x9e3779b1),
  );
  const columns = ['a', 'b', 'c'].map((name) => ({ spec: columnSpec(name, 'int32'), values }));
  let turns = 0;
  let isDone = false;
  const count = () => {
    turns++;
    if (!isDone) setImmediate(count);
  };
  count();
  await columnarEncoder.encode([{ rows: values.length, columns }]);
  isDone = true;
  expect(turns).toBeGreaterThan(6);
});

test('field ids are by path, and tables of other columns or uneven ones are refused', async () => {
  const spec = { name: 'headers', type: HEADERS_TYPE, nullable: true };
  const fieldIds = new Map([
    ['headers', 3],
    ['headers.element', 4],
    ['headers.element.key', 5],
  ]);
  const { bytes } = await columnarEncoder.encode([{ rows: 1, columns: [{ spec, values: [null] }] }], {
    fieldIds,
  });
  const { schema } = parquetMetadata(Uint8Array.from(bytes).buffer);
  expect(schema.map(({ name, field_id: id }) => [name, id])).toEqual([
    ['schema', undefined],
    ['headers', 3],
    ['list', undefined],
    ['element', 4],
    ['key', 5],
    ['value', undefined],
  ]);
  const table = (name: string, rows: number) => ({
    rows,
    columns: [{ spec: columnSpec(name, 'int32'), values: Int32Array.of(1) }],
  });
  await expect(columnarEncoder.encode([])).rejects.toThrow(RangeError);
  await expect(columnarEncoder.encode([table('a', 1), table('b', 1)])).rejects.toThrow(RangeError);
  await expect(columnarEncoder.encode([table('a', 2)])).rejects.toThrow('column a');
});

test('a table without rows is a file without rows', async () => {
  const spec = { name: 'n', type: { kind: 'int32' }, nullable: false } as const;
  const bytes = await encoded({ rows: 0, columns: [{ spec, values: new Int32Array() }] });
  expect(await readParquet(bytes)).toEqual([]);
  expect(await readParquetColumns(bytes, ['n'])).toEqual({ n: new Int32Array() });
});

test.each<[string, ColumnType, ColumnValues]>([
  ['a decimal with more digits than its column', { kind: 'decimal', precision: 4, scale: 2 }, [10_000n]],
  ['null in a required text column', { kind: 'string' }, ['a', null]],
  ['null in a required decimal column', { kind: 'decimal', precision: 4, scale: 2 }, [1n, null]],
  ['an int64 beyond 64 bits', { kind: 'int64' }, [INT64_MAX + 1n]],
  ['a fraction in an int32 column', { kind: 'int32' }, [1.5]],
  ['64 bits for a decimal of more', { kind: 'decimal', precision: 19, scale: 0 }, BigInt64Array.of(1n)],
  ['numbers of another type', { kind: 'timestamp' }, BigInt64Array.of(1n)],
  ['a fraction of a microsecond', { kind: 'timestamp' }, [1.5]],
])('refuses %s and names the column', async (_what, type, values) => {
  const spec = { name: 'column', type, nullable: false };
  await expect(encoded({ rows: values.length, columns: [{ spec, values }] })).rejects.toThrow(
    /^column column: /,
  );
});

test('a column that is not there is an error that names it', async () => {
  const spec = { name: 'n', type: { kind: 'int32' }, nullable: false } as const;
  const bytes = await encoded({ rows: 1, columns: [{ spec, values: Int32Array.of(1) }] });
  await expect(readParquet(bytes, ['m'])).rejects.toThrow('m');
  await expect(readParquetColumns(bytes, ['m'])).rejects.toThrow('m');
});

const panel = join(import.meta.dirname, '../../../../../shared/data/frn_dev.parquet');
(existsSync(panel) ? test : test.skip)(
  'reads a panel of 1.3 million rows, whole or by parts of the file',
  async () => {
    const whole = await readParquetColumns(await readFile(panel), ['store', 'day', 'out_mask', 'u08']);
    expect(whole.store).toBeInstanceOf(Int32Array);
    expect(whole.store).toHaveLength(1_295_460);

    await using file = await open(panel);
    const slice = async (start: number, end = 0) => {
      const part = new Uint8Array(end - start);
      await file.read(part, 0, part.length, start);
      return part.buffer;
    };
    const parts = await readParquetColumns({ byteLength: (await file.stat()).size, slice }, ['u08']);
    expect(parts.u08).toEqual(whole.u08);
  },
);

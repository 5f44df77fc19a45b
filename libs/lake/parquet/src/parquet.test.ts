import { existsSync } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import type { Column, ColumnTable, ColumnType, ColumnValue, ColumnValues } from '@gondola/stream';
import { hyparquetEncoder, readParquet, readParquetColumns } from './index.js';

const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;
const header = fc.record({ key: fc.string({ unit: 'binary' }), value: fc.uint8Array({ maxLength: 8 }) });
const decimalOf = (precision: number) => {
  const largest = 10n ** BigInt(precision) - 1n;
  return fc.oneof(fc.bigInt(-largest, largest), fc.constantFrom(largest, -largest, 0n));
};

/** Every kind of column with values from end to end of its range. */
const KINDS: [ColumnType, fc.Arbitrary<ColumnValue>][] = [
  [{ kind: 'string' }, fc.string({ unit: 'binary' })],
  [{ kind: 'binary' }, fc.uint8Array()],
  [{ kind: 'boolean' }, fc.boolean()],
  [{ kind: 'int32' }, fc.oneof(fc.integer(), fc.constantFrom(-(2 ** 31), 2 ** 31 - 1))],
  [
    { kind: 'int64' },
    fc.oneof(fc.bigInt(INT64_MIN, INT64_MAX), fc.constantFrom(INT64_MIN, INT64_MAX, 2n ** 53n + 1n)),
  ],
  [{ kind: 'float64' }, fc.oneof(fc.double(), fc.constantFrom(-0, 0, Infinity, Number.MIN_VALUE, 0.1))],
  [{ kind: 'decimal', precision: 12, scale: 2 }, decimalOf(12)],
  [{ kind: 'decimal', precision: 18, scale: 0 }, decimalOf(18)],
  [{ kind: 'decimal', precision: 38, scale: 10 }, decimalOf(38)],
  [{ kind: 'timestamp' }, fc.integer({ min: -(2 ** 52), max: 2 ** 53 - 1 })],
  [{ kind: 'date' }, fc.integer({ min: -719_162, max: 2_932_896 })],
  [{ kind: 'headers' }, fc.array(header, { maxLength: 3 })],
];

const named = (column: number, type: ColumnType) => `${column}_${type.kind}`;

/** Tables of all kinds, each once required and once nullable. Few distinct values now and then, for dictionaries. */
const tables = fc.integer({ min: 1, max: 40 }).chain((rows) =>
  fc
    .tuple(
      ...KINDS.flatMap(([type, value], index) =>
        [false, true].map((nullable) => {
          const cell = nullable ? fc.option(value, { nil: null }) : value;
          const cells = fc.oneof(
            fc.array(cell, { minLength: rows, maxLength: rows }),
            cell.map((same) => new Array<ColumnValue>(rows).fill(same)),
          );
          const name = `${named(index, type)}${nullable ? '_or_null' : ''}`;
          return cells.map((values): Column => ({
            spec: { name, type, nullable },
            values: packed(type, nullable, values),
          }));
        }),
      ),
    )
    .map((columns): ColumnTable => ({ rows, columns })),
);

/** Required numeric columns travel as typed arrays. */
function packed(type: ColumnType, nullable: boolean, values: ColumnValue[]): ColumnValues {
  if (nullable) return values;
  if (type.kind === 'int32' || type.kind === 'date') return Int32Array.from(values as number[]);
  if (type.kind === 'float64' || type.kind === 'timestamp') return Float64Array.from(values as number[]);
  if (type.kind === 'int64') return BigInt64Array.from(values as bigint[]);
  return values;
}

test('every value of every kind comes back exactly, by rows and by columns', async () => {
  await fc.assert(
    fc.asyncProperty(tables, async (table) => {
      const bytes = hyparquetEncoder.encode(table);
      const rows = await readParquet(bytes);
      const columns = await readParquetColumns(
        bytes,
        table.columns.map(({ spec }) => spec.name),
      );
      expect(rows).toHaveLength(table.rows);
      for (const { spec, values } of table.columns) {
        const written = Array.from(values as Iterable<unknown>);
        expect(rows.map((row) => row[spec.name])).toEqual(written);
        expect(Array.from(columns[spec.name] as Iterable<unknown>)).toEqual(written);
      }
    }),
    { numRuns: 40 },
  );
});

test('numeric columns without nulls are read into typed arrays', async () => {
  const column = (type: ColumnType, values: ColumnValues, nullable = false): Column => ({
    spec: { name: type.kind, type, nullable },
    values,
  });
  const bytes = hyparquetEncoder.encode({
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
  const bytes = hyparquetEncoder.encode({ rows: values.length, columns: [{ spec, values }] });
  expect(await readParquetColumns(bytes, ['real'])).toEqual({ real: values });
});

test('several row groups keep the order of rows', async () => {
  const rows = 250_000;
  const values = Int32Array.from({ length: rows }, (_, row) => row);
  const text = Array.from({ length: rows }, (_, row) => (row % 7 === 0 ? null : `store-${row % 900}`));
  const bytes = hyparquetEncoder.encode({
    rows,
    columns: [
      { spec: { name: 'row', type: { kind: 'int32' }, nullable: false }, values },
      { spec: { name: 'store', type: { kind: 'string' }, nullable: true }, values: text },
    ],
  });
  const read = await readParquetColumns(bytes, ['row', 'store']);
  expect(read.row).toEqual(values);
  expect(read.store).toEqual(text);
});

test('a table without rows is a file without rows', async () => {
  const spec = { name: 'n', type: { kind: 'int32' }, nullable: false } as const;
  const bytes = hyparquetEncoder.encode({ rows: 0, columns: [{ spec, values: new Int32Array() }] });
  expect(await readParquet(bytes)).toEqual([]);
  expect(await readParquetColumns(bytes, ['n'])).toEqual({ n: new Int32Array() });
});

test.each<[string, ColumnType, ColumnValues]>([
  ['a decimal with more digits than its column', { kind: 'decimal', precision: 4, scale: 2 }, [10_000n]],
  ['null in a required text column', { kind: 'string' }, ['a', null]],
  ['null in a required decimal column', { kind: 'decimal', precision: 4, scale: 2 }, [1n, null]],
  ['an int64 beyond 64 bits', { kind: 'int64' }, [INT64_MAX + 1n]],
  ['a fraction in an int32 column', { kind: 'int32' }, [1.5]],
  ['a fraction of a microsecond', { kind: 'timestamp' }, [1.5]],
])('refuses %s', (_what, type, values) => {
  const spec = { name: 'column', type, nullable: false };
  expect(() => hyparquetEncoder.encode({ rows: values.length, columns: [{ spec, values }] })).toThrow();
});

test('a column that is not there is an error that names it', async () => {
  const spec = { name: 'n', type: { kind: 'int32' }, nullable: false } as const;
  const bytes = hyparquetEncoder.encode({ rows: 1, columns: [{ spec, values: Int32Array.of(1) }] });
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

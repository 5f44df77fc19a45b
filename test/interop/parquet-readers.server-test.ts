import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { columnarEncoder, createColumnarEncoder, parquetjsEncoder } from '@gondola/lake-parquet';
import {
  ByteValues,
  HEADERS_TYPE,
  NullableNumbers,
  plainValues,
  type Column,
  type ColumnTable,
  type ColumnType,
  type ColumnValue,
  type ColumnValues,
} from '@gondola/stream';
import { generatedTables, type GeneratedTable } from '../../libs/lake/parquet/test/arbitrary-tables.js';
import { describeWithPython, runPython } from './python.js';

const GENERATED = 150;
const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;

/** More rows than one page has. */
const ROWS = 45_000;
const rowsOf = <Value>(make: (row: number) => Value) => Array.from({ length: ROWS }, (_, row) => make(row));
const column = (name: string, type: ColumnType, values: ColumnValues, nullable = false): Column => ({
  spec: { name, type, nullable },
  values,
});
const table = (...columns: Column[]): ColumnTable => ({ rows: columns[0].values.length, columns });

const LARGE = 'x'.repeat(10_000_000);
const FIRST_NULLS = 25_000;

const FIXED: Readonly<Record<string, ColumnTable>> = {
  empty: table(column('n', { kind: 'int32' }, new Int32Array()), column('s', { kind: 'string' }, [], true)),
  one_row: table(column('n', { kind: 'int64' }, [INT64_MIN]), column('s', { kind: 'string' }, [null], true)),
  extremes: table(
    column('int32', { kind: 'int32' }, Int32Array.of(-(2 ** 31), 2 ** 31 - 1, 0, -1)),
    column('int64', { kind: 'int64' }, BigInt64Array.of(INT64_MIN, INT64_MAX, 0n, -1n)),
    column('exact', { kind: 'int64' }, BigInt64Array.of(-(2n ** 52n), 2n ** 52n, 2n ** 52n - 1n, 1n)),
    column('double', { kind: 'float64' }, Float64Array.of(-0, 0, -Infinity, Number.MIN_VALUE)),
    column('nan', { kind: 'float64' }, Float64Array.of(NaN, 0, 1, -1)),
    column('text', { kind: 'string' }, ['', '\u{10ffff}', 'é'.repeat(100), '\0']),
  ),
  large_values: table(
    column('text', { kind: 'string' }, ['a', LARGE, '', LARGE, 'b']),
    column(
      'bytes',
      { kind: 'binary' },
      [Buffer.from(LARGE), null, Buffer.alloc(0), null, Buffer.of(0)],
      true,
    ),
  ),
  null_pages: table(
    column(
      'none',
      { kind: 'int64' },
      rowsOf(() => null),
      true,
    ),
    column(
      'late',
      { kind: 'string' },
      rowsOf((row) => (row < FIRST_NULLS ? null : `row ${row}`)),
      true,
    ),
    column(
      'late_number',
      { kind: 'timestamp' },
      new NullableNumbers(
        Float64Array.from(rowsOf((row) => row * 1e6)),
        Uint8Array.from(rowsOf((row) => (row < FIRST_NULLS ? 1 : 0))),
      ),
      true,
    ),
  ),
  many_pages: table(
    column('ascending', { kind: 'int64' }, BigInt64Array.from(rowsOf((row) => BigInt(row) + 2n ** 40n))),
    column(
      'random',
      { kind: 'int32' },
      Int32Array.from(rowsOf((row) => Math.imul(Math.imul(row, row), 0x9e3779b1))),
    ),
    column(
      'wide',
      { kind: 'int64' },
      BigInt64Array.from(rowsOf((row) => BigInt(row) * 0x1234_5678_9abc_def1n)),
    ),
    column(
      'few',
      { kind: 'decimal', precision: 12, scale: 2 },
      BigInt64Array.from(rowsOf((row) => BigInt(((row * row) % 37) * 1000))),
    ),
    column(
      'price',
      { kind: 'decimal', precision: 9, scale: 2 },
      BigInt64Array.from(rowsOf((row) => BigInt((row * 7919) % 999_999))),
    ),
    column('double', { kind: 'float64' }, Float64Array.from(rowsOf((row) => Math.sqrt(row) - 100))),
    column('flag', { kind: 'boolean' }, Uint8Array.from(rowsOf((row) => (row % 3 === 0 ? 1 : 0)))),
    column(
      'store',
      { kind: 'string' },
      ByteValues.of(rowsOf((row) => (row % 11 === 0 ? null : `store-${(row * row) % 801}`))),
      true,
    ),
    column('id', { kind: 'string' }, ByteValues.of(rowsOf((row) => `id-${String(row).padStart(80, '0')}`))),
    column('same', { kind: 'string' }, ByteValues.of(rowsOf(() => 'same'))),
  ),
  headers: table(
    column(
      'none',
      HEADERS_TYPE,
      rowsOf(() => []),
    ),
    column(
      'some',
      HEADERS_TYPE,
      rowsOf((row) =>
        row % 5 === 0
          ? null
          : Array.from({ length: row % 4 }, (_, at) => ({ key: `k${at}`, value: Buffer.from(`${row}`) })),
      ),
      true,
    ),
  ),
};

/** parquetjs-lite needs a tenth of a millisecond for a row. */
const foreign = {
  rows: 2000,
  columns: FIXED['headers'].columns.map(({ spec, values }) => ({
    spec,
    values: (values as readonly ColumnValue[]).slice(0, 2000),
  })),
};

/** As in parquet_readers.py. */
const LONG = 10_000;
const hashOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** As parquet_readers.py prints it. */
function printed(type: ColumnType, value: ColumnValue): unknown {
  if (value === null) return null;
  switch (type.kind) {
    case 'boolean':
      return value;
    case 'string':
      return (value as string).length < LONG ? value : hashOf(Buffer.from(value as string));
    case 'binary': {
      const bytes = Buffer.from(value as Uint8Array);
      return bytes.length < LONG ? bytes.toString('hex') : hashOf(bytes);
    }
    case 'float64': {
      const bytes = Buffer.alloc(8);
      bytes.writeDoubleLE(value as number);
      return Number.isNaN(value) ? 'nan' : bytes.toString('hex');
    }
    case 'list':
      return (value as readonly ColumnValue[]).map((item) => printed(type.element, item));
    case 'struct': {
      const struct = value as Readonly<Record<string, ColumnValue>>;
      return Object.fromEntries(
        type.fields.map((field) => [field.name, printed(field.type, struct[field.name])]),
      );
    }
    default:
      return Object.is(value, -0) ? '0' : String(value);
  }
}

interface Reading {
  readonly pyarrow: Readonly<Record<string, unknown[]>>;
  readonly duckdb: Readonly<Record<string, unknown[]>>;
  readonly metadata: {
    readonly rows: number;
    readonly row_groups: number;
    readonly columns: readonly Readonly<Record<string, unknown>>[];
    readonly broken: readonly string[];
  };
}

interface Readings {
  readonly files: Readonly<Record<string, Reading>>;
  readonly bloom: readonly boolean[];
  readonly queries: readonly (readonly unknown[][])[];
}

const SKUS = 5000;
const filtered = table(
  column('sku', { kind: 'string' }, ByteValues.of(rowsOf((row) => `sku-${(row * 31) % SKUS}`))),
  column('id', { kind: 'string' }, ByteValues.of(rowsOf((row) => `id-${row}-${(row * 2654435761) % 1e9}`))),
  column('row', { kind: 'int64' }, BigInt64Array.from(rowsOf(BigInt))),
  column('occurred', { kind: 'timestamp' }, Float64Array.from(rowsOf((row) => row * 1e6))),
);
const absentSkus = Array.from({ length: 200 }, (_, at) => `sku-${SKUS + at}`);
const presentSkus = Array.from({ length: 200 }, (_, at) => `sku-${at * 20}`);
const presentIds = Array.from({ length: 50 }, (_, at) => `id-${at * 800}-${(at * 800 * 2654435761) % 1e9}`);
const QUERIES = [
  `SELECT count(*) AS n FROM file WHERE sku = 'sku-62'`,
  `SELECT "row" AS n FROM file WHERE id = '${presentIds[7]}'`,
  `SELECT count(*) AS n FROM file WHERE id < 'id-2' AND sku > 'sku-3'`,
  `SELECT sum("row") AS n FROM file WHERE "row" BETWEEN 19990 AND 20010`,
  `SELECT count(*) AS n FROM file WHERE "row" = 44999 OR "row" < 3`,
  `SELECT max("row") AS n FROM file WHERE occurred < TIMESTAMP '1970-01-01 05:33:21'`,
];

describeWithPython('Parquet files', () => {
  let folder: string;
  let readings: Readings;
  const generated: GeneratedTable[] = fc.sample(generatedTables, GENERATED);

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gondola-parquet-'));
    await mkdir(join(folder, 'files'));
    const write = (name: string, { bytes }: { readonly bytes: Uint8Array }) =>
      writeFile(join(folder, 'files', name), bytes);
    for (const [name, fixed] of Object.entries(FIXED))
      await write(name, await columnarEncoder.encode([fixed]));
    for (const [at, { chunks }] of generated.entries())
      await write(
        `generated_${at}`,
        await createColumnarEncoder(at % 2 === 0 ? 'zstd' : 'snappy').encode(chunks),
      );
    await write('filtered', await columnarEncoder.encode([filtered], { bloomFilters: ['sku', 'id'] }));
    await write('parquetjs', await parquetjsEncoder.encode([foreign]));
    const request = {
      folder: join(folder, 'files'),
      bloom: [...presentSkus, ...absentSkus]
        .map((sku) => ['filtered', 'sku', sku])
        .concat(presentIds.map((id) => ['filtered', 'id', id])),
      queries: QUERIES.map((sql) => ['filtered', sql]),
    };
    await writeFile(join(folder, 'request.json'), JSON.stringify(request));
    readings = JSON.parse(
      await runPython(join(import.meta.dirname, 'parquet_readers.py'), join(folder, 'request.json')),
    ) as Readings;
  }, 300_000);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  function expectReadings(name: string, { columns, rows }: ColumnTable): void {
    const { pyarrow, duckdb, metadata } = readings.files[name];
    expect(metadata.rows).toBe(rows);
    expect(metadata.broken).toEqual([]);
    for (const written of columns) {
      const expected = plainValues(written).map((value) => printed(written.spec.type, value));
      // Equality first: Jest takes seconds to compare what is long.
      for (const [reader, seen] of Object.entries({ pyarrow, duckdb }))
        if (JSON.stringify(seen[written.spec.name]) !== JSON.stringify(expected))
          expect({ reader, ...written.spec, values: seen[written.spec.name].slice(0, 100) }).toEqual({
            reader,
            ...written.spec,
            values: expected.slice(0, 100),
          });
    }
  }

  test.each(Object.keys(FIXED))('pyarrow and DuckDB read what was written: %s', (name) => {
    expectReadings(name, FIXED[name]);
  });

  test('pyarrow and DuckDB read what was written: random schemas and values', () => {
    generated.forEach(({ plain }, at) => expectReadings(`generated_${at}`, plain));
  });

  test('pyarrow and DuckDB read what parquetjs-lite wrote', () => {
    expectReadings('parquetjs', foreign);
  });

  test('no file was left out', async () => {
    expect(await readdir(join(folder, 'files'))).toHaveLength(Object.keys(readings.files).length);
  });

  test('every column has an offset index, and a column index and bounds where it has an order', () => {
    const { columns } = readings.files['many_pages'].metadata;
    expect(
      columns.map(({ path, column_index, offset_index, bounds }) => [
        path,
        column_index,
        offset_index,
        bounds,
      ]),
    ).toEqual(
      FIXED['many_pages'].columns.map(({ spec }) => {
        const isOrdered = spec.type.kind !== 'boolean';
        return [spec.name, isOrdered, true, isOrdered];
      }),
    );
  });

  test('columns are encoded by what they hold', () => {
    const { columns } = readings.files['many_pages'].metadata;
    expect(
      Object.fromEntries(columns.map(({ path, encodings }) => [path, (encodings as string[])[0]])),
    ).toEqual({
      ascending: 'DELTA_BINARY_PACKED',
      random: 'DELTA_BINARY_PACKED',
      wide: 'PLAIN',
      few: 'RLE_DICTIONARY',
      price: 'DELTA_BINARY_PACKED',
      double: 'PLAIN',
      flag: 'PLAIN',
      store: 'RLE_DICTIONARY',
      id: 'PLAIN',
      same: 'RLE_DICTIONARY',
    });
  });

  test('a bloom filter excludes no value that is there and nearly all that are not', () => {
    const excluded = readings.bloom;
    expect(excluded.slice(0, presentSkus.length)).not.toContain(true);
    expect(excluded.slice(presentSkus.length + absentSkus.length)).not.toContain(true);
    const absent = excluded.slice(presentSkus.length, presentSkus.length + absentSkus.length);
    expect(absent.filter(Boolean).length).toBeGreaterThan(0.9 * absent.length);
  });

  test('engines that skip by bounds of row groups and pages find every row', () => {
    const skuRows = rowsOf((row) => (row * 31) % SKUS).filter((sku) => sku === 62).length;
    const ids = plainValues(filtered.columns[1]) as string[];
    const skus = plainValues(filtered.columns[0]) as string[];
    const both = ids.filter((id, row) => id < 'id-2' && skus[row] > 'sku-3').length;
    const answers = [skuRows, 5600, both, 20_000 * 21, 4, 20_000].map((n) => [{ n: String(n) }]);
    expect(readings.queries.map(([duckdb]) => duckdb)).toEqual(answers);
    expect(readings.queries.map(([, datafusion]) => datafusion)).toEqual(answers);
  });
});

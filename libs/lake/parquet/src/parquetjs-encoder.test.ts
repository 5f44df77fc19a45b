import { createRequire } from 'node:module';
import {
  HEADERS_TYPE,
  NullableNumbers,
  type Column,
  type ColumnType,
  type ColumnValues,
} from '@gondola/stream';
import { columnarEncoder, createColumnarEncoder, parquetjsEncoder, readParquet } from './index.js';

const parquetjs = createRequire(import.meta.url)('parquetjs-lite') as {
  ParquetReader: {
    openBuffer(bytes: Buffer): Promise<{ getCursor(): { next(): Promise<Record<string, unknown> | null> } }>;
  };
};

const column = (name: string, type: ColumnType, values: ColumnValues, nullable = false): Column => ({
  spec: { name, type, nullable },
  values,
});

const TABLE = {
  rows: 3,
  columns: [
    column('text', { kind: 'string' }, ['', null, 'é\u{10ffff}'], true),
    column('bytes', { kind: 'binary' }, [Buffer.of(), Buffer.of(0, 255), null], true),
    column('flag', { kind: 'boolean' }, Uint8Array.of(1, 0, 1)),
    column('int32', { kind: 'int32' }, Int32Array.of(-(2 ** 31), 2 ** 31 - 1, 0)),
    column('int64', { kind: 'int64' }, BigInt64Array.of(-(2n ** 53n) + 1n, 2n ** 53n - 1n, 0n)),
    column(
      'double',
      { kind: 'float64' },
      new NullableNumbers(Float64Array.of(0.1, 0, Infinity), Uint8Array.of(0, 1, 0)),
      true,
    ),
    column('at', { kind: 'timestamp' }, Float64Array.of(0, 1, 1.7e15)),
    column('day', { kind: 'date' }, [0, null, 20_000], true),
    column('headers', HEADERS_TYPE, [
      [],
      [
        { key: 'k', value: Buffer.of(1) },
        { key: '', value: Buffer.of() },
      ],
      [],
    ]),
  ],
};

test('the second encoder writes the same rows and says the same of its columns', async () => {
  const [ours, theirs] = [
    await columnarEncoder.encode([TABLE]),
    await parquetjsEncoder.encode([TABLE, TABLE]),
  ];
  const rows = await readParquet(ours.bytes);
  expect(await readParquet(theirs.bytes)).toEqual([...rows, ...rows]);
  expect(theirs.rows).toBe(6);
  expect(theirs.columns).toEqual(ours.columns.map((summary) => ({ ...summary, nulls: 2 * summary.nulls })));
});

test.each<[string, ColumnType, ColumnValues]>([
  ['a decimal', { kind: 'decimal', precision: 4, scale: 2 }, [1n]],
  ['a whole number beyond 2^53', { kind: 'int64' }, [2n ** 53n]],
  ['NaN', { kind: 'float64' }, [NaN]],
  ['negative zero', { kind: 'float64' }, [-0]],
  ['a time before 1970', { kind: 'timestamp' }, [-1]],
  ['a date before 1970', { kind: 'date' }, [-1]],
  ['null in a required column', { kind: 'string' }, [null]],
  ['a fraction in an int32 column', { kind: 'int32' }, [1.5]],
])('the second encoder refuses %s', async (_what, type, values) => {
  const encoded = parquetjsEncoder.encode([{ rows: 1, columns: [column('c', type, values)] }]);
  await expect(encoded).rejects.toThrow(RangeError);
  await expect(encoded).rejects.toThrow(/^column c: /);
});

// It reads neither dictionaries nor delta encodings nor zstd: what we write plain (text if it is long), in snappy.
test('parquetjs-lite reads the plain columns that we write', async () => {
  const rows = 30_000;
  const numbers = Array.from({ length: rows }, (_, row) => (row % 7 === 0 ? null : Math.sqrt(row)));
  const texts = numbers.map((number, row) => `${number} ${row} ${'-'.repeat(80)}`);
  const flags = Array.from({ length: rows }, (_, row) => row % 3 === 0);
  const { bytes } = await createColumnarEncoder('snappy').encode([
    {
      rows,
      columns: [
        column('number', { kind: 'float64' }, numbers, true),
        column('flag', { kind: 'boolean' }, flags),
        column('text', { kind: 'string' }, texts),
      ],
    },
  ]);
  const cursor = (await parquetjs.ParquetReader.openBuffer(Buffer.from(bytes))).getCursor();
  for (let row = 0; row < rows; row++) {
    const read = await cursor.next();
    if (
      read?.['number'] !== (numbers[row] ?? undefined) ||
      read?.['flag'] !== flags[row] ||
      read?.['text'] !== texts[row]
    )
      expect({ row, ...read }).toEqual({ row, number: numbers[row], flag: flags[row], text: texts[row] });
  }
  expect(await cursor.next()).toBeNull();
});

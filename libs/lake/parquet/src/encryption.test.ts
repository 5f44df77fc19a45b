import { randomBytes } from 'node:crypto';
import {
  ByteValues,
  columnSpec,
  HEADERS_TYPE,
  selectRows,
  type ColumnTable,
  type ColumnValues,
} from '@gondola/stream';
import { createColumnarEncoder } from './columnar-encoder.js';
import type { Keyring } from './keyring.js';
import { openParquet, readParquet } from './read-parquet.js';

const keys = new Map([
  ['2026-10', randomBytes(32)],
  ['2026-11', randomBytes(32)],
]);
const keyring: Keyring = { writing: '2026-11', keys };
const PERSON = 'Xiomara Quinonez';

/** Records as in bronze: of several pages, with values that repeat and some that do not. */
function recordsTable(rows: number, size = 40): ColumnTable {
  const texts = (make: (row: number) => string | null) =>
    ByteValues.of(Array.from({ length: rows }, (_, row) => make(row)));
  const columns: readonly [string, 'string' | 'binary' | 'int64', boolean, ColumnValues][] = [
    ['partition', 'string', false, texts((row) => String(row % 3))],
    ['position', 'int64', false, BigInt64Array.from({ length: rows }, (_, row) => BigInt(row))],
    ['key', 'binary', true, texts((row) => (row % 7 === 0 ? null : `${PERSON} ${row % 5}`))],
    ['value', 'binary', true, texts((row) => `${PERSON} bought ${row} ${'.'.repeat(row % size)}`)],
  ];
  const headers = Array.from({ length: rows }, (_, row) =>
    row % 3 === 0 ? [] : [{ key: 'x-user', value: Buffer.from(`${PERSON} ${row % 11}`) }],
  );
  return {
    rows,
    columns: [
      ...columns.map(([name, kind, nullable, values]) => ({
        spec: columnSpec(name, kind, nullable),
        values,
      })),
      { spec: { name: 'headers', type: HEADERS_TYPE, nullable: false }, values: headers },
    ],
  };
}

async function encoded(tables: readonly ColumnTable[], ring?: Keyring): Promise<Uint8Array> {
  return (await createColumnarEncoder('zstd', ring).encode(tables, { bloomFilters: ['key'] })).bytes;
}
/** Jest takes minutes to compare so many rows. */
const said = (rows: unknown) =>
  JSON.stringify(rows, (_, value: unknown) => {
    if (value instanceof Uint8Array) return Buffer.from(value).toString('latin1');
    return typeof value === 'bigint' ? String(value) : value;
  });
const setupError = (message: RegExp) =>
  expect.objectContaining({
    name: 'SetupError',
    code: 'config_invalid',
    message: expect.stringMatching(message),
  });
const corrupt = expect.objectContaining({ code: 'lake_corrupt' });

// More rows than a row group has: modules are bound to their row group, too.
it.each([0, 1, 21_000])('%i rows come back as they were, whole, by column and in parts', async (rows) => {
  const table = recordsTable(rows);
  const secret = await encoded([table], keyring);
  const plain = await encoded([table]);
  expect(said(await readParquet(secret, undefined, keyring))).toBe(said(await readParquet(plain)));
  const opened = await openParquet(secret, keyring);
  for (const name of ['headers', 'value', 'position'])
    expect(said(await opened.whole.read(name))).toBe(said(await (await openParquet(plain)).whole.read(name)));
});

it('row groups are each read by themselves', async () => {
  const table = recordsTable(1_000);
  const rows = Int32Array.from({ length: 1_100_000 }, (_, row) => row % 1_000);
  const { columns } = selectRows({ rows: 1_000, columns: [table.columns[3]] }, rows);
  const many = { rows: rows.length, columns };
  const { parts } = await openParquet(await encoded([many], keyring), keyring);
  expect(parts.length).toBeGreaterThan(8);
  let row = 0;
  for (const part of parts) {
    const values = (await part.read('value')) as Uint8Array[];
    const expected = `${PERSON} bought ${row % 1_000} `;
    expect(Buffer.from(values[0]).toString().startsWith(expected)).toBe(true);
    row += part.rows;
  }
  expect(row).toBe(rows.length);
});

it('nothing of a record stands in the file, nor of its bounds and dictionaries', async () => {
  const file = await createColumnarEncoder('snappy', keyring).encode([recordsTable(500)]);
  const text = Buffer.from(file.bytes).toString('latin1');
  for (const word of ['Xiomara', 'Quinonez', 'bought', 'x-user']) expect(text).not.toContain(word);
  expect(file.columns.find(({ spec }) => spec.name === 'value')).toMatchObject({
    min: null,
    max: null,
  });
});

it('without the key other columns are read, and what is missing is named', async () => {
  const bytes = await encoded([recordsTable(100)], keyring);
  const other: Keyring = { writing: 'a', keys: new Map([['a', randomBytes(32)]]) };
  for (const ring of [undefined, other]) {
    const opened = await openParquet(bytes, ring);
    expect(await opened.whole.read('position')).toHaveLength(100);
    await expect(opened.whole.read('value')).rejects.toEqual(
      setupError(/the key "2026-11".*bronze\.encryption\.keyFile/),
    );
  }
  const wrong: Keyring = { writing: '2026-11', keys: new Map([['2026-11', randomBytes(32)]]) };
  await expect(readParquet(bytes, ['value'], wrong)).rejects.toEqual(setupError(/is not the one/));
});

it('keys change: what an older one wrote is read as long as it is kept', async () => {
  const old = await encoded([recordsTable(10)], { writing: '2026-10', keys });
  expect(await readParquet(old, undefined, keyring)).toHaveLength(10);
  const shredded: Keyring = {
    writing: '2026-11',
    keys: new Map([...keys].filter(([id]) => id !== '2026-10')),
  };
  await expect(readParquet(old, ['value'], shredded)).rejects.toEqual(setupError(/the key "2026-10"/));
});

it('what was changed or put elsewhere is refused', async () => {
  const [one, two] = [await encoded([recordsTable(30)], keyring), await encoded([recordsTable(30)], keyring)];
  // The chunks of two files of the same rows have the same length.
  expect(one.length).toBe(two.length);
  const mixed = one.slice();
  mixed.set(two.subarray(4, one.length / 2), 4);
  await expect(readParquet(mixed, ['value', 'key'], keyring)).rejects.toEqual(corrupt);
  let refused = 0;
  for (let at = 4; at < one.length - 8; at += 97) {
    const changed = one.slice();
    changed[at] ^= 1;
    const read = readParquet(changed, ['key', 'value', 'headers'], keyring);
    const outcome = await read.catch((error: unknown) => error);
    if (!Array.isArray(outcome)) refused++;
    else expect(outcome).toEqual(await readParquet(one, ['key', 'value', 'headers'], keyring));
  }
  expect(refused).toBeGreaterThan(5);
});

it('a file without columns of bytes is as it was', async () => {
  const { rows, columns } = recordsTable(10);
  const table = { rows, columns: columns.slice(0, 2) };
  expect(await encoded([table], keyring)).toEqual(await encoded([table]));
});

import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { columnarEncoder } from '@gondola/lake-parquet';
import type { Column } from '@gondola/stream';
import { readPanelFile } from './panel-file.js';

const FRESH_RETAIL = new URL('../../../../shared/data/frn_dev.parquet', import.meta.url);

/** Two stores, rows out of order; store 7 sku 2 has no row for day 1. */
const ROWS = [
  { store: 9, sku: 1, day: 1, out: 1 << 20 },
  { store: 7, sku: 2, day: 0, out: 0 },
  { store: 9, sku: 1, day: 0, out: 0 },
  { store: 7, sku: 1, day: 1, out: 0b111 },
  { store: 7, sku: 1, day: 0, out: 0 },
];

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'panel-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Units of hour h are 10 * store + sku + day in hour 8 and nothing else. */
async function writePanel(name: string, without: readonly string[] = []): Promise<string> {
  const column = (columnName: string, values: number[]): Column => ({
    spec: { name: columnName, type: { kind: 'int32' }, nullable: false },
    values: Int32Array.from(values),
  });
  const hours = Array.from({ length: 24 }, (_, hour) =>
    column(
      `u${String(hour).padStart(2, '0')}`,
      ROWS.map(({ store, sku, day }) => (hour === 8 ? 10 * store + sku + day : 0)),
    ),
  );
  const columns = [
    ...(['store', 'sku', 'day'] as const).map((key) =>
      column(
        key,
        ROWS.map((row) => row[key]),
      ),
    ),
    column(
      'city',
      ROWS.map(() => 3),
    ),
    column(
      'category',
      ROWS.map(({ sku }) => sku * 5),
    ),
    column(
      'out_mask',
      ROWS.map(({ out }) => out),
    ),
    ...hours,
  ].filter(({ spec }) => !without.includes(spec.name));
  const path = join(folder, name);
  await writeFile(path, (await columnarEncoder.encode([{ rows: ROWS.length, columns }])).bytes);
  return path;
}

it('sorts series by store and sku, and takes a missing day for one without sales', async () => {
  const panel = await readPanelFile(await writePanel('whole.parquet'));
  expect(panel).toMatchObject({ series: 3, days: 2, dayZeroMs: Date.UTC(2024, 2, 28) });
  expect([...panel.store]).toEqual([7, 7, 9]);
  expect([...panel.sku]).toEqual([1, 2, 1]);
  expect([...panel.city]).toEqual([3, 3, 3]);
  expect([...panel.category]).toEqual([5, 10, 5]);
  const sold = (series: number, day: number) => panel.units[(series * 2 + day) * 24 + 8];
  expect([sold(0, 0), sold(0, 1), sold(1, 0), sold(1, 1), sold(2, 0), sold(2, 1)]).toEqual([
    71, 72, 72, 0, 91, 92,
  ]);
  expect(panel.units.reduce((sum, units) => sum + units, 0)).toBe(71 + 72 + 72 + 91 + 92);
  expect([...(panel.outMask ?? [])]).toEqual([0, 0b111, 0, 0, 0, 1 << 20]);
});

it('reads some stores and days only', async () => {
  const path = await writePanel('some.parquet');
  const panel = await readPanelFile(path, { stores: [7], firstDay: 1, labels: false });
  expect(panel).toMatchObject({ series: 1, days: 1, dayZeroMs: Date.UTC(2024, 2, 29), outMask: null });
  expect(panel.units[8]).toBe(72);
  const said: string[] = [];
  const onMissing = (message: string) => void said.push(message);
  expect(await readPanelFile(path, { stores: [7, 1], onMissing })).toMatchObject({ series: 2 });
  expect(said).toEqual([expect.stringMatching(/some\.parquet has no store 1; there are 7, 9$/)]);
  await expect(readPanelFile(path, { stores: [8, 1] })).rejects.toThrow(
    /some\.parquet has no store 8, 1; there are 7, 9$/,
  );
  await expect(readPanelFile(path, { stores: [7], firstDay: 5 })).rejects.toThrow(
    'no row of the wanted stores and days',
  );
});

it('does without labels, and with nothing else missing', async () => {
  const panel = await readPanelFile(await writePanel('plain.parquet', ['out_mask']));
  expect(panel.outMask).toBeNull();
  for (const name of ['store', 'category', 'u17']) {
    await expect(
      writePanel(`no-${name}.parquet`, [name]).then((path) => readPanelFile(path)),
    ).rejects.toThrow(name);
  }
});

it('reads FreshRetailNet', async () => {
  if (!(await stat(FRESH_RETAIL).catch(() => null))) {
    process.stderr.write('skipped: ../shared/data/frn_dev.parquet is not here\n');
    return;
  }
  const panel = await readPanelFile(FRESH_RETAIL.pathname, { firstDay: 88 });
  expect(panel).toMatchObject({ series: 14_394, days: 2 });
  expect(new Set(panel.store).size).toBe(279);
  expect(panel.outMask).toHaveLength(2 * 14_394);
});

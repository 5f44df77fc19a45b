import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { smallPanel } from '../../test/small-panel.js';
import { UsageError, type CommandContext } from '../command.js';
import { score } from './score.js';
import { train } from './train.js';

const DAYS = 30;
const STORES = [1, 2, 3, 4, 5];
const SKUS = [10, 200];
const context: CommandContext = { progress() {}, say() {}, signal: new AbortController().signal };

let folder: string;
let panel: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'score-'));
  panel = join(folder, 'panel.parquet');
  await writeFile(panel, await smallPanel(STORES, SKUS, DAYS));
});
afterAll(() => rm(folder, { recursive: true }));

it('says which horizons a model has trees for', async () => {
  const scored = (values: Record<string, string | boolean>) =>
    score.run({ positionals: [panel], values: { out: join(folder, 'p.csv'), ...values } }, context);
  await expect(scored({ coming: '4' })).rejects.toThrow('has trees for 3 and 6 hours');
  await expect(scored({ 'sales-only': true })).rejects.toThrow(UsageError);
});

it('scores what is coming of shelves in stock alone', async () => {
  const out = join(folder, 'coming.csv');
  await score.run({ positionals: [panel], values: { out, 'from-day': '28', coming: '3' } }, context);
  const rows = (await readFile(out, 'utf8')).trim().split('\n').slice(1);
  const hours = rows.map((row) => Number(row.split(',')[2]));
  // In stock on day 28 until close, on day 29 until 15 h.
  const perShelf = STORES.length * SKUS.length;
  expect(hours).toHaveLength(perShelf * (16 + 9));
  expect(Math.max(...hours)).toBe(29 * 24 + 14);
});

it('trains a model, and scores every shelf and open hour with it', async () => {
  const model = join(folder, 'model.json');
  const trained = await train.run(
    {
      positionals: [panel],
      values: { out: model, days: '29', version: 'm1', 'filter-only': true, share: '0.25' },
    },
    context,
  );
  expect(trained).toMatchObject({ model: 'm1', days: 29 });

  const out = join(folder, 'predictions.csv.gz');
  const values = { out, model, 'from-day': '28' };
  const summary = await score.run({ positionals: [panel], values }, context);
  const rows = STORES.length * SKUS.length * 2 * 16;
  expect(summary).toMatchObject({ rows, series: 10, stores: 5, model: 'm1' });
  const [header, ...lines] = gunzipSync(await readFile(out))
    .toString()
    .trimEnd()
    .split('\n');
  expect(header).toBe('store,sku,hour,probability');
  expect(lines).toHaveLength(rows);
  expect(lines[0]).toMatch(/^1,10,678,[01]\.\d{5}$/);
  expect(lines.at(-1)).toMatch(/^5,200,717,[01]\.\d{5}$/);
  expect(lines.every((line) => /^[1-5],(10|200),\d{3},(0\.\d{5}|1\.00000)$/.test(line))).toBe(true);

  const plain = join(folder, 'predictions.csv');
  await score.run({ positionals: [panel], values: { ...values, out: plain } }, context);
  expect(await readFile(plain, 'utf8')).toBe([header, ...lines, ''].join('\n'));
});

it('scores with the model that ships when none is named', async () => {
  const values = { out: join(folder, 'shipped.csv'), 'from-day': '29' };
  expect(await score.run({ positionals: [panel], values }, context)).toMatchObject({
    model: 'trees-2026.11',
  });
});

it.each([
  ['score without a panel', score, [], { out: 'x' }],
  ['score without --out', score, ['p'], {}],
  ['score from no day', score, ['p'], { out: 'x', 'from-day': 'Monday' }],
  ['train without --out', train, ['p'], {}],
  ['train for no days', train, ['p'], { out: 'x', days: '0' }],
  ['train on no rows', train, ['p'], { out: 'x', days: '62', share: '0' }],
])('refuses %s', async (_, command, positionals, values) => {
  await expect(command.run({ positionals, values }, context)).rejects.toThrow(UsageError);
});

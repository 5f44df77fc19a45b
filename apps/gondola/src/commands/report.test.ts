import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { foldOf, HELD_FOLD, isTestStore } from '@gondola/detect';
import { smallPanel } from '../../test/small-panel.js';
import { UsageError, type CommandContext } from '../command.js';
import { SHIPPED } from '../line.js';
import { report } from './report.js';

const context: CommandContext = { progress() {}, say() {}, signal: new AbortController().signal };
const numbers = Array.from({ length: 100 }, (_, store) => store);
const held = numbers.find((store) => !isTestStore(store) && foldOf(store) === HELD_FOLD) ?? NaN;
const grown = numbers.find((store) => !isTestStore(store) && foldOf(store) !== HELD_FOLD) ?? NaN;

let folder: string;
let panel: string;
const values = { model: SHIPPED.filterModel, split: 'held', 'from-day': '4' };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'report-'));
  panel = join(folder, 'panel.parquet');
  const stores = [held, grown].toSorted((left, right) => left - right);
  await writeFile(panel, await smallPanel(stores, [10, 200], 8));
});
afterAll(() => rm(folder, { recursive: true }));

it('writes the page and its pictures', async () => {
  const out = join(folder, 'made', 'page');
  const summary = await report.run({ positionals: [panel], values: { ...values, out } }, context);
  expect(summary).toMatchObject({ command: 'report', ok: true, split: 'held' });
  expect((await readdir(out)).sort()).toEqual([
    'calibration.svg',
    'delay.svg',
    'precision-recall.svg',
    'report.md',
    'velocity.svg',
  ]);
  const page = await readFile(join(out, 'report.md'), 'utf8');
  // Of four days two are out from 15 to 21 h.
  expect(page).toContain(
    '2 shelves of 1 stores, days 4 to 7, hours 06 to 21; 21.9 % of the hours out of stock',
  );
  expect(page).not.toContain('Where stock is recorded');
});

it('shows what the ledger bench wrote, and refuses what it did not', async () => {
  const ledger = join(folder, 'ledger.json');
  const result = {
    ...{ shelf_hours: 10, prevalence: 0.1, denied_by_record: 0.8, ap: 0.8765, ap_phantom: 0.8 },
    ...{ ap_zero_run_rule: 0.5, hours_at_precision_80: null, more: 'of it' },
    signals: { precision: 0.7, false_alarms_per_shelf_week: 0.2, raised: 4 },
  };
  await writeFile(ledger, JSON.stringify(result));
  const out = join(folder, 'with-ledger');
  await report.run({ positionals: [panel], values: { ...values, out, ledger } }, context);
  expect(await readFile(join(out, 'report.md'), 'utf8')).toContain('| average precision | 0.876 |');

  await writeFile(ledger, '{"ap": "high"}');
  const refused = report.run({ positionals: [panel], values: { ...values, out, ledger } }, context);
  await expect(refused).rejects.toThrow(UsageError);
  await expect(refused).rejects.toThrow('--ledger');
});

it.each([
  [{ split: 'all' }, '--split'],
  [{ 'from-day': '8' }, '--from-day'],
  [{ 'from-day': 'late' }, '--from-day'],
  [{ split: 'test' }, 'no store of the split test'],
  [{ out: '' }, '--out'],
  [{ ledger: '/nowhere.json' }, '--ledger'],
])('refuses %p and names %s', async (wrong, named) => {
  const out = join(folder, 'never');
  const refused = report.run({ positionals: [panel], values: { ...values, out, ...wrong } }, context);
  await expect(refused).rejects.toThrow(UsageError);
  await expect(refused).rejects.toThrow(named);
});

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Labels, parseModel, type Belief } from '@gondola/detect';
import { countedLake } from '../test/counted-lake.js';
import { believe } from './believe.js';
import type { CommandContext } from './command.js';
import { models } from './commands/models.js';
import { train } from './commands/train.js';
import { SHIPPED } from './line.js';
import { readModel } from './read-model.js';
import { silverDays } from './silver-days.js';
import { readLabels } from './silver-labels.js';

const SHOPS = { stores: 24, items: 8, days: 16 };
/** Silver is read several times over. */
const PASSES_MS_MAX = 900_000;
const LOOKS = SHOPS.stores * SHOPS.items * SHOPS.days;
const ALL = { from: null, to: null };

const own = fileURLToPath(new URL('../../trainer/.venv/bin/python', import.meta.url));
const python = process.env.GONDOLA_TRAINER_PYTHON ?? (existsSync(own) ? own : null);
const grown = python === null ? it.skip : it;

const said: string[] = [];
const context: CommandContext = {
  progress() {},
  say: (text) => said.push(text),
  signal: new AbortController().signal,
};

let lake: Awaited<ReturnType<typeof countedLake>>;
beforeAll(async () => {
  lake = await countedLake(SHOPS);
}, PASSES_MS_MAX);
afterAll(() => lake.remove());
beforeEach(() => said.splice(0));

const deps = () => ({ store: lake.store, environment: 'dev', registry: lake.registry });
const run = (values: Record<string, string | boolean>) => {
  const defaults = { environment: 'dev', labels: 'counts', 'time-zone': 'UTC', version: 'own', python: '' };
  return train.run({ positionals: [], values: { ...defaults, lake: lake.lake, ...values } }, context);
};
const onModels = (...positionals: string[]) =>
  models.run({ positionals, values: { lake: lake.lake, environment: 'dev', 'time-zone': 'UTC' } }, context);

it(
  'reads silver in the order of event time, late records in their own place',
  async () => {
    let [rows, lastMs] = [0, -Infinity];
    const dates: string[] = [];
    for await (const { date, parts } of silverDays(deps(), ALL)) {
      dates.push(date);
      for (const part of parts) {
        if (part.kind !== 'events') continue;
        rows += part.events.rows;
        for (const atMs of part.events.eventTimeMs) {
          expect(atMs).toBeGreaterThanOrEqual(lastMs);
          lastMs = atMs;
        }
      }
    }
    expect(dates).toEqual([...dates].sort());
    expect(rows).toBeGreaterThan(10 * LOOKS);
    const some: string[] = [];
    for await (const { date } of silverDays(deps(), { from: '2026-09-10', to: '2026-09-11' }))
      some.push(date);
    expect(some).toEqual(['2026-09-07', '2026-09-10', '2026-09-11']);
  },
  PASSES_MS_MAX,
);

it(
  'tells what was believed in the hour before each look, in the shops own time',
  async () => {
    const labels = await readLabels(deps(), { days: ALL, sources: ['counts'] });
    expect(labels).toHaveLength(LOOKS);
    const beliefs: Belief[] = [];
    const options = {
      days: ALL,
      timeZone: 'UTC',
      hidesRecords: true,
      signal: context.signal,
      model: readModel(SHIPPED.filterModel),
    };
    await believe({
      ...deps(),
      ...options,
      labels: new Labels(labels),
      onBelief: (belief) => beliefs.push(belief),
    });
    expect(beliefs.length).toBeGreaterThan(0.95 * LOOKS);
    for (const { label, hour } of beliefs)
      expect(hour).toBe(new Date(label.atMs - 6 * 3_600_000).getUTCHours());
    const meanOf = (isOut: boolean) => {
      const some = beliefs.filter(({ label }) => label.isOut === isOut);
      return some.reduce((sum, { probability }) => sum + probability, 0) / some.length;
    };
    expect(meanOf(true)).toBeGreaterThan(3 * meanOf(false));
  },
  PASSES_MS_MAX,
);

it(
  'takes checks by lot for the many shelves that were not drawn',
  async () => {
    const labels = await readLabels(deps(), { days: ALL, sources: ['verdicts'] });
    expect(labels).toHaveLength(4 * SHOPS.stores);
    for (const { source, weight } of labels) expect([source, weight]).toEqual(['check', 100]);
    expect(labels.some(({ isOut }) => isOut) && labels.some(({ isOut }) => !isOut)).toBe(true);
    const days = { from: '2026-09-08', to: '2026-09-08' };
    const some = await readLabels(deps(), { days, sources: ['verdicts', 'counts'] });
    expect(some.filter(({ source }) => source === 'check')).toHaveLength(SHOPS.stores);
  },
  PASSES_MS_MAX,
);

it(
  'trains the filter of a lake: its hours, its shelves, its parent and what it is worth',
  async () => {
    const out = join(lake.folder, 'filter.json');
    const summary = await run({ out, 'filter-only': true, base: SHIPPED.filterModel });
    const model = parseModel(readFileSync(out, 'utf8'));
    expect(summary).toMatchObject({
      ok: true,
      hash: model.hash,
      labels: LOOKS,
      sources: ['count'],
      hasTrees: false,
    });
    const { file } = model;
    expect(file.parent).toBe(readModel(SHIPPED.filterModel).hash);
    expect(file.data).toMatchObject({
      from: '2026-09-07',
      to: '2026-09-23',
      labels: LOOKS,
      sources: ['count'],
    });
    expect(file.metrics?.rows).toBeGreaterThan(0.15 * LOOKS);
    expect(file.metrics?.ap).toBeGreaterThan(0.6);
    // Nothing sells between 22 and 7 where the shops are.
    expect(file.profile.global[12]).toBeGreaterThan(4 * file.profile.global[3]);
    expect(Object.keys(file.profile.by_category)).toEqual(['g0', 'g1', 'g2']);
    const [own, base] = [summary['measures'], summary['baseMeasures']] as { brier: number }[];
    expect(own.brier).toBeLessThan(base.brier);
    await run({ out: join(lake.folder, 'again.json'), 'filter-only': true, base: SHIPPED.filterModel });
    expect(parseModel(readFileSync(join(lake.folder, 'again.json'), 'utf8')).hash).toBe(model.hash);
  },
  PASSES_MS_MAX,
);

grown(
  'refuses to grow trees on few labels, and says what to do',
  async () => {
    const few = run({
      out: join(lake.folder, 'few.json'),
      dates: '2026-09-07..2026-09-09',
      python: python ?? '',
    });
    await expect(few).rejects.toMatchObject({ code: 'input_invalid' });
    await expect(few).rejects.toThrow(/labels, \d+ of them out of stock: trees need 2000.*--filter-only/);
    expect(existsSync(join(lake.folder, 'few.json'))).toBe(false);
  },
  PASSES_MS_MAX,
);

it(
  'says so when a lake has no such days',
  async () => {
    const none = run({ out: join(lake.folder, 'none.json'), dates: '2020-01-01', 'filter-only': true });
    await expect(none).rejects.toThrow('no events of these days');
  },
  PASSES_MS_MAX,
);

it(
  'runs two models over the same looks and says which is better',
  async () => {
    const out = join(lake.folder, 'challenger.json');
    const { hash } = await run({ out, 'filter-only': true, base: SHIPPED.filterModel });
    await onModels('add', out);
    await onModels('add', SHIPPED.filterModel);
    await onModels('promote', readModel(SHIPPED.filterModel).hash.slice(0, 10));
    await onModels('challenge', String(hash).slice(0, 10));
    const compared = await models.run(
      {
        positionals: ['compare'],
        values: {
          ...{ lake: lake.lake, environment: 'dev', labels: 'counts', 'time-zone': 'UTC' },
          'without-records': true,
        },
      },
      context,
    );
    expect(compared).toMatchObject({ ok: true, verdict: 'better', challengerHash: hash });
    expect(said.join('\n')).toContain('of these days the challenger was made');
    expect(await onModels('compare')).toMatchObject({ looks: 0, verdict: 'too_few_looks' });
    expect(await onModels('promote', String(hash).slice(0, 10))).toMatchObject({
      champion: hash,
      challenger: null,
    });
    const { decisions } = (await onModels('list')) as { decisions?: unknown[] };
    expect(decisions).toHaveLength(3);
  },
  PASSES_MS_MAX,
);

grown(
  `grows trees on the looks of a lake (needs ${own} or GONDOLA_TRAINER_PYTHON)`,
  async () => {
    const out = join(lake.folder, 'trees.json');
    const summary = await run({ out, python: python ?? '' });
    const model = parseModel(readFileSync(out, 'utf8'));
    expect(model.trees).not.toBeNull();
    expect(model.file.parent).toBe(readModel(SHIPPED.model).hash);
    expect(summary).toMatchObject({ hasTrees: true, hash: model.hash });
    expect(model.file.metrics?.ap).toBeGreaterThan(0.6);
  },
  PASSES_MS_MAX,
);

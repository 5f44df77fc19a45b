import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  COMING_FEATURES,
  FEATURES,
  fitModel,
  growingModel,
  isOutWithin,
  outOf,
  parseModel,
  plainHazardOf,
  scorePanel,
} from '@gondola/detect';
import type { Panel } from '@gondola/events';
import { createRandom, SetupError } from '@gondola/stream';
import { writeRows } from './rows-file.js';
import { trainComing } from './train-coming.js';
import { trainTrees } from './train-trees.js';
import { findPython } from './trainer.js';

const DAYS = 30;
const STORES = 40;
const SKUS = 8;
const GROW_MS_MAX = 900_000;

/** Shelves that sell about 2 an open hour and are out from some hour on every third day: with labels that say so. */
function labelledPanel(): Panel {
  const series = STORES * SKUS;
  const units = new Uint16Array(series * DAYS * 24);
  const outMask = new Int32Array(series * DAYS);
  const random = createRandom(3);
  for (let s = 0; s < series; s++) {
    for (let day = 0; day < DAYS; day++) {
      const outFrom = (day + s) % 3 === 0 ? 11 + (s % 7) : 24;
      for (let hour = 0; hour < 24; hour++) {
        if (hour >= outFrom) outMask[s * DAYS + day] |= 1 << hour;
        const open = hour >= 6 && hour < 22 && hour < outFrom;
        units[(s * DAYS + day) * 24 + hour] = open ? random.below(5) : 0;
      }
    }
  }
  const index = Array.from({ length: series }, (_, s) => s);
  return {
    ...{ series, days: DAYS, dayZeroMs: Date.UTC(2024, 2, 28), units, outMask },
    store: Int32Array.from(index, (s) => Math.floor(s / SKUS)),
    sku: Int32Array.from(index, (s) => s % SKUS),
    city: Int32Array.from(index, (s) => Math.floor(s / SKUS) % 2),
    category: Int32Array.from(index, (s) => s % 2),
  };
}

const fittedOn = { dataset: 'made up', licence: 'none', attribution: 'none', command: 'test' };
const panel = labelledPanel();
const filter = fitModel(panel, { version: 'test', days: DAYS, fittedOn });
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'gondola-trees-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

it('writes rows that Python reads as they stand', () => {
  const model = growingModel(filter, plainHazardOf(panel, DAYS), null);
  const options = { model, days: DAYS, firstDay: 20, share: 0.5, heldShare: 1 };
  const rows = writeRows(folder, panel, options);
  const header = JSON.parse(readFileSync(join(folder, 'header.json'), 'utf8')) as Record<string, unknown>;
  expect(header).toEqual({ format: 1, features: [...FEATURES], rows });
  expect(rows).toBeGreaterThan(0);
  expect(readFileSync(join(folder, 'rows.f32'))).toHaveLength(rows * FEATURES.length * 4);
  const labels = readFileSync(join(folder, 'labels.u8'));
  expect(labels).toHaveLength(rows);
  expect(new Set(labels)).toEqual(new Set([0, 1]));
  expect(readFileSync(join(folder, 'folds.u8')).every((fold) => fold <= 2)).toBe(true);
  expect(writeRows(folder, panel, options)).toBe(rows);
  // Of what is coming: shelves in stock alone, a bit for each horizon, and what is out within 3 h is within 6.
  const coming = writeRows(folder, panel, { ...options, coming: { statusKnown: true, hours: [3, 6] } });
  expect(coming).toBeLessThan(rows);
  expect(new Set(readFileSync(join(folder, 'labels.u8')))).toEqual(new Set([0, 2, 3]));
  expect(readFileSync(join(folder, 'rows.f32'))).toHaveLength(coming * COMING_FEATURES.length * 4);
});

it('says what to do when there is no Python with LightGBM', async () => {
  await expect(findPython('/no/such/python')).rejects.toThrow(SetupError);
  await expect(findPython('/no/such/python')).rejects.toThrow('pip install -r apps/trainer/requirements.txt');
});

it('says so when no store can be held out', async () => {
  const few = { ...panel, store: panel.store.map((store) => store % 2) };
  const options = { python: '', days: DAYS, share: 1, heldShare: 1, signal: new AbortController().signal };
  await expect(trainTrees(filter, few, { ...options, onStep: () => {} })).rejects.toThrow('--filter-only');
});

const own = fileURLToPath(new URL('../../trainer/.venv/bin/python', import.meta.url));
const python = process.env.GONDOLA_TRAINER_PYTHON ?? (existsSync(own) ? own : null);
const grown = python === null ? it.skip : it;

grown(
  'grows trees that beat their filter on the same stores, and come back from the file as they were',
  async () => {
    const steps: string[] = [];
    const signal = new AbortController().signal;
    const options = { python: python ?? '', days: DAYS, share: 1, heldShare: 1, signal };
    const model = await trainTrees(filter, panel, { ...options, onStep: (step) => steps.push(step) });
    expect(steps.length).toBeGreaterThanOrEqual(5);
    const again = parseModel(JSON.stringify(model.file));
    const scores = scorePanel(panel, model, { firstDay: 20 });
    expect(scorePanel(panel, again, { firstDay: 20 })).toEqual(scores);
    expect(lossOf(scores)).toBeLessThan(lossOf(scorePanel(panel, filter, { firstDay: 20 })));

    const coming = await trainComing(model, panel, { ...options, onStep: () => {} });
    expect(scorePanel(panel, coming, { firstDay: 20 })).toEqual(scores);
    const read = parseModel(JSON.stringify(coming.file));
    const said = (statusKnown: boolean) =>
      comingLoss(scorePanel(panel, read, { firstDay: 20, coming: { hours: 3, statusKnown } }));
    // Shelves run out on every third day at an hour of their own: who knows when they did knows when they will.
    expect(said(true).loss).toBeLessThan(0.7 * said(true).variance);
    expect(said(false).loss).toBeLessThan(said(false).variance);
  },
  GROW_MS_MAX,
);

if (python === null) {
  it.skip(`needs ${own} or GONDOLA_TRAINER_PYTHON`, () => {});
}

/** Mean squared difference between probability and stock status. */
function lossOf(scores: ReturnType<typeof scorePanel>): number {
  let sum = 0;
  let count = 0;
  for (const { store, skus, firstDay, days, probability } of scores) {
    for (let at = 0; at < probability.length; at++) {
      const [row, rest] = [Math.floor(at / (days * 16)), at % (days * 16)];
      const day = firstDay + Math.floor(rest / 16);
      const out = ((panel.outMask?.[(store * skus.length + row) * DAYS + day] ?? 0) >> (6 + (rest % 16))) & 1;
      sum += (probability[at] - out) ** 2;
      count++;
    }
  }
  return sum / count;
}

/** Mean squared difference between P(out within 3 h) and what came of it, and that of a constant, of shelves in stock. */
function comingLoss(scores: ReturnType<typeof scorePanel>): { loss: number; variance: number } {
  const isOut = outOf(panel);
  let [loss, came, count] = [0, 0, 0];
  for (const { store, skus, firstDay, days, probability } of scores) {
    for (let at = 0; at < probability.length; at++) {
      const [series, rest] = [store * skus.length + Math.floor(at / (days * 16)), at % (days * 16)];
      const hour = (firstDay + Math.floor(rest / 16)) * 24 + 6 + (rest % 16);
      if (isOut(series, hour) || hour + 3 >= DAYS * 24) continue;
      const out = Number(isOutWithin(isOut, series, hour, 3));
      loss += (probability[at] - out) ** 2;
      came += out;
      count++;
    }
  }
  return { loss: loss / count, variance: (came / count) * (1 - came / count) };
}

import type { Panel } from '@gondola/events';
import { crc32 } from 'node:zlib';
import { fitModel, isTestStore } from './fit.js';
import { scorePanel } from './panel.js';

const DAYS = 35;
const STORES = 8;
const SKUS = 3;

/** Shelves that sell about 2 an open hour and are out from 15 h on every third day: with labels that say so. */
function labelledPanel(): Panel {
  const series = STORES * SKUS;
  const units = new Uint16Array(series * DAYS * 24);
  const outMask = new Int32Array(series * DAYS);
  let seed = 7;
  const random = () => (seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff) / 0x7fffffff;
  for (let s = 0; s < series; s++) {
    for (let day = 0; day < DAYS; day++) {
      const outFrom = (day + s) % 3 === 0 ? 15 : 24;
      for (let hour = 0; hour < 24; hour++) {
        if (hour >= outFrom) outMask[s * DAYS + day] |= 1 << hour;
        const open = hour >= 6 && hour < 22 && hour < outFrom;
        units[(s * DAYS + day) * 24 + hour] = open ? Math.floor(random() * 5) : 0;
      }
    }
  }
  const index = Array.from({ length: series }, (_, s) => s);
  return {
    series,
    days: DAYS,
    dayZeroMs: Date.UTC(2024, 2, 28),
    store: Int32Array.from(index, (s) => Math.floor(s / SKUS)),
    sku: Int32Array.from(index, (s) => s % SKUS),
    city: new Int32Array(series),
    category: Int32Array.from(index, (s) => s % 2),
    units,
    outMask,
  };
}

const options = {
  version: 'test',
  days: 34,
  fittedOn: { dataset: 'made up', licence: 'none', attribution: 'none', command: 'test' },
};

it('holds a quarter of the stores out, by the checksum that the score uses', () => {
  const held = Array.from({ length: 1000 }, (_, store) => store).filter(isTestStore);
  expect(held.length).toBeGreaterThan(200);
  expect(held.length).toBeLessThan(300);
  expect(held.every((store) => crc32(Buffer.from(`test:${store}`)) % 4 === 0)).toBe(true);
});

it('learns what the panel was made of and tells empty hours from full ones', () => {
  const panel = labelledPanel();
  const model = fitModel(panel, options);
  const { file } = model;
  expect(file.profile.global[12]).toBeGreaterThan(1);
  expect(file.restock[23]).toBeCloseTo(1, 9);
  expect(file.fitted_on).toMatchObject({
    days: '0-33',
    stores: 8 - [0, 1, 2, 3, 4, 5, 6, 7].filter(isTestStore).length,
  });
  let inStock = 0;
  let out = 0;
  for (const { probability, skus, store, days } of scorePanel(panel, model, { firstDay: 28 })) {
    for (let row = 0; row < skus.length; row++) {
      for (let day = 0; day < days; day++) {
        const at18 = probability[(row * days + day) * 16 + 12];
        if ((28 + day + store * SKUS + row) % 3 === 0) out = out === 0 ? at18 : Math.min(out, at18);
        else inStock += at18 / (STORES * SKUS * days);
      }
    }
  }
  expect(out).toBeGreaterThan(inStock);
});

it('never looks at the labels of test stores, nor at days after the last it may learn from', () => {
  const panel = labelledPanel();
  const spoiled = { ...panel, outMask: Int32Array.from(panel.outMask ?? []), units: panel.units.slice() };
  for (let s = 0; s < panel.series; s++) {
    for (let day = 0; day < DAYS; day++) {
      if (isTestStore(panel.store[s]) || day >= options.days) spoiled.outMask[s * DAYS + day] ^= 0xffffff;
      if (day >= options.days) spoiled.units.fill(9, (s * DAYS + day) * 24, (s * DAYS + day + 1) * 24);
    }
  }
  expect([...panel.store].some(isTestStore)).toBe(true);
  expect(fitModel(spoiled, options).file).toEqual(fitModel(panel, options).file);
});

it.each([
  ['labels are missing', { ...labelledPanel(), outMask: null }, options, 'no out_mask'],
  ['days are too few', labelledPanel(), { ...options, days: 20 }, '29 to 35 days'],
  ['days are more than there are', labelledPanel(), { ...options, days: 36 }, '29 to 35 days'],
])('says so when %s', (_, panel, given, message) => {
  expect(() => fitModel(panel, given)).toThrow(message);
});

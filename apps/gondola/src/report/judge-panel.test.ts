import { readFileSync } from 'node:fs';
import { foldOf, HELD_FOLD, isTestStore, parseModel, SCORED_HOURS } from '@gondola/detect';
import type { Panel } from '@gondola/events';
import { SHIPPED } from '../line.js';
import { judgePanel } from './judge-panel.js';

const numbers = Array.from({ length: 200 }, (_, store) => store);
const held = numbers.find((store) => !isTestStore(store) && foldOf(store) === HELD_FOLD) ?? NaN;
const grown = numbers.find((store) => !isTestStore(store) && foldOf(store) !== HELD_FOLD) ?? NaN;
const test = numbers.find((store) => isTestStore(store)) ?? NaN;
const model = parseModel(readFileSync(SHIPPED.filterModel, 'utf8'));
const DAYS = 3;

/** One item a store. It sells 2 units at 10 h of each day, is out from 12 h to 15 h on the last one. */
function panelOf(stores: readonly number[]): Panel {
  const units = new Uint16Array(stores.length * DAYS * 24);
  for (let day = 0; day < stores.length * DAYS; day++) units[day * 24 + 10] = 2;
  const zeros = () => new Int32Array(stores.length);
  const [series, days, dayZeroMs, outMask] = [stores.length, DAYS, 0, new Int32Array(stores.length * DAYS)];
  stores.forEach((_, at) => (outMask[at * DAYS + 2] = 0b1111 << 12));
  return {
    series,
    days,
    dayZeroMs,
    store: Int32Array.from(stores),
    sku: zeros(),
    city: zeros(),
    category: zeros(),
    units,
    outMask,
  };
}

it('judges the scored hours of the stores of its split alone', () => {
  const panel = panelOf([held, grown, test].toSorted((left, right) => left - right));
  const judged = judgePanel(panel, model, { split: 'held', fromDay: 1 });
  expect([judged.stores, judged.shelves, judged.days]).toEqual([1, 1, 2]);
  expect([...judged.velocity]).toEqual([2]);
  const lastDay = [...judged.out.subarray(SCORED_HOURS)];
  // From 06 h: 12 to 15 h are the seventh to the tenth hour.
  expect(lastDay).toEqual([0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0]);
  expect([...judged.out.subarray(0, SCORED_HOURS)].every((out) => out === 0)).toBe(true);
  // At 06 h of the second day 20 hours went by since the sale at 10 h; at 10 h it sells.
  const rule = [...judged.rule.subarray(0, 6)].map((value) => Number(value.toFixed(4)));
  expect(rule).toEqual(
    [20 / 26, 21 / 27, 22 / 28, 23 / 29, 0, 1 / 7].map((value) => Number(value.toFixed(4))),
  );
  // A model without trees is its filter.
  expect([...judged.filter]).toEqual([...judged.model]);
  expect(judgePanel(panel, model, { split: 'test', fromDay: 1 }).stores).toBe(1);
});

it('wants labels', () => {
  const panel = { ...panelOf([held]), outMask: null };
  expect(() => judgePanel(panel, model, { split: 'held', fromDay: 1 })).toThrow('out_mask');
});

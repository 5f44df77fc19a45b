import type { Panel } from '@gondola/events';
import fc from 'fast-check';
import { comingModel } from '../test/support.js';
import { COMING_FEATURES, ROW_WIDTH } from './status-features.js';
import { firstHourOf, hourOf, hoursOf } from './status.js';
import { runPanel, scorePanel, storesOf } from './panel.js';

const DAYS = 9;
const HOURS = DAYS * 24;
const OPEN = 6;
const OPEN_HOURS = 16;
/** Three stores with the same two items, two of them in one city. */
const SERIES = 6;

/** Runs of out hours and of units sold, as random as they come. */
const panels = fc
  .record({
    out: fc.array(fc.tuple(fc.integer({ min: 1, max: 40 }), fc.boolean()), { minLength: 60, maxLength: 60 }),
    units: fc.array(fc.integer({ min: -4, max: 3 }), {
      minLength: SERIES * HOURS,
      maxLength: SERIES * HOURS,
    }),
  })
  .map(({ out, units }) => {
    const outMask = new Int32Array(SERIES * DAYS);
    const isOut = out.flatMap(([hours, state]) => new Array<boolean>(hours).fill(state));
    for (let at = 0; at < SERIES * HOURS; at++) {
      if (isOut[at % isOut.length]) outMask[Math.floor(at / 24)] |= 1 << (at % 24);
    }
    return panelOf(outMask, units);
  });

function panelOf(outMask: Int32Array, units: readonly number[]): Panel {
  const index = Array.from({ length: SERIES }, (_, series) => series);
  return {
    ...{ series: SERIES, days: DAYS, dayZeroMs: Date.UTC(2024, 2, 28), outMask },
    units: Uint16Array.from(units, (sold) => Math.max(0, sold)),
    store: Int32Array.from(index, (series) => Math.floor(series / 2)),
    sku: Int32Array.from(index, (series) => series % 2),
    city: Int32Array.from(index, (series) => Math.min(1, Math.floor(series / 4))),
    category: new Int32Array(SERIES),
  };
}

/** What the trees are shown of a panel whose status is known: `series hour` -> feature -> value. */
function shown(panel: Panel): Map<string, (name: (typeof COMING_FEATURES)[number]) => number> {
  const rows = new Map<string, (name: (typeof COMING_FEATURES)[number]) => number>();
  runPanel(panel, storesOf(panel), {
    model: comingModel,
    days: DAYS,
    statusKnown: true,
    onTick({ first }, day, hour, { trees, count }) {
      for (let row = 0; trees && row < count; row++) {
        const values = trees.features.slice(row * ROW_WIDTH, (row + 1) * ROW_WIDTH);
        rows.set(`${first + row} ${day * 24 + hour}`, (name) => values[COMING_FEATURES.indexOf(name)]);
      }
    },
  });
  return rows;
}

/** Whether a series was out in an hour of the panel. */
const outAt = ({ outMask }: Panel, series: number, hour: number): number =>
  hour < 0 ? 0 : ((outMask?.[series * DAYS + Math.floor(hour / 24)] ?? 0) >> (hour % 24)) & 1;

/** Open hours of a day as a text of 0 and 1. */
const openHours = (panel: Panel, series: number, day: number): string =>
  Array.from({ length: OPEN_HOURS }, (_, place) => outAt(panel, series, day * 24 + OPEN + place)).join('');

it('counts the open hours in which a shelf was out', () => {
  const texts = fc
    .array(fc.constantFrom('0', '1'), { minLength: OPEN_HOURS, maxLength: OPEN_HOURS })
    .map((bits) => bits.join(''));
  fc.assert(
    fc.property(texts, fc.nat(40), (text, place) => {
      const mask = [...text].reduce((sum, bit, at) => sum | (Number(bit) << at), 0);
      expect(hoursOf(mask)).toBe(text.replaceAll('0', '').length);
      expect(firstHourOf(mask)).toBe(text.includes('1') ? text.indexOf('1') : OPEN_HOURS);
      expect(hourOf(mask, place)).toBe(Number(text[Math.min(OPEN_HOURS - 1, place)]));
    }),
  );
});

it('shows the trees when a shelf was out and what it sold since, as the panel has it', () => {
  fc.assert(
    fc.property(
      panels,
      fc.nat(SERIES - 1),
      fc.integer({ min: 7, max: DAYS - 1 }),
      fc.nat(15),
      (panel, series, day, place) => {
        const hour = day * 24 + OPEN + place;
        const of = shown(panel).get(`${series} ${hour}`);
        // A tick of a store that sells nothing for long is blind and shows nothing.
        if (!of) return;
        let last = hour;
        while (last >= 0 && outAt(panel, series, last) === 0) last--;
        if (last >= 0) {
          const sold = panel.units.slice(series * HOURS + last + 1, series * HOURS + hour + 1);
          expect(of('sold_since_out')).toBe(sold.reduce((sum, units) => sum + units, 0));
          expect(of('hours_since_out')).toBe(hour - last);
        }
        const week = Array.from({ length: 6 }, (_, back) => openHours(panel, series, day - 1 - back));
        const ahead = (hours: number) =>
          week.filter((text) => text[Math.min(15, place + hours)] === '1').length;
        expect([of('out_ahead_1'), of('out_ahead_3'), of('out_ahead_6')]).toEqual([
          ahead(1),
          ahead(3),
          ahead(6),
        ]);
        expect(of('out_week')).toBe(week.join('').replaceAll('0', '').length);
        expect(of('out_spells')).toBe(week.reduce((sum, text) => sum + (text.match(/1+/g)?.length ?? 0), 0));
        const first = week[0].indexOf('1');
        expect(of('first_out_yesterday')).toBe(first < 0 ? OPEN_HOURS : first);
        const today = openHours(panel, series, day).slice(0, place + 1);
        expect(of('out_today')).toBe(today.replaceAll('0', '').length);
      },
    ),
    { numRuns: 30 },
  );
});

it('shows of other stores what they were an hour ago', () => {
  const outMask = new Int32Array(SERIES * DAYS);
  // Item 0 is out all of the last day in store 1, which is in the city of store 0; in store 2, elsewhere, it is not.
  outMask[2 * DAYS + DAYS - 1] = 0xffffff;
  const rows = shown(panelOf(outMask, new Array<number>(SERIES * HOURS).fill(1)));
  const noon = (DAYS - 1) * 24 + 12;
  const of = (series: number, name: 'city_status' | 'every_status' | 'store_status', hour = noon) =>
    rows.get(`${series} ${hour}`)?.(name);
  expect([of(0, 'city_status'), of(2, 'city_status'), of(4, 'city_status')]).toEqual([1, 0, NaN]);
  expect([of(0, 'every_status'), of(2, 'every_status'), of(4, 'every_status')]).toEqual([0.5, 0, 0.5]);
  expect([of(0, 'store_status'), of(2, 'store_status')]).toEqual([0, 0.5]);
  expect(of(0, 'city_status', noon - 24)).toBe(0);
});

it('says what is coming of shelves in stock alone, and from no status of later hours', () => {
  fc.assert(
    fc.property(panels, fc.integer({ min: 1, max: DAYS - 1 }), (panel, day) => {
      const coming = { hours: 6, statusKnown: true };
      const before = scorePanel(panel, comingModel, { coming });
      const outMask = panel.outMask?.map((mask, at) => (at % DAYS >= day ? ~mask & 0xffffff : mask)) ?? null;
      const after = scorePanel({ ...panel, outMask }, comingModel, { coming });
      before.forEach(({ store, probability }, at) => {
        probability.forEach((p, place) => {
          const [series, open] = [store * 2 + Math.floor(place / (DAYS * 16)), place % (DAYS * 16)];
          const hour = Math.floor(open / 16) * 24 + OPEN + (open % 16);
          if (outAt(panel, series, hour) === 1) expect(p).toBeNaN();
          if (hour < day * 24) expect(after[at].probability[place]).toBe(p);
        });
      });
    }),
    { numRuns: 10 },
  );
});

import type { Panel } from '@gondola/events';
import fc from 'fast-check';
import { panelEvents, type PanelRecord } from './panel-events.js';

const DAY_ZERO_MS = Date.UTC(2024, 2, 28);
const HOUR_MS = 3_600_000;
const DAYS = 2;

/** Random panels of a few stores with up to five items each; the series in any order. */
const panels = fc
  .uniqueArray(fc.record({ store: fc.integer({ min: 1, max: 4 }), sku: fc.integer({ min: 10, max: 14 }) }), {
    selector: ({ store, sku }) => `${store} ${sku}`,
    minLength: 1,
    maxLength: 12,
  })
  .chain((pairs) => {
    const length = pairs.length * DAYS * 24;
    // Most hours sell nothing, a few sell a lot.
    const units = fc.array(
      fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.integer({ min: 0, max: 40 })),
      {
        minLength: length,
        maxLength: length,
      },
    );
    return units.map((hourly): Panel => panelOf(pairs, hourly));
  });

function panelOf(pairs: readonly { store: number; sku: number }[], hourly: readonly number[]): Panel {
  return {
    series: pairs.length,
    days: DAYS,
    dayZeroMs: DAY_ZERO_MS,
    store: Int32Array.from(pairs, ({ store }) => store),
    sku: Int32Array.from(pairs, ({ sku }) => sku),
    city: new Int32Array(pairs.length),
    category: Int32Array.from(pairs, ({ sku }) => sku % 3),
    units: Uint16Array.from(hourly),
    outMask: null,
  };
}

function unitsByCell(records: Iterable<PanelRecord>): Map<string, number> {
  const sums = new Map<string, number>();
  for (const { event } of records) {
    const hour = Math.floor((event.beginDateTime - DAY_ZERO_MS) / HOUR_MS);
    for (const line of event.lines) {
      const cell = `${event.retailStoreId} ${line.itemId} ${hour}`;
      sums.set(cell, (sums.get(cell) ?? 0) + line.quantity);
    }
  }
  return sums;
}

function panelCells(panel: Panel): Map<string, number> {
  const sums = new Map<string, number>();
  panel.units.forEach((units, index) => {
    const series = Math.floor(index / (DAYS * 24));
    if (units > 0) sums.set(`${panel.store[series]} ${panel.sku[series]} ${index % (DAYS * 24)}`, units);
  });
  return sums;
}

const sorted = (cells: Map<string, number>) => [...cells].sort(([left], [right]) => (left < right ? -1 : 1));

fc.configureGlobal({ numRuns: 30 });

describe('panelEvents', () => {
  it('sells exactly the units of every store, item and hour', () => {
    fc.assert(
      fc.property(panels, (panel) => {
        expect(sorted(unitsByCell(panelEvents(panel)))).toEqual(sorted(panelCells(panel)));
      }),
    );
  });

  it('goes by time, and numbers the transactions of a store and day without a gap', () => {
    fc.assert(
      fc.property(panels, (panel) => {
        const last = new Map<string, number>();
        const ids = new Set<string>();
        let lastMs = 0;
        for (const { event, timeMs, key } of panelEvents(panel)) {
          expect(timeMs).toBe(event.beginDateTime);
          expect(timeMs).toBeGreaterThanOrEqual(lastMs);
          lastMs = timeMs;
          expect(key).toBe(event.retailStoreId);
          expect(event.businessDayDate).toBe(Math.floor(timeMs / (24 * HOUR_MS)));
          const day = `${key} ${event.businessDayDate}`;
          expect(event.sequenceNumber).toBe((last.get(day) ?? 0) + 1);
          last.set(day, event.sequenceNumber);
          ids.add(event.eventId);
        }
        expect(ids.size).toBe([...last.values()].reduce((sum, count) => sum + count, 0));
      }),
    );
  });

  it('has at most one line per item in a basket, in scan order, with the category as the group', () => {
    fc.assert(
      fc.property(panels, (panel) => {
        for (const { event } of panelEvents(panel)) {
          const items = event.lines.map((line) => line.itemId);
          expect(items.length).toBeGreaterThan(0);
          expect(new Set(items).size).toBe(items.length);
          expect(event.lines.map((line) => line.lineSequence)).toEqual(items.map((_, index) => index + 1));
          expect(event.lines.map((line) => line.merchandiseGroup)).toEqual(
            items.map((item) => `${Number(item) % 3}`),
          );
        }
      }),
    );
  });

  it('gives a store the same transactions whichever stores and days are chosen and however the panel is ordered', () => {
    fc.assert(
      fc.property(panels, fc.integer({ min: 1, max: 4 }), (panel, store) => {
        const all = [...panelEvents(panel)];
        const ofStore = all.filter(({ key }) => key === String(store));
        expect([...panelEvents(panel, { stores: [store] })]).toEqual(ofStore);
        const secondDay = ofStore.filter(({ timeMs }) => timeMs >= DAY_ZERO_MS + 24 * HOUR_MS);
        expect([...panelEvents(panel, { stores: [store], firstDay: 1, lastDay: 1 })]).toEqual(secondDay);
        expect([...panelEvents(withoutFirstDay(panel), { stores: [store] })]).toEqual(secondDay);
        expect([...panelEvents(reversed(panel))]).toEqual(all);
      }),
    );
  });

  it('goes on where it stopped: skipping the first N gives the rest', () => {
    fc.assert(
      fc.property(panels, fc.nat(200), (panel, sent) => {
        const resumed = panelEvents(panel);
        for (let skipped = 0; skipped < sent; skipped++) resumed.next();
        expect([...resumed]).toEqual([...panelEvents(panel)].slice(sent));
      }),
    );
  });
});

/** As the file's reader gives it when only the second day is wanted. */
function withoutFirstDay(panel: Panel): Panel {
  const units = panel.units.filter((_, index) => index % (DAYS * 24) >= 24);
  return { ...panel, days: DAYS - 1, dayZeroMs: DAY_ZERO_MS + 24 * HOUR_MS, units };
}

function reversed(panel: Panel): Panel {
  const hours = DAYS * 24;
  const units = new Uint16Array(panel.units.length);
  for (let series = 0; series < panel.series; series++) {
    const from = panel.units.subarray(series * hours, (series + 1) * hours);
    units.set(from, (panel.series - 1 - series) * hours);
  }
  const turn = (column: Int32Array) => column.slice().reverse();
  return { ...panel, store: turn(panel.store), sku: turn(panel.sku), category: turn(panel.category), units };
}

import type { Signal } from '@gondola/events';
import { createRandom } from '@gondola/stream';
import fc from 'fast-check';
import { HOUR_MS, MONDAY_MS } from '../test/support.js';
import { binomialTail } from './binomial.js';
import { ItemFold } from './item-fold.js';

/** Forty stores of one warehouse and forty of another, in eight cities. */
const STORES = Array.from({ length: 80 }, (_, index) => ({
  storeId: `S${index}`,
  regions: [`DC ${index < 40 ? 12 : 13}`, `city ${index % 8}`],
}));
const ITEMS = Array.from({ length: 150 }, (_, index) => `i${index}`);

interface Change {
  readonly store: number;
  readonly item: string;
  readonly atMs: number;
  readonly isOut: boolean;
}

function signalOf({ store, item, atMs, isOut }: Change): Signal {
  return {
    ...{ signalId: `${store} ${item} ${atMs}`, episodeId: `${store} ${item}`, environment: 'test' },
    ...{ storeId: `S${store}`, itemId: item, kind: isOut ? 'out_of_stock' : 'recovered' },
    ...{ atMs, sinceMs: atMs - HOUR_MS, expectedAtMs: null, actByMs: null, probability: 0.9 },
    ...{
      onHandRecord: 0,
      onHandEstimate: 0,
      demandPerHour: 2,
      lostUnits: 2,
      lostUnitsLow: 1,
      lostUnitsHigh: 3,
    },
    ...{ lostSalesPerHour: isOut ? 100 : 0, lostSales: 100, lostSalesLow: 50, lostSalesHigh: 150 },
    ...{ valuePerMinute: 1, currency: 'COP', evidence: [], causes: [], soldLast24h: [], expectedLast24h: [] },
    arm: 'treated',
    modelVersion: 'test',
    receipt: null,
  };
}

/** Days of everyday stockouts: each shelf is out 2 % of the time, for half a day, by itself. */
function everyday(days: number): Change[] {
  const random = createRandom(3);
  const changes: Change[] = [];
  for (let store = 0; store < STORES.length; store++)
    for (const item of ITEMS)
      for (let day = 0; day < days; day++) {
        if (random.unit() >= 0.04) continue;
        const atMs = MONDAY_MS + Math.floor((day + random.unit()) * 24) * HOUR_MS;
        changes.push(
          { store, item, atMs, isOut: true },
          { store, item, atMs: atMs + 12 * HOUR_MS, isOut: false },
        );
      }
  return changes;
}

function fold(changes: readonly Change[], untilMs = Infinity) {
  const folder = new ItemFold();
  for (const { storeId, regions } of STORES) folder.place(storeId, regions);
  const inOrder = [...changes].sort((left, right) => left.atMs - right.atMs);
  for (const change of inOrder)
    if (change.atMs <= untilMs) folder.add(signalOf(change), change.isOut ? signalOf(change) : null);
  return folder;
}

const range = (count: number) => Array.from({ length: count }, (_, index) => index);
const briefly = (folder: ItemFold) =>
  folder.open().map(({ incident: { region, itemId, stores } }) => [region, itemId, stores]);

describe('an item that many stores are out of', () => {
  const usual = everyday(12);
  const cutMs = MONDAY_MS + 9 * 24 * HOUR_MS;
  /** Every store of DC 12 runs out of rice, within two days. */
  const shortage = range(40).map((store): Change => ({
    ...{ store, item: 'rice', isOut: true },
    atMs: cutMs + Math.floor((store * 48) / 40) * HOUR_MS,
  }));

  it('is nothing where everything runs out now and then', () => {
    for (const day of [3, 6, 9, 12]) expect(briefly(fold(usual, MONDAY_MS + day * 24 * HOUR_MS))).toEqual([]);
  });

  it('is one line for forty stores of one warehouse, with what they lose', () => {
    const folder = fold([...usual, ...shortage]);
    expect(briefly(folder)).toEqual([['DC 12', 'rice', 40]]);
    const [{ incident, members }] = folder.open();
    expect(incident).toMatchObject({
      lostSalesPerHour: 4000,
      currency: 'COP',
      state: 'open',
      sinceMs: cutMs - HOUR_MS,
    });
    expect(members.every((member) => folder.incidentOf(member) === incident.incidentId)).toBe(true);
    expect(folder.incidentOf(signalOf({ store: 70, item: 'rice', atMs: 0, isOut: true }))).toBeNull();
  });

  it('is found before all have run out, and stays one line under one id while it grows', () => {
    const ids = new Set<string>();
    for (let hour = 8; hour <= 48; hour += 8) {
      const open = fold([...usual, ...shortage], cutMs + hour * HOUR_MS).open();
      expect(open.length).toBeLessThanOrEqual(1);
      for (const { incident } of open) ids.add(incident.incidentId);
      if (hour >= 24) expect(open).toHaveLength(1);
    }
    expect(ids.size).toBe(1);
  });

  it('stays while a few come back, ends when most have, and says so', () => {
    const back = (count: number) =>
      range(count).map((store): Change => ({
        ...{ store, item: 'rice', isOut: false },
        atMs: cutMs + 60 * HOUR_MS,
      }));
    expect(briefly(fold([...usual, ...shortage, ...back(20)]))).toEqual([['DC 12', 'rice', 20]]);
    const ended = fold([...usual, ...shortage, ...back(30)]);
    expect(ended.open()).toEqual([]);
    expect(ended.takeClosed()).toMatchObject([{ kind: 'item_short', state: 'closed', region: 'DC 12' }]);
  });

  it('is no news when it sells out everywhere each weekend', () => {
    const weekends = [5, 12, 19].flatMap((day) =>
      range(80)
        .filter((store) => (store + day) % 2 === 0)
        .flatMap((store): Change[] => {
          const atMs = MONDAY_MS + (day * 24 + 15) * HOUR_MS;
          return [
            { store, item: 'charcoal', atMs, isOut: true },
            { store, item: 'charcoal', atMs: atMs + 40 * HOUR_MS, isOut: false },
          ];
        }),
    );
    // The first weekend is news.
    expect(
      briefly(fold([...usual, ...weekends.slice(0, 80)], MONDAY_MS + (5 * 24 + 20) * HOUR_MS)),
    ).toHaveLength(1);
    for (const day of [12, 19])
      expect(briefly(fold([...usual, ...weekends], MONDAY_MS + (day * 24 + 20) * HOUR_MS))).toEqual([]);
    // And a shortage of it is news again.
    const all = range(40).map((store): Change => ({
      ...{ store, item: 'charcoal', isOut: true },
      atMs: MONDAY_MS + (23 * 24 + (store % 24)) * HOUR_MS,
    }));
    expect(briefly(fold([...usual, ...weekends, ...all]))).toEqual([['DC 12', 'charcoal', 40]]);
  });
});

it('the tail of a binomial is what its terms sum to', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 30 }),
      fc.nat(30),
      fc.double({ min: 0.01, max: 0.99 }),
      (n, k, p) => {
        let sum = 0;
        for (let j = k; j <= n; j++) sum += choose(n, j) * p ** j * (1 - p) ** (n - j);
        expect(binomialTail(k, n, p)).toBeCloseTo(k > n ? 0 : sum, 9);
      },
    ),
  );
  expect(binomialTail(40, 40, 0.02)).toBeGreaterThan(0);
});

function choose(n: number, k: number): number {
  let value = 1;
  for (let j = 1; j <= k; j++) value *= (n - k + j) / j;
  return value;
}

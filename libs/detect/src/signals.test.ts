import type { Signal } from '@gondola/events';
import {
  eventsOf,
  HOUR_MS,
  kindsOf,
  MONDAY_MS,
  SHOP_ITEMS,
  shopSales,
  testModel,
  type EventRow,
} from '../test/support.js';
import { Engine } from './engine.js';
import { logit } from './equations.js';

const CALM_HOURS = 3 * 24;
/** Milk is gone from 10 h to 16 h of the fourth day; everything else sells on. */
const GONE_FROM = CALM_HOURS + 10;
const GONE_TO = CALM_HOURS + 16;
const gone = (item: string, hour: number) => item === 'milk' && hour >= GONE_FROM && hour < GONE_TO;
const at = (hour: number, minutes = 0) => MONDAY_MS + hour * HOUR_MS + minutes * 60_000;

function signalsOf(rows: readonly EventRow[], environment = 'test', config = {}): Signal[] {
  const engine = new Engine({ environment, model: testModel, config });
  const ordered = [...rows].sort((left, right) => left.at - right.at);
  return engine.apply(eventsOf(ordered));
}

const after = (signals: readonly Signal[], hour: number) => signals.filter(({ atMs }) => atMs >= at(hour));

describe('an item that stops selling while the shop goes on', () => {
  const signals = after(signalsOf(shopSales(CALM_HOURS + 20, gone)), CALM_HOURS).filter(
    (s) => s.kind !== 'coming',
  );
  const [raised, recovered] = signals.filter(({ itemId }) => itemId === 'milk').slice(-2);

  it('is silent, and recovered by its next sale, without waiting for the hour to end', () => {
    expect(raised.kind).toBe('silent');
    expect(recovered).toMatchObject({ kind: 'recovered', atMs: at(GONE_TO, 10) });
  });

  it('since its last sale, known at the end of an hour', () => {
    expect(raised.sinceMs).toBe(at(GONE_FROM - 1, 10));
    expect(raised.atMs % HOUR_MS).toBe(0);
    expect(raised.atMs).toBeGreaterThan(at(GONE_FROM));
    expect(raised.probability).toBeGreaterThanOrEqual(0.6);
  });

  it('with what was sold and expected, and what was lost', () => {
    const hoursEmpty = (raised.atMs - at(GONE_FROM)) / HOUR_MS;
    expect(raised.soldLast24h.slice(-hoursEmpty)).toEqual(new Array(hoursEmpty).fill(0));
    expect(raised.soldLast24h.at(-hoursEmpty - 1)).toBe(3);
    expect(raised.expectedLast24h.at(-1)).toBeCloseTo(raised.demandPerHour, 1);
    expect(raised.lostUnits).toBeGreaterThan(0);
    expect(raised.lostUnitsLow).toBeLessThan(raised.lostUnits);
    expect(raised.lostUnitsHigh).toBeGreaterThan(raised.lostUnits);
    expect(recovered.lostUnits).toBeGreaterThan(raised.lostUnits);
    expect(recovered.sinceMs).toBe(raised.sinceMs);
    expect(raised.lostSalesPerHour).toBeCloseTo(2 * raised.demandPerHour, 9);
    expect(raised).toMatchObject({
      currency: 'EUR',
      onHandRecord: null,
      expectedAtMs: null,
      modelVersion: 'test-1',
    });
  });

  it('as one episode', () => {
    expect(recovered.episodeId).toBe(raised.episodeId);
    expect(recovered.signalId).not.toBe(raised.signalId);
  });

  it('with evidence that adds up', () => {
    for (const { evidence, probability } of [raised, recovered]) {
      const total = evidence.reduce((sum, { weight }) => sum + weight, 0);
      expect(total).toBeCloseTo(logit(Math.min(0.9995, Math.max(1e-5, probability))), 9);
      const uncalibrated = evidence.find(({ name }) => name === 'calibration')?.facts['uncalibrated'] ?? NaN;
      const spoken = evidence
        .filter(({ name }) => name !== 'calibration')
        .reduce((s, { weight }) => s + weight, 0);
      expect(spoken).toBeCloseTo(logit(uncalibrated), 6);
    }
    expect(raised.evidence.find(({ name }) => name === 'zero_sales')?.weight).toBeGreaterThan(1);
    expect(recovered.evidence.find(({ name }) => name === 'sale')?.weight).toBeLessThan(-1);
  });

  it('under ids that a second run repeats and another environment does not', () => {
    const rows = shopSales(CALM_HOURS + 20, gone);
    expect(signalsOf(rows)).toEqual(signalsOf(rows));
    expect(raised.signalId).toMatch(/^[0-9a-f]{32}$/);
    const ids = new Set(signalsOf(rows).map(({ signalId }) => signalId));
    expect(signalsOf(rows, 'prod').filter(({ signalId }) => ids.has(signalId))).toEqual([]);
    expect(ids.size).toBe(signalsOf(rows).length);
  });
});

describe('a dead feed or a closed shop', () => {
  it('raises nothing, however long it lasts', () => {
    const engine = new Engine({ environment: 'test', model: testModel });
    engine.apply(eventsOf(shopSales(CALM_HOURS + 12)));
    const signals = engine.advance(at(CALM_HOURS + 12 + 48));
    expect(signals.filter(({ kind }) => kind !== 'recovered')).toEqual([]);
    expect(engine.counts.blindTicks).toBeGreaterThan(24);
  });

  it('raises nothing while another shop of its partition goes on', () => {
    const closed = shopSales(CALM_HOURS + 10);
    const open = shopSales(CALM_HOURS + 22).map((row) => ({ ...row, store: 's2' }));
    const signals = after(signalsOf([...closed, ...open]), CALM_HOURS + 10).filter(
      ({ storeId }) => storeId === 's1',
    );
    expect(signals.filter(({ kind }) => kind !== 'recovered')).toEqual([]);
  });

  it('does not unlearn demand', () => {
    const rows = shopSales(CALM_HOURS + 12);
    const later = shopSales(CALM_HOURS + 24 + 16).filter((row) => row.at >= at(CALM_HOURS + 24));
    const demandOf = (list: readonly EventRow[]) => {
      const engine = new Engine({ environment: 'test', model: testModel });
      engine.apply(eventsOf(list));
      const probe = engine.apply(eventsOf([{ at: at(CALM_HOURS + 24 + 17), effect: 'count', quantity: 0 }]));
      return probe.at(-1)?.demandPerHour ?? NaN;
    };
    const whole = demandOf([...shopSales(CALM_HOURS + 24 + 16)]);
    expect(Math.abs(demandOf([...rows, ...later]) / whole - 1)).toBeLessThan(0.1);
  });
});

describe('hysteresis', () => {
  it('one gap is one signal and one recovery, on every shelf of a long run', () => {
    const holes = (item: (typeof SHOP_ITEMS)[number], hour: number) =>
      hour > 48 && Math.floor(hour / 7) % 5 === SHOP_ITEMS.indexOf(item);
    const signals = signalsOf(shopSales(14 * 24, holes));
    const open = new Map<string, Signal>();
    for (const signal of signals) {
      const before = open.get(signal.itemId);
      if (signal.kind === 'recovered') {
        expect(before?.episodeId).toBe(signal.episodeId);
        const bySale = signal.evidence.some(({ name }) => name === 'sale');
        if (before?.kind !== 'coming' && !bySale) expect(signal.probability).toBeLessThan(0.3);
        open.delete(signal.itemId);
        continue;
      }
      expect(before?.kind).not.toBe(signal.kind);
      expect(signal.episodeId).toBe(before?.episodeId ?? signal.signalId);
      if (signal.kind !== 'coming') expect(signal.probability).toBeGreaterThanOrEqual(0.6);
      open.set(signal.itemId, signal);
    }
    expect(signals.filter(({ kind }) => kind === 'silent').length).toBeGreaterThan(20);
  });

  it('opens nothing outside open hours', () => {
    const signals = signalsOf(shopSales(10 * 24, (item, hour) => item === 'milk' && hour % 24 > 19));
    const opened = signals.filter(({ kind }) => kind !== 'recovered');
    expect(opened.length).toBeGreaterThan(0);
    for (const { atMs } of opened) {
      const hourEnded = (atMs / HOUR_MS - 1) % 24;
      expect(hourEnded >= 6 && hourEnded < 22).toBe(true);
    }
  });

  it('a lower threshold raises earlier', () => {
    const rows = shopSales(CALM_HOURS + 20, gone);
    const first = (raiseProbability: number) =>
      after(signalsOf(rows, 'test', { raiseProbability }), GONE_FROM).find(({ kind }) => kind === 'silent')
        ?.atMs ?? NaN;
    expect(first(0.3)).toBeLessThan(first(0.9));
  });
});

describe('with a record', () => {
  const count = (hour: number, quantity: number): EventRow => ({
    at: at(hour, 5),
    item: 'milk',
    effect: 'count',
    quantity,
  });
  const sales = shopSales(CALM_HOURS + 20, gone);
  const outKinds = (signals: readonly Signal[]) => kindsOf(signals).filter((kind) => kind !== 'coming');

  it('of stock, the empty shelf is a phantom', () => {
    const signals = after(signalsOf([count(CALM_HOURS + 6, 500), ...sales]), GONE_FROM);
    expect(outKinds(signals)).toEqual(['phantom', 'recovered']);
    expect(signals.find(({ kind }) => kind === 'phantom')?.onHandRecord).toBe(500 - 4 * 3);
  });

  it('of stock, silence is weighed each quarter of an hour, and the weights still add up', () => {
    const others = sales.filter(({ item }) => item !== 'milk');
    const later = others.map((row) => ({ ...row, at: row.at + 25 * 60_000 }));
    const brisk = [...sales, ...later].map((row) => ({ ...row, quantity: 40 }));
    const phantom = after(signalsOf([count(CALM_HOURS + 6, 9_000), ...brisk]), GONE_FROM).find(
      ({ kind, itemId }) => kind === 'phantom' && itemId === 'milk',
    );
    expect((phantom?.atMs ?? 0) % HOUR_MS).toBe(30 * 60_000);
    const total = phantom?.evidence.reduce((sum, { weight }) => sum + weight, 0) ?? NaN;
    expect(total).toBeCloseTo(logit(phantom?.probability ?? NaN), 9);
    expect(phantom?.evidence.find(({ name }) => name === 'zero_sales')?.weight).toBeGreaterThan(1);
  });

  it('of stock, the clock weighs it too, and it is counted: a replay has to be told of it', () => {
    const engine = new Engine({ environment: 'test', model: testModel });
    const others = sales.filter(({ item }) => item !== 'milk');
    const brisk = [...sales, ...others.map((row) => ({ ...row, at: row.at + 25 * 60_000 }))]
      .filter((row) => row.at < at(GONE_FROM + 1, 12))
      .map((row) => ({ ...row, quantity: 40 }));
    const rows = [count(CALM_HOURS + 6, 9_000), ...brisk];
    engine.apply(eventsOf(rows.sort((left, right) => left.at - right.at)));
    const { ticks, looks } = { ...engine.counts };
    expect(outKinds(engine.advance(at(GONE_FROM + 1, 36)))).toEqual(['phantom']);
    expect(engine.counts).toMatchObject({ ticks, looks: looks + 1 });
  });

  it('says how many units probably stand there: a phantom fewer than the record', () => {
    const signals = after(signalsOf([count(CALM_HOURS + 6, 500), ...sales]), GONE_FROM);
    for (const { kind, onHandEstimate, onHandRecord, probability } of signals) {
      if (kind === 'phantom') expect(onHandEstimate).toBeLessThanOrEqual((1 - probability) * 500);
      else if (onHandRecord !== null) expect(onHandEstimate).toBeLessThanOrEqual(onHandRecord);
    }
  });

  it('that runs low, it says until when an order would come in time, by how long orders took', () => {
    const order = (hour: number, effect: 'ordered' | 'receipt', document: string): EventRow => ({
      ...{ at: at(hour, 30), item: 'milk', effect, document, quantity: 60 },
    });
    const rows = [order(8, 'ordered', 'o1'), order(20, 'receipt', 'o1'), count(CALM_HOURS + 6, 12), ...sales];
    const comingOf = (list: readonly EventRow[], config = {}) =>
      after(signalsOf(list, 'test', config), CALM_HOURS).find(
        ({ kind, itemId }) => kind === 'coming' && itemId === 'milk',
      );
    const byOrder = comingOf(rows);
    expect(byOrder?.actByMs).toBe((byOrder?.expectedAtMs ?? NaN) - 12 * HOUR_MS);
    const without = rows.filter(({ document }) => document === undefined);
    expect(comingOf(without)?.actByMs).toBeNull();
    const backroom = comingOf(without, { backroomLeadMs: HOUR_MS });
    expect(backroom?.actByMs).toBe((backroom?.expectedAtMs ?? NaN) - HOUR_MS);
  });

  it('that the last sale brings to nothing, it is out of stock with that sale', () => {
    const signals = after(signalsOf([count(CALM_HOURS + 6, 12), ...sales]), CALM_HOURS);
    const out = signals.find(({ kind }) => kind === 'out_of_stock');
    const sold = at(GONE_FROM - 1, 10);
    expect(out).toMatchObject({ atMs: sold, sinceMs: sold, onHandRecord: 0 });
    expect(out?.probability).toBeGreaterThan(0.9);
    expect(out?.evidence.find(({ name }) => name === 'ledger')?.weight).toBeGreaterThan(1);
  });

  it('that runs low, it is coming first, and the same episode when it is out', () => {
    const signals = after(signalsOf([count(CALM_HOURS + 6, 12), ...sales]), CALM_HOURS);
    const coming = signals.find(({ kind, itemId }) => kind === 'coming' && itemId === 'milk');
    const out = signals.find(({ kind }) => kind === 'out_of_stock');
    expect(coming?.atMs).toBeLessThan(out?.atMs ?? NaN);
    expect(coming?.expectedAtMs).toBeGreaterThan(coming?.atMs ?? NaN);
    expect(coming?.expectedAtMs).toBeLessThanOrEqual((coming?.atMs ?? NaN) + 6 * HOUR_MS);
    expect(coming?.evidence.some(({ name }) => name === 'demand_over_horizon')).toBe(true);
    expect(out?.episodeId).toBe(coming?.episodeId);
  });

  it('a delivery recovers it, before anything is sold', () => {
    const receipt: EventRow = { at: at(GONE_FROM + 2, 30), item: 'milk', effect: 'receipt', quantity: 48 };
    const signals = after(signalsOf([count(CALM_HOURS + 6, 12), ...sales, receipt]), GONE_FROM);
    const recovered = signals.find(({ kind }) => kind === 'recovered');
    expect(recovered).toMatchObject({ atMs: receipt.at, onHandRecord: 48 });
  });

  it('a delivery withdraws coming', () => {
    const receipt: EventRow = { at: at(CALM_HOURS + 8, 30), item: 'milk', effect: 'receipt', quantity: 480 };
    const signals = after(signalsOf([count(CALM_HOURS + 6, 12), ...sales, receipt]), CALM_HOURS + 6);
    expect(kindsOf(signals).slice(0, 2)).toEqual(['coming', 'recovered']);
  });

  it('a count of nothing raises at once, a count of some recovers at once', () => {
    const calm = shopSales(CALM_HOURS + 12);
    const signals = after(
      signalsOf([...calm, count(CALM_HOURS + 12, 0), count(CALM_HOURS + 13, 4)]),
      CALM_HOURS + 12,
    );
    expect(kindsOf(signals)).toEqual(['out_of_stock', 'recovered']);
    expect(signals.map(({ atMs }) => atMs)).toEqual([at(CALM_HOURS + 12, 5), at(CALM_HOURS + 13, 5)]);
  });

  it('a record stated by a system renames the signal and does not close it', () => {
    const stated: EventRow = { at: at(GONE_FROM + 2, 30), item: 'milk', effect: 'record', quantity: 30 };
    const signals = after(signalsOf([count(CALM_HOURS + 6, 12), ...sales, stated]), GONE_FROM - 1);
    expect(outKinds(signals)).toEqual(['out_of_stock', 'phantom', 'recovered']);
    expect(new Set(signals.filter(({ itemId }) => itemId === 'milk').map((s) => s.episodeId)).size).toBe(1);
  });
});

it('a shop that sells as ever says nothing of empty shelves', () => {
  const signals = after(signalsOf(shopSales(10 * 24)), 2 * 24);
  expect(signals.filter(({ kind }) => kind !== 'coming' && kind !== 'recovered')).toEqual([]);
});

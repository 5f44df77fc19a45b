import type { ShelfEffect, Signal } from '@gondola/events';
import {
  eventsOf,
  HOUR_MS,
  MONDAY_MS,
  shopSales,
  testModel,
  treeModel,
  type EventRow,
} from '../test/support.js';
import { Engine } from './engine.js';

/** Milk is gone from 10 h of the fourth day on. */
const GONE_FROM = 3 * 24 + 10;
const empty = shopSales(4 * 24 - 3, (item, hour) => item === 'milk' && hour >= GONE_FROM);
const first = (signals: readonly Signal[]) =>
  signals.find(
    ({ itemId, kind, atMs }) =>
      itemId === 'milk' && kind !== 'coming' && atMs > MONDAY_MS + GONE_FROM * HOUR_MS,
  );

function raisedAt(raiseHours: number, more: readonly EventRow[] = [], model = testModel): number | null {
  const engine = new Engine({ environment: 'test', model, config: { raiseHours } });
  const rows = [...empty, ...more].sort((left, right) => left.at - right.at);
  const half = Math.floor(rows.length * 0.86);
  const signals = engine.apply(eventsOf(rows.slice(0, half)));
  // What was counted so far is part of the state.
  const restored = Engine.fromBytes(engine.toBytes(), { environment: 'test', model, config: { raiseHours } });
  const signal = first([...signals, ...restored.apply(eventsOf(rows.slice(half)))]);
  return signal ? (signal.atMs - MONDAY_MS) / HOUR_MS : null;
}

describe('hours in a row', () => {
  it.each([
    ['the filter', testModel],
    ['trees', treeModel],
  ])('without a record a shelf is signalled at the end of as many as it takes: %s', (_, model) => {
    const once = raisedAt(1, [], model);
    if (once === null) throw new Error('never raised');
    expect(raisedAt(2, [], model)).toBe(once + 1);
    expect(raisedAt(3, [], model)).toBe(once + 2);
  });

  it('with one it need not wait', () => {
    const effect: ShelfEffect = 'record';
    const record: EventRow = { at: MONDAY_MS, item: 'milk', effect, quantity: 1000 };
    expect(raisedAt(3, [record])).toBe(raisedAt(1, [record]));
  });

  it('begin again when a sale comes between', () => {
    const once = raisedAt(1) ?? NaN;
    // One unit, in the hour after the first that was sure of it.
    const sale: EventRow = { at: MONDAY_MS + (once + 0.5) * HOUR_MS, item: 'milk', quantity: 1 };
    expect(raisedAt(2, [sale])).toBeGreaterThan(once + 2);
  });
});

import type { Signal } from '@gondola/events';
import { SetupError } from '@gondola/stream';
import fc from 'fast-check';
import {
  DAY_MS,
  eventsOf,
  history,
  HOUR_MS,
  MONDAY_MS,
  MOVEMENTS,
  shopSales,
  testModel,
  treeModel,
  watchedEngine,
  type EventRow,
} from '../test/support.js';
import { Engine } from './engine.js';
import { modelOf, type Model } from './model.js';

const otherFilter = modelOf({
  ...testModel.file,
  version: 'other',
  coming: { hours: 3, probability: 0.3 },
  profile: { ...testModel.file.profile, by_category: {} },
});
const options = { environment: 'test', model: testModel };
function run(rows: readonly EventRow[], model: Model = testModel) {
  const { engine, posteriors } = watchedEngine({ model });
  const signals = engine.apply(eventsOf(rows));
  return { engine, posteriors, signals };
}

describe('whatever happens', () => {
  it('every probability stays strictly between 0 and 1', () => {
    fc.assert(
      fc.property(history, (rows) => {
        const { posteriors, signals } = run(rows);
        for (const p of posteriors.values()) expect(p > 0 && p < 1).toBe(true);
        for (const { probability, lostUnits, lostUnitsLow, lostUnitsHigh } of signals) {
          expect(probability).toBeGreaterThanOrEqual(0);
          expect(probability).toBeLessThanOrEqual(1);
          expect(lostUnitsLow).toBeLessThanOrEqual(lostUnits);
          expect(lostUnitsHigh).toBeGreaterThanOrEqual(lostUnits);
        }
      }),
    );
  });

  it.each([
    ['a filter', testModel],
    ['trees', treeModel],
  ])('with %s, cut anywhere, saved and restored, it goes on to the same bytes and signals', (_, model) => {
    fc.assert(
      fc.property(history, fc.nat(), (rows, at) => {
        const cut = at % (rows.length + 1);
        const whole = run(rows, model);
        const before = new Engine({ ...options, model });
        const signals: Signal[] = before.apply(eventsOf(rows.slice(0, cut)));
        const after = Engine.fromBytes(before.toBytes(), { ...options, model });
        signals.push(...after.apply(eventsOf(rows.slice(cut))));
        expect(signals).toEqual(whole.signals);
        expect(Buffer.from(after.toBytes()).equals(Buffer.from(whole.engine.toBytes()))).toBe(true);
      }),
    );
  });

  it.each([
    ['a filter by trees', testModel, treeModel],
    ['trees by a filter', treeModel, testModel],
    ['a filter by another', testModel, otherFilter],
  ])('%s is followed anywhere as if the state had been read by it', (_, first, second) => {
    fc.assert(
      fc.property(history, fc.nat(), (rows, at) => {
        const cut = at % (rows.length + 1);
        const running = new Engine({ ...options, model: first });
        running.apply(eventsOf(rows.slice(0, cut)));
        const read = Engine.fromBytes(running.toBytes(), { ...options, model: second });
        running.useModel(second);
        expect(running.apply(eventsOf(rows.slice(cut)))).toEqual(read.apply(eventsOf(rows.slice(cut))));
        expect(Buffer.from(running.toBytes()).equals(Buffer.from(read.toBytes()))).toBe(true);
      }),
    );
  });

  it.each([
    ['a filter', testModel],
    ['trees', treeModel],
  ])('with %s, a copy that is made while it goes on is what it was when the copy began', (_, model) => {
    fc.assert(
      fc.property(history, fc.nat(), fc.integer({ min: 1, max: 9 }), (rows, at, size) => {
        const cut = at % (rows.length + 1);
        const engine = new Engine({ ...options, model });
        engine.apply(eventsOf(rows.slice(0, cut)));
        const was = engine.toBytes();
        const copy = engine.copy();
        const sections: Uint8Array[] = [];
        let isDone = false;
        for (let from = cut; !isDone; from += size) {
          engine.apply(eventsOf(rows.slice(from, from + size)));
          // As if others had their turn in between.
          if (from % 2 === 0 && from < rows.length) continue;
          const section = copy.next();
          if (section) sections.push(section);
          else isDone = true;
        }
        const back = Engine.fromSections(sections, { ...options, model });
        expect(Buffer.from(back.toBytes()).equals(Buffer.from(was))).toBe(true);
      }),
    );
  });

  it.each([
    ['a filter', testModel],
    ['trees', treeModel],
  ])('with %s, others may have their turn anywhere within a batch', (_, model) => {
    let pieces = 0;
    fc.assert(
      fc.property(history, fc.integer({ min: 1, max: 12 }), (rows, shelvesMax) => {
        const whole = run(rows, model);
        const engine = new Engine({ ...options, model });
        const applying = engine.applyInPieces(eventsOf(rows), shelvesMax);
        let next = applying.next();
        for (; !next.done; next = applying.next()) pieces++;
        expect(next.value).toEqual(whole.signals);
        expect(engine.causedBy).toEqual(whole.engine.causedBy);
        expect(engine.counts).toEqual(whole.engine.counts);
        expect(Buffer.from(engine.toBytes()).equals(Buffer.from(whole.engine.toBytes()))).toBe(true);
      }),
    );
    expect(pieces).toBeGreaterThan(0);
  });

  it('batches may be cut anywhere', () => {
    fc.assert(
      fc.property(history, fc.integer({ min: 1, max: 7 }), (rows, size) => {
        const { engine, posteriors } = watchedEngine();
        const signals: Signal[] = [];
        for (let i = 0; i < rows.length; i += size)
          signals.push(...engine.apply(eventsOf(rows.slice(i, i + size))));
        const whole = run(rows);
        expect(signals).toEqual(whole.signals);
        expect([...posteriors]).toEqual([...whole.posteriors]);
        // In one batch no shelf is known when it comes: all events go the long way, of which sales above took the short one.
        expect(Buffer.from(engine.toBytes()).equals(Buffer.from(whole.engine.toBytes()))).toBe(true);
      }),
    );
  });

  it('within a tick the order of sales and movements does not matter', () => {
    const movement = fc.record({
      item: fc.constantFrom('milk', 'bread'),
      effect: fc.constantFrom(...MOVEMENTS),
      quantity: fc.double({ min: 0.001, max: 9, noNaN: true }),
      // Past the allowed lateness, so that the hour before is done whichever comes first.
      minute: fc.integer({ min: 2, max: 59 }),
    });
    const shuffled = fc
      .array(movement, { minLength: 2, maxLength: 30 })
      .chain((rows) => fc.tuple(fc.constant(rows), fc.shuffledSubarray(rows, { minLength: rows.length })));
    fc.assert(
      fc.property(shuffled, ([rows, other]) => {
        const opening: EventRow[] = [
          { at: MONDAY_MS + 8 * HOUR_MS, item: 'milk', effect: 'count', quantity: 20 },
          { at: MONDAY_MS + 8 * HOUR_MS, item: 'bread' },
        ];
        const atNine = (list: typeof rows) =>
          list.map(({ minute, ...row }): EventRow => ({
            ...row,
            at: MONDAY_MS + 9 * HOUR_MS + minute * 60_000,
          }));
        const end: EventRow = { at: MONDAY_MS + 13 * HOUR_MS, item: 'milk' };
        const left = run([...opening, ...atNine(rows), end]);
        const right = run([...opening, ...atNine(other), end]);
        expect(right.posteriors).toEqual(left.posteriors);
        expect(right.signals.map(({ kind, atMs }) => [kind, atMs])).toEqual(
          left.signals.map(({ kind, atMs }) => [kind, atMs]),
        );
      }),
    );
  });
});

describe('time', () => {
  it('ends an hour once the newest event is the allowed lateness past it', () => {
    const { engine, posteriors } = watchedEngine();
    engine.apply(eventsOf([{ at: MONDAY_MS + 10 * HOUR_MS }, { at: MONDAY_MS + 11 * HOUR_MS + 119_999 }]));
    expect(posteriors.size).toBe(0);
    engine.apply(eventsOf([{ at: MONDAY_MS + 11 * HOUR_MS + 120_000 }]));
    expect([...posteriors.keys()]).toEqual([`s1 milk ${MONDAY_MS + 11 * HOUR_MS}`]);
  });

  it('counts an event in its own hour when it comes within the allowed lateness', () => {
    const inOrder: EventRow[] = [{ at: 10 }, { at: 59 }, { at: 61 }, { at: 90 }, { at: 200 }];
    const swapped = [inOrder[0], inOrder[2], inOrder[1], inOrder[3], inOrder[4]];
    const at = (rows: EventRow[]) => rows.map((row) => ({ ...row, at: MONDAY_MS + row.at * 60_000 }));
    const left = run(at(inOrder));
    const right = run(at(swapped));
    expect(right.posteriors).toEqual(left.posteriors);
    expect(right.engine.counts).toMatchObject({ rows: 5, lateRows: 0, ticks: 3 });
  });

  it('takes a late sale for the ledger and the day, counts it, and leaves what was said', () => {
    const sales = shopSales(16);
    const late: EventRow = { at: MONDAY_MS + 9 * HOUR_MS, item: 'milk', quantity: 1 };
    const count: EventRow = { at: MONDAY_MS, item: 'milk', effect: 'count', quantity: 200 };
    const without = run([count, ...sales]);
    const engine = run([count, ...sales]).engine;
    engine.apply(eventsOf([late]));
    expect(engine.counts).toMatchObject({ lateRows: 1, ticks: without.engine.counts.ticks });
    // One unit less on record, and the same posterior at the next tick.
    const close: EventRow[] = [{ at: MONDAY_MS + 17 * HOUR_MS, item: 'bread' }];
    expect(engine.apply(eventsOf(close)).length).toBe(without.engine.apply(eventsOf(close)).length);
    expect(Buffer.from(engine.toBytes()).equals(Buffer.from(without.engine.toBytes()))).toBe(false);
  });

  it('works through no more than two weeks of a gap', () => {
    const { engine } = watchedEngine();
    const later = { at: MONDAY_MS + 3650 * DAY_MS };
    engine.apply(eventsOf([{ at: MONDAY_MS }, later, later]));
    expect(engine.counts.ticks).toBeLessThanOrEqual(14 * 24 + 1);
    expect(engine.counts.ticks).toBeGreaterThanOrEqual(14 * 24 - 2);
  });

  it('moves a store that lags behind two others of its partition', () => {
    const { engine, posteriors } = watchedEngine();
    const opening = ['quiet', 'busy', 'brisk'].map((store, index) => ({ at: MONDAY_MS + index, store }));
    engine.apply(eventsOf(opening));
    engine.apply(eventsOf([{ at: MONDAY_MS + 23 * HOUR_MS, store: 'busy' }]));
    engine.apply(eventsOf([{ at: MONDAY_MS + 3 * HOUR_MS - 1, store: 'brisk' }]));
    expect(posteriors.has(`quiet milk ${MONDAY_MS + HOUR_MS}`)).toBe(false);
    engine.apply(eventsOf([{ at: MONDAY_MS + 3 * HOUR_MS, store: 'brisk' }]));
    expect(posteriors.has(`quiet milk ${MONDAY_MS + HOUR_MS}`)).toBe(true);
    expect(posteriors.has(`quiet milk ${MONDAY_MS + 2 * HOUR_MS}`)).toBe(false);
  });

  it('moves silent stores by the clock after the idle limit', () => {
    const { engine, posteriors } = watchedEngine();
    engine.apply(eventsOf([{ at: MONDAY_MS }]));
    engine.advance(MONDAY_MS + HOUR_MS + 299_999);
    expect(posteriors.size).toBe(0);
    engine.advance(MONDAY_MS + HOUR_MS + 300_000);
    expect(posteriors.size).toBe(1);
  });

  it('counts hours in the time zone of the store', () => {
    const hours: string[] = [];
    const engine = new Engine({
      ...options,
      onTick: ({ storeId, hour }) => hours.push(`${storeId} ${hour}`),
      config: { timeZone: 'America/Bogota' },
    });
    engine.setStore('kolkata', { timeZone: 'Asia/Kolkata' });
    engine.apply(
      eventsOf([
        { at: MONDAY_MS, store: 'bogota' },
        { at: MONDAY_MS, store: 'kolkata' },
      ]),
    );
    for (const store of ['bogota', 'kolkata']) engine.advanceTo(store, MONDAY_MS + HOUR_MS);
    expect(hours).toEqual(['bogota 19', 'kolkata 5']);
    expect(() => engine.setStore('x', { timeZone: 'Nowhere' })).toThrow(SetupError);
  });
});

describe('a snapshot', () => {
  const bytes = run(shopSales(30)).engine.toBytes();

  it.each([
    ['nothing', new Uint8Array()],
    ['another file', Buffer.from('PAR1 and so on')],
    ['cut in the header', bytes.subarray(0, 40)],
    ['cut in the columns', bytes.subarray(0, bytes.length - 1)],
    ['with something behind', Buffer.concat([bytes, Buffer.from([0])])],
  ])('is refused when it is %s', (_, wrong) => {
    expect(() => Engine.fromBytes(wrong, options)).toThrow(expect.objectContaining({ code: 'lake_corrupt' }));
  });

  it('keeps the time zone of a store that has not spoken yet', () => {
    const engine = new Engine(options);
    engine.setStore('later', { timeZone: 'Asia/Kolkata' });
    const hours: number[] = [];
    const restored = Engine.fromBytes(engine.toBytes(), {
      ...options,
      onTick: ({ hour }) => hours.push(hour),
    });
    restored.apply(eventsOf([{ at: MONDAY_MS, store: 'later' }]));
    restored.advanceTo('later', MONDAY_MS + HOUR_MS);
    expect(hours).toEqual([5]);
  });
});

import type { Incident, ShelfEvents, Signal } from '@gondola/events';
import { createRandom } from '@gondola/stream';
import { eventsOf, HOUR_MS, MONDAY_MS, testModel, type EventRow } from '../test/support.js';
import { Engine } from './engine.js';

const options = { environment: 'test', model: testModel };
const STORES = ['s1', 's2', 's3'];
const ITEMS = Array.from({ length: 25 }, (_, item) => `i${item}`);
const DAYS = 15;
/** Wednesday of the third week, 13:20. */
const CUT_MS = MONDAY_MS + (14 * 24 + 13) * HOUR_MS + 20 * 60_000;

type Sale = EventRow & { readonly till: string };

/** Brisk shops, open from 7 to 22: each item sells about twice an hour at one of four tills, in order of time. */
function sales(days = DAYS, opening: (store: string, ms: number) => boolean = () => true): Sale[] {
  const { unit: random } = createRandom(7);
  const rows: Sale[] = [];
  for (const store of STORES)
    for (let hour = 0; hour < days * 24; hour++) {
      if (hour % 24 < 7 || hour % 24 > 21) continue;
      for (const item of ITEMS)
        for (let sold = 0; sold < 4; sold++) {
          const at = MONDAY_MS + Math.floor((hour + random()) * HOUR_MS);
          const till = `t${Math.floor(random() * 4)}`;
          if (random() < 0.5 && opening(store, at)) rows.push({ at, store, item, till, unitPrice: 2 });
        }
    }
  return rows.sort((left, right) => left.at - right.at);
}

const withTills = (rows: readonly Sale[]): ShelfEvents => ({
  ...eventsOf(rows),
  till: rows.map((row) => row.till ?? null),
});

function run(rows: readonly Sale[]) {
  const engine = new Engine(options);
  const signals: Signal[] = engine.apply(withTills(rows));
  const incidents = engine.takeIncidents().map(({ incident }) => incident);
  return { engine, signals, incidents };
}

const briefly = (incidents: readonly Incident[]) =>
  incidents.map(({ kind, state, storeId, workstationId }) =>
    [kind, state, storeId, workstationId].filter(Boolean).join(' '),
  );
const opened = (signals: readonly Signal[]) => signals.filter(({ kind }) => kind !== 'recovered');
const isDead = ({ store, at }: EventRow) => store === 's1' && at >= CUT_MS && at < CUT_MS + 6 * HOUR_MS;

describe('a store as a whole', () => {
  const usual = sales();

  it('is no news while it sells, and closes at night', () => {
    const { incidents } = run(usual);
    expect(incidents).toEqual([]);
  });

  it('whose feed is dead for 6 h is one line, and none of its shelves is empty for that', () => {
    const { incidents, signals } = run(usual.filter((row) => !isDead(row)));
    expect(briefly(incidents)).toEqual(['feed_dead open s1', 'feed_dead closed s1']);
    expect(incidents[0].sinceMs).toBeLessThanOrEqual(CUT_MS);
    expect(incidents[0].atMs - CUT_MS).toBeLessThan(3 * HOUR_MS);
    expect(incidents[1].incidentId).toBe(incidents[0].incidentId);
    expect(opened(signals)).toHaveLength(opened(run(usual).signals).length);
  });

  it('whose feed sends afterwards what it kept raises nothing either', () => {
    const kept = usual.filter((row) => isDead(row));
    const rest = usual.filter((row) => !isDead(row));
    const after = rest.findIndex(({ at }) => at >= CUT_MS + 6 * HOUR_MS);
    const { incidents, signals } = run([...rest.slice(0, after), ...kept, ...rest.slice(after)]);
    expect(briefly(incidents)).toEqual(['feed_dead open s1', 'feed_dead closed s1']);
    expect(incidents[1].facts['lateSales']).toBeGreaterThan(0);
    expect(opened(signals)).toHaveLength(opened(run(usual).signals).length);
  });

  it('that stays shut for a day is closed, with what it does not sell, and no shelf of it is empty', () => {
    const day = (ms: number) => Math.floor((ms - MONDAY_MS) / (24 * HOUR_MS));
    const shut = sales(DAYS + 1, (store, at) => store !== 's2' || day(at) !== 14);
    const { incidents, signals } = run(shut);
    expect(briefly(incidents)).toEqual(['store_closed open s2', 'store_closed closed s2']);
    expect(incidents[0].lostSalesPerHour).toBeGreaterThan(1);
    expect(incidents[0].currency).toBe('EUR');
    expect(opened(signals).filter(({ atMs }) => day(atMs) >= 14)).toHaveLength(
      opened(run(sales(DAYS + 1)).signals).filter(({ atMs }) => day(atMs) >= 14).length,
    );
  });

  it('that never sells on Sundays is soon no news on Sundays', () => {
    const isSunday = (ms: number) => Math.floor((ms - MONDAY_MS) / (24 * HOUR_MS)) % 7 === 6;
    const { incidents } = run(sales(36, (store, at) => store !== 's2' || !isSunday(at)));
    const sundays = incidents
      .filter(({ state }) => state === 'open')
      .map(({ kind, sinceMs }) => [kind, sinceMs]);
    expect(sundays.every(([kind]) => kind === 'store_closed')).toBe(true);
    expect(sundays.length).toBeLessThanOrEqual(3);
  });

  it('names the till that fell silent, and when it is back', () => {
    const isOff = ({ store, till, at }: Sale) =>
      store === 's3' && till === 't2' && at >= CUT_MS && at < CUT_MS + 6 * HOUR_MS;
    const { incidents, signals } = run(usual.filter((row) => !isOff(row)));
    expect(briefly(incidents)).toEqual(['till_offline open s3 t2', 'till_offline closed s3 t2']);
    expect(opened(signals)).toHaveLength(opened(run(usual).signals).length);
  });

  it('says of a till that never comes back that it is over after a fortnight, and watches the one in its place', () => {
    const goneMs = MONDAY_MS + 4 * 24 * HOUR_MS;
    const rows = sales(26).map((row) => {
      const day = Math.floor((row.at - goneMs) / (24 * HOUR_MS));
      const isReplaced = row.till === 't2' && day >= 0;
      const isOff = day >= 20 && (row.at - MONDAY_MS) % (24 * HOUR_MS) > 13 * HOUR_MS;
      return { ...row, isOff: isReplaced && isOff, till: isReplaced ? 't9' : row.till };
    });
    const { incidents, engine } = run(rows.filter(({ isOff, store }) => !isOff && store === 's3'));
    expect(briefly(incidents).slice(0, 3)).toEqual([
      'till_offline open s3 t2',
      'till_offline closed s3 t2',
      'till_offline open s3 t9',
    ]);
    expect(incidents[1].atMs).toBe(goneMs + (14 * 24 - 2) * HOUR_MS);
    expect(Buffer.from(engine.toBytes()).includes('"t2"')).toBe(false);
  });

  it('cut anywhere, saved and restored, says the same', () => {
    const rows = usual.filter((row) => !isDead(row));
    const whole = run(rows);
    for (const cut of [CUT_MS, CUT_MS + 3 * HOUR_MS]) {
      const at = rows.findIndex((row) => row.at >= cut);
      const before = new Engine(options);
      before.apply(withTills(rows.slice(0, at)));
      const after = Engine.fromBytes(before.toBytes(), options);
      after.apply(withTills(rows.slice(at)));
      const numbered = [...before.takeIncidents(), ...after.takeIncidents()];
      expect(numbered.map(({ ordinal }) => ordinal)).toEqual(numbered.map((_, index) => index));
      expect(numbered.map(({ incident }) => incident)).toEqual(whole.incidents);
      expect(Buffer.from(after.toBytes()).equals(Buffer.from(whole.engine.toBytes()))).toBe(true);
    }
  });
});

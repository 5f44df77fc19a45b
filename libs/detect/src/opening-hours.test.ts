import type { ShelfEvents } from '@gondola/events';
import { createRandom } from '@gondola/stream';
import { eventsOf, HOUR_MS, MONDAY_MS, testModel, type EventRow } from '../test/support.js';
import { Engine } from './engine.js';
import { hoursWithClosures, openingHoursOf } from './opening-hours.js';

const open = (text: string) => {
  const hours = openingHoursOf(text);
  return hours && hours.flatMap((isOpen, at) => (isOpen ? [at] : []));
};
const span = (from: number, end: number) => Array.from({ length: end - from }, (_, at) => from + at);

it.each<[string, number[] | null]>([
  ['Mo 07:00-10:00', [7, 8, 9]],
  ['Mo,We 07:30-08:15', [7, 8, 55, 56]],
  ['Sa-Mo 00:00-01:00', [0, 120, 144]],
  ['Mo 08:00-09:00,22:00-02:00', [8, 22, 23, 24, 25]],
  ['Su 23:00-01:00', [0, 167]],
  ['Mo-Su 00:00-24:00', span(0, 168)],
  ['Tu 07:00-09:00; Th 07:00-08:00', [31, 32, 79]],
  ['', null],
  ['Mo', null],
  ['7-22', null],
  ['Lu 07:00-22:00', null],
  ['Mo 7:00-22:00', null],
  ['Mo 25:00-26:00', null],
  ['Mo-Tu-We 07:00-08:00', null],
  ['Mo 07:00-08:00 by appointment', null],
])('reads %s', (text, hours) => expect(open(text)).toEqual(hours));

/** Brisk shops, open from 7 to 22: each of 25 items sells about twice an hour. */
function sales(isOpen: (store: string, at: number) => boolean): EventRow[] {
  const { unit: random } = createRandom(7);
  const rows: EventRow[] = [];
  for (let hour = 0; hour < 15 * 24; hour++) {
    if (hour % 24 < 7 || hour % 24 > 21) continue;
    for (const store of ['s1', 's2', 's3'])
      for (let item = 0; item < 25; item++)
        for (let sold = 0; sold < 4; sold++) {
          const at = MONDAY_MS + Math.floor((hour + random()) * HOUR_MS);
          if (random() < 0.5 && isOpen(store, at)) rows.push({ at, store, item: `i${item}` });
        }
  }
  return rows.sort((left, right) => left.at - right.at);
}

/** On the third Monday s1 shuts at 13, when the others go on. */
const shutRows = sales((store, at) => store !== 's1' || at < MONDAY_MS + (14 * 24 + 13) * HOUR_MS);
const shut = eventsOf(shutRows);
const options = { environment: 'test', model: testModel };

function run(events: ShelfEvents, openingHours: string | null) {
  const engine = new Engine(options);
  engine.setStore('s1', { timeZone: 'UTC', openingHours });
  const signals = engine.apply(events);
  return { engine, signals, incidents: engine.takeIncidents().map(({ incident }) => incident) };
}

describe('hours that the catalog gives', () => {
  it('tell a store that shuts early from one whose feed died, and blame none of its shelves', () => {
    const [unknown, given] = [run(shut, null), run(shut, 'Mo 07:00-13:00; Tu-Su 07:00-22:00')];
    expect(unknown.incidents).toMatchObject([{ storeId: 's1', kind: 'feed_dead' }]);
    expect(given.incidents).toEqual([]);
    expect(
      given.signals.filter(({ storeId, atMs }) => storeId === 's1' && atMs > MONDAY_MS + 14 * 24 * HOUR_MS),
    ).toEqual([]);
  });

  it('and are no excuse for a store that should be open', () => {
    const { incidents } = run(shut, 'Mo-Su 07:00-22:00');
    expect(incidents).toMatchObject([{ storeId: 's1', kind: 'feed_dead' }]);
  });

  it('that nobody can read leave it as it was', () => {
    const [unknown, unread] = [run(shut, null), run(shut, 'from early till late')];
    expect(unread.signals).toEqual(unknown.signals);
    expect(unread.incidents).toEqual(unknown.incidents);
  });

  it('are part of the state', () => {
    const hours = 'Mo 07:00-13:00; Tu-Su 07:00-22:00';
    const whole = run(shut, hours);
    const half = Math.floor(shutRows.length / 2);
    const first = new Engine(options);
    first.setStore('s1', { timeZone: 'UTC', openingHours: hours });
    const signals = first.apply(eventsOf(shutRows.slice(0, half)));
    const second = Engine.fromBytes(first.toBytes(), options);
    expect([...signals, ...second.apply(eventsOf(shutRows.slice(half)))]).toEqual(whole.signals);
    expect(second.takeIncidents()).toEqual([]);
  });
});

describe('closures that the catalog tells', () => {
  const DAY_MS = 24 * HOUR_MS;
  const shutMs = MONDAY_MS + 14 * DAY_MS + 13 * HOUR_MS;
  const closure = { fromMs: shutMs, untilMs: shutMs + DAY_MS };
  const late = ({ storeId, atMs }: { storeId: string; atMs: number }) =>
    storeId === 's1' && atMs > MONDAY_MS + 14 * DAY_MS;

  it.each(['Mo-Su 07:00-22:00', null])('blame no shelf and no feed, with opening hours %s', (hours) => {
    const { signals, incidents } = run(shut, hoursWithClosures(hours, [closure]));
    expect(incidents).toEqual([]);
    expect(signals.filter(late)).toEqual([]);
  });

  it('are no excuse before and after', () => {
    const days = { fromMs: shutMs - 7 * DAY_MS, untilMs: shutMs - 6 * DAY_MS };
    const without = run(shut, 'Mo-Su 07:00-22:00');
    const past = run(shut, hoursWithClosures('Mo-Su 07:00-22:00', [days]));
    expect(past.incidents).toMatchObject([{ storeId: 's1', kind: 'feed_dead' }]);
    expect(past.signals).toEqual(without.signals);
    const cancelled = { fromMs: shutMs, untilMs: shutMs };
    expect(run(shut, hoursWithClosures('Mo-Su 07:00-22:00', [cancelled])).signals).toEqual(without.signals);
  });

  it('teach a store nothing: open again, it is what it was', () => {
    const closed = (store: string, at: number) =>
      store !== 's1' || at < shutMs - 7 * DAY_MS || at >= shutMs - 4 * DAY_MS;
    const week = eventsOf(sales(closed));
    const days = { fromMs: shutMs - 7 * DAY_MS, untilMs: shutMs - 4 * DAY_MS };
    const { engine, incidents, signals } = run(week, hoursWithClosures(null, [days]));
    expect(incidents).toEqual([]);
    expect(signals.filter(late)).toEqual([]);
    engine.advance(MONDAY_MS + 15 * DAY_MS + 8 * HOUR_MS);
    expect([...engine.stockouts.stores].map(({ sellsAt }) => sellsAt[13] > 0.95)).toEqual([true, true, true]);
  });
});

import type { Expectation, QualityCount } from '@gondola/events';
import { cleanUp, isReady, newLake, start, until } from '../../test/api-harness.js';
import { HOUR_MS, NOON_MS } from '../../test/lake-fixture.js';
import { QualityStore } from './quality-store.js';

afterEach(cleanUp);

const NO_BOUNDS = { min: null, max: null };
const WEEK_MS = 168 * HOUR_MS;
const expectation = (name: string, change: Partial<Expectation> = {}): Expectation => ({
  name,
  kind: 'completeness',
  action: 'warn',
  atLeast: 0.9,
  weight: 1,
  checkedMin: 0,
  perHour: NO_BOUNDS,
  ofUsual: NO_BOUNDS,
  countsDuplicates: false,
  ...change,
});
const GIVEN = expectation('given');
const PRICED = expectation('priced', { kind: 'range', action: 'fail', weight: 3 });
const ENOUGH = expectation('enough', { kind: 'volume', perHour: { min: 10, max: null } });
const USUAL = expectation('usual', { kind: 'volume', ofUsual: { min: 0.5, max: 2 } });

const count = (
  of: Expectation,
  checked: number,
  failed = 0,
  change: Partial<QualityCount> = {},
): QualityCount => ({
  hourMs: NOON_MS,
  stream: 'pos',
  subject: 'sale',
  expectation: of,
  checked,
  failed,
  ...change,
});

const NOW_MS = NOON_MS + 6 * HOUR_MS;
const everything = (store: QualityStore, nowMs = NOW_MS) =>
  store.query({}, { limit: 10_000, after: null, nowMs }).hours;
const storeOf = (counts: readonly QualityCount[], hoursKept = 1_000) => {
  const store = new QualityStore(hoursKept);
  store.add(counts, false);
  return store;
};

describe('over a real table', () => {
  it('answers with the sums of an hour, newest first, by stream, subject and time, page by page', async () => {
    const lake = await newLake();
    await lake.addQuality([count(GIVEN, 60, 1), count(PRICED, 60, 30)]);
    await lake.addQuality([
      count(GIVEN, 40, 4),
      count(GIVEN, 5, 5, { hourMs: NOON_MS + HOUR_MS }),
      count(GIVEN, 7, 0, { subject: 'visit', hourMs: NOON_MS - 24 * HOUR_MS }),
    ]);
    const { app, get } = await start(lake);
    await until('ready', () => isReady(app));
    const { status, body } = await get('/quality?stream=pos&subject=sale');
    expect(status).toBe(200);
    const common = { stream: 'pos', subject: 'sale' };
    const given = { name: 'given', kind: 'completeness', action: 'warn', atLeast: 0.9 };
    const priced = { name: 'priced', kind: 'range', action: 'fail', atLeast: 0.9 };
    expect(body).toEqual({
      hours: [
        {
          ...{ hourMs: NOON_MS + HOUR_MS, ...common, score: 0 },
          expectations: [{ ...given, checked: 5, failed: 5, share: 0, met: false }],
        },
        {
          ...{ hourMs: NOON_MS, ...common, score: 25 },
          expectations: [
            { ...given, checked: 100, failed: 5, share: 0.95, met: true },
            { ...priced, checked: 60, failed: 30, share: 0.5, met: false },
          ],
        },
      ],
      nextCursor: null,
    });
    // What is added later adds to what is there.
    await lake.addQuality([count(PRICED, 940, 0)]);
    const scores = async (query: string) =>
      ((await get(`/quality?${query}`)).body['hours'] as { score: number }[]).map(({ score }) => score);
    await until('added', async () => (await scores('subject=sale'))[1] === 100);
    expect(await scores(`since=${new Date(NOON_MS + 1).toISOString()}`)).toEqual([0]);
    expect(await scores('stream=other')).toEqual([]);
    const first = (await get('/quality?limit=2')).body;
    expect((first['hours'] as object[]).length).toBe(2);
    expect(await scores(`limit=2&cursor=${String(first['nextCursor'])}`)).toEqual([100]);
    const refused = await get('/quality?cursor=nonsense');
    expect(refused.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect([refused.status, refused.body['parameter']]).toEqual([400, 'cursor']);
    expect((await get('/quality?store=1')).body).toMatchObject({ parameter: 'store' });
  });
});

it('takes a snapshot for all there is', () => {
  const store = storeOf([count(GIVEN, 5)]);
  store.add([count(GIVEN, 7)], true);
  expect(everything(store).map(({ expectations }) => expectations[0].checked)).toEqual([7]);
});

it('keeps the newest hours', () => {
  const hours = Array.from({ length: 100 }, (_, hour) =>
    count(GIVEN, 1, 0, { hourMs: NOON_MS - hour * HOUR_MS }),
  );
  const kept = everything(storeOf(hours, 10)).map(({ hourMs }) => (NOON_MS - hourMs) / HOUR_MS);
  expect(kept).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

describe('volume', () => {
  const enough = (hour: number, checked: number) =>
    count(ENOUGH, checked, 0, { hourMs: NOON_MS + hour * HOUR_MS });
  const scoresOf = (store: QualityStore, nowMs: number) =>
    everything(store, nowMs).map(({ hourMs, score }) => [(hourMs - NOON_MS) / HOUR_MS, score]);

  it('finds the hours in which nothing came, but for the one that goes on', () => {
    const store = storeOf([enough(0, 12), enough(2, 3)]);
    expect(scoresOf(store, NOON_MS + 4.5 * HOUR_MS)).toEqual([
      [3, 0],
      [2, 0],
      [1, 0],
      [0, 100],
    ]);
    store.add([enough(4, 2)], false);
    expect(scoresOf(store, NOON_MS + 4.5 * HOUR_MS)[0]).toEqual([4, null]);
  });

  it('expects nothing of a source that is long gone, and few years of silence are no work', () => {
    const store = storeOf([enough(0, 12)]);
    expect(scoresOf(store, NOON_MS + 1_000 * 24 * HOUR_MS)).toHaveLength(49);
  });

  it('is held against the median of the same hour of the weeks before', () => {
    const weeks = [20, 30, 1_000, 25].map((checked, week) =>
      count(USUAL, checked, 0, { hourMs: NOON_MS - (week + 1) * WEEK_MS }),
    );
    const metWith = (checked: number, before = weeks) => {
      const [{ expectations }] = everything(storeOf([...before, count(USUAL, checked)]));
      return expectations[0].met;
    };
    // The median of the four is 27.5.
    expect([13, 14, 55, 56].map((checked) => metWith(checked))).toEqual([false, true, true, false]);
    expect(metWith(1, weeks.slice(0, 2))).toBeNull();
  });

  it('misses an hour that is usual and did not come', () => {
    const weeks = [1, 2, 3].map((week) => count(USUAL, 20, 0, { hourMs: NOON_MS - week * WEEK_MS }));
    const store = storeOf([...weeks, count(USUAL, 20, 0, { hourMs: NOON_MS + HOUR_MS })]);
    const missed = everything(store).filter(({ score }) => score === 0);
    expect(missed.map(({ hourMs }) => hourMs)).toEqual([NOON_MS]);
  });
});

it.each<[string, readonly number[], number, number, boolean]>([
  ['nothing came the day before either', [-30, -24, -12, 0], 0, 2, true],
  ['it came the day before', [-30, -23, 0], 0, 2, false],
  ['it came the day before, and not a week before', [-180, -168, -23, 0], 0, 2, true],
  ['the hour of its last event goes on', [-30, -24, 0], 0, 0.5, false],
  ['what was the day before is not kept', [-3, 0], 0, 2, false],
  ['it is away for longer than a night', [-60, -48, 0], 0, 30, false],
])('takes silence for usual or not: %s', (_, comesAt, lastHours, nowHours, isQuiet) => {
  const store = storeOf(comesAt.map((hours) => count(GIVEN, 5, 0, { hourMs: NOON_MS + hours * HOUR_MS })));
  const at = (hours: number) => NOON_MS + hours * HOUR_MS;
  expect(store.isUsuallyQuiet('sale', at(lastHours), at(nowHours))).toBe(isQuiet);
  expect(store.isUsuallyQuiet('unheard', at(lastHours), at(nowHours))).toBe(false);
});

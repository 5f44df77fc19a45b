import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ShelfVerdict } from '@gondola/events';
import { systemClock, type Log } from '@gondola/stream';
import { BooksWorker } from '../../api/src/insights/worker/books-worker.js';
import { AnswerLater } from '../../api/src/insights/insights-answers.js';
import { cleanUp, newLake, start, until } from '../../api/test/api-harness.js';
import { HOUR_MS, NOON_MS, signalWith } from '../../api/test/lake-fixture.js';

afterEach(cleanUp);

/** What the program runs: threads have no part in what jest does with modules. */
const BUILT = new URL('../dist/books-worker.js', import.meta.url);

const sold = (storeId: string, itemId: string, hours: number) => ({
  ...{ storeId, itemId, category: itemId === 'milk' ? 'dairy' : 'dry', units: 2, price: 1.25 },
  atMs: NOON_MS + hours * HOUR_MS,
});

async function someLake() {
  const lake = await newLake();
  await lake.addStores([
    { retail_store_id: '1', name: 'One', city: 'Lima', time_zone: 'America/Lima' },
    { retail_store_id: '2', name: 'Two', city: 'Cuzco', time_zone: 'America/Lima' },
  ]);
  await lake.addTillLines('2026-05-01', [sold('1', 'milk', 0), sold('1', 'rice', 1), sold('2', 'milk', 2)]);
  const shelves = [
    ['1', 'milk'],
    ['1', 'rice'],
    ['2', 'milk'],
  ] as const;
  await lake.addSignals(
    shelves.flatMap(([storeId, itemId], at) => {
      const alert = { ...{ episodeId: `e${at}`, storeId, itemId }, atMs: NOON_MS - at * HOUR_MS };
      const end = { kind: 'recovered', atMs: NOON_MS + HOUR_MS } as const;
      return [
        signalWith({ signalId: `e${at}`, ...alert }),
        signalWith({ signalId: `r${at}`, ...alert, ...end }),
      ];
    }),
  );
  const verdict: ShelfVerdict = {
    ...{ eventId: 'v', signalId: 'e0', checkId: null, storeId: '1', itemId: 'milk', verdict: 'FILLED' },
    ...{ undoes: null, atMs: NOON_MS + HOUR_MS / 2, actor: 'tok', channel: 'board' },
  };
  await lake.addVerdicts([verdict]);
  return lake;
}

test('a worker answers what books in this process answer, and follows the lake', async () => {
  const lake = await someLake();
  const config = { insights: { refreshMs: 10 } };
  const here = await start(lake, config);
  const there = await start(lake, config, { booksWorker: BUILT });
  for (const { get } of [here, there]) {
    const isRead = async () => {
      const { body } = await get('/insights?by=city');
      const { rows, total } = body as { rows?: { key: string }[]; total?: { sold: unknown[] } };
      return total?.sold.length === 1 && rows?.some(({ key }) => key === 'Cuzco');
    };
    await until('all is read', async () => (await isRead()) === true);
  }
  const days = 'since=2026-04-25&until=2026-05-02'.replace(/(\d\d)(&|$)/g, '$1T00:00:00Z$2');
  const paths = [
    ...['', '&by=store', '&by=category', '&by=city', '&by=hour', '&by=day', '&by=week', '&city=Lima&by=day']
      .concat(['&store=1&by=day', '&store=2', '&category=dairy&by=store', '&store=nobody'])
      .map((query) => `/insights?${days}${query}`),
    ...['/brief?store=1&day=2026-05-02', '/brief?store=2', '/brief?store=nobody'],
  ];
  for (const path of paths) {
    const [one, other] = [await here.get(path), await there.get(path)];
    expect([path, other.status, other.body]).toEqual([path, one.status, one.body]);
    expect(other.headers.get('content-type')).toBe(one.headers.get('content-type'));
  }
  await lake.addTillLines('2026-05-01', [sold('2', 'rice', 3)]);
  await until('the worker read it', async () => {
    const { body } = await there.get('/insights');
    return (body as { total: { sold: { value: number }[] } }).total.sold[0]?.value === 10;
  });
  const counted = /gondola_lake_requests_total\{[^}]*operation="get"[^}]*\} (\d+)/.exec(
    await there.metrics.metrics(),
  );
  expect(Number(counted?.[1])).toBeGreaterThan(3);
});

const SETTINGS = {
  ...{ environment: 'dev', historyDays: 90, rangeDays: 14, refreshMs: 10, judgements: {}, options: {} },
};
type Settings = ConstructorParameters<typeof BooksWorker>[0]['settings'];

function booksOf(file: URL, settings: Settings, log: Partial<Log> = {}) {
  return new BooksWorker({
    ...{ file, settings },
    // Nobody waits here.
    clock: { ...systemClock, sleep: (_, signal) => systemClock.sleep(10, signal) },
    log: { info() {}, warn() {}, error() {}, ...log },
    counts: { requested() {}, moved() {} },
  });
}

/** Has books at once, and dies of the first question. */
const MORTAL = `
import { parentPort } from 'node:worker_threads';
parentPort.on('message', () => { throw new RangeError('out of luck'); });
parentPort.postMessage({ kind: 'changed' });
`;

test('a worker that dies is told of, started again, and what was asked is answered later', async () => {
  const lake = await newLake();
  const file = join(lake.folder, 'mortal.mjs');
  writeFileSync(file, MORTAL);
  const told: unknown[] = [];
  const books = booksOf(
    pathToFileURL(file),
    { ...SETTINGS, lake: { store: 'local', folder: lake.folder } },
    { error: (fields) => told.push(fields['err']) },
  );
  const stop = new AbortController();
  const running = books.run(stop.signal);
  const ask = () =>
    books.answer({ kind: 'brief', question: { storeId: '1', day: '2026-05-01', zone: 'UTC' } }, () => true);
  await expect(ask()).rejects.toMatchObject({ why: 'reading' });
  for (let life = 1; life <= 2; life++) {
    await until('it has books', () => books.later === null);
    expect(books.health()).toMatchObject({ state: 'healthy', detail: '' });
    const waiting = [ask(), ask()].map((answer) => answer.catch((error: unknown) => error));
    for (const error of await Promise.all(waiting)) expect(error).toBeInstanceOf(AnswerLater);
    await until('it is told of', () => told.length === life);
    // What was kept of the one before is not taken for what this one says.
    expect(books.version).toBe(life);
    expect(books.later).toMatchObject({ why: 'away' });
    expect(books.health().detail).toContain('started again');
    await expect(ask()).rejects.toMatchObject({ why: 'away' });
  }
  expect(String(told[0])).toContain('out of luck');
  stop.abort();
  await running;
  expect(books.health()).toMatchObject({ state: 'stopped' });
});

test('what only the operator can change ends the service, as it does without a worker', async () => {
  const lake = await newLake();
  await lake.addSignals([signalWith({ signalId: 'x' })]);
  mkdirSync(join(lake.folder, 'prod'));
  renameSync(join(lake.folder, 'dev/signals'), join(lake.folder, 'prod/signals'));
  const books = booksOf(BUILT, {
    ...{ ...SETTINGS, environment: 'prod' },
    lake: { store: 'local', folder: lake.folder },
  });
  await expect(books.run(new AbortController().signal)).rejects.toMatchObject({
    ...{ name: 'SetupError', code: 'environment_mismatch' },
  });
  expect(books.health()).toMatchObject({ state: 'stopped' });
});

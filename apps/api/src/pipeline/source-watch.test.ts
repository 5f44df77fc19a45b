import type { ObjectStore } from '@gondola/stream';
import { cleanUp, newLake, until } from '../../test/api-harness.js';
import { SourceWatch } from './source-watch.js';

afterEach(cleanUp);

const MINUTE_MS = 60_000;
const BEGIN_MS = Date.UTC(2026, 4, 1, 8);
const folder = 'dev/silver/retail.web';

/** A commit as ingest writes it, with what a log says of its file; `eventMs` is the newest event in it. */
async function commit(store: ObjectStore, version: number, eventMs: number): Promise<void> {
  const stats = JSON.stringify({
    numRecords: 60,
    maxValues: { event_time: new Date(eventMs).toISOString() },
  });
  const add = {
    ...{ path: `event_date=2026-05-01/${version}.parquet`, partitionValues: { event_date: '2026-05-01' } },
    ...{ size: 1, modificationTime: eventMs, dataChange: true, stats },
  };
  const first = [
    { protocol: { minReaderVersion: 1, minWriterVersion: 2 } },
    {
      metaData: {
        ...{ id: 'a', format: { provider: 'parquet', options: {} }, partitionColumns: ['event_date'] },
        schemaString: JSON.stringify({ type: 'struct', fields: [] }),
        configuration: { 'gondola.environment': 'dev' },
      },
    },
  ];
  const lines = [...(version === 0 ? first : []), { add }].map((line) => JSON.stringify(line)).join('\n');
  const path = `${folder}/_delta_log/${String(version).padStart(20, '0')}.json`;
  await store.put(path, Buffer.from(`${lines}\n`));
}

it('says how old the newest event of a source is, by its own pace, and how much comes', async () => {
  const { store } = await newLake();
  let nowMs = BEGIN_MS;
  const watch = new SourceWatch(store, 'dev', { nowMs: () => nowMs });
  expect(await watch.views(nowMs, () => false)).toEqual([]);
  await commit(store, 0, BEGIN_MS);
  nowMs = BEGIN_MS + 3_000;
  await until('it was read', async () => (await watch.views(nowMs, () => false)).length > 0);
  // One commit has no pace.
  expect((await watch.views(nowMs, () => false))[0].level).toBe('unknown');
  expect((await watch.views(nowMs + 7 * 60 * MINUTE_MS, () => false))[0].level).toBe('seldom');
  for (let minute = 1; minute < 10; minute++) await commit(store, minute, BEGIN_MS + minute * MINUTE_MS);
  const viewAt = async (minutes: number, isQuiet = false) => {
    nowMs = BEGIN_MS + minutes * MINUTE_MS;
    return (await watch.views(nowMs, () => isQuiet))[0];
  };
  // What is known is told at once; what is read meanwhile is in a later answer.
  const readAt = async (minutes: number, rowsPerMinute: number) => {
    // Time goes on by less than a minute: a reading that ends meanwhile is the one of that moment, and there is no other.
    let tries = 0;
    await until('all was read', async () => {
      return (await viewAt(minutes + Math.min(0.9, tries++ / 1_000))).rowsPerMinute === rowsPerMinute;
    });
  };
  await readAt(10, 54);
  expect(await viewAt(10)).toEqual({
    ...{ subject: 'retail.web', lastEventMs: BEGIN_MS + 9 * MINUTE_MS, secondsSinceEvent: 60 },
    ...{ level: 'fresh', secondsSinceCommit: 60, rowsPerMinute: 54 },
  });
  expect(await viewAt(15)).toMatchObject({ level: 'late', secondsSinceEvent: 360 });
  expect(await viewAt(15, true)).toMatchObject({ level: 'quiet' });
  expect(await viewAt(60)).toMatchObject({ level: 'silent', rowsPerMinute: 0 });
  await commit(store, 10, BEGIN_MS + 60 * MINUTE_MS);
  await readAt(61, 6);
  expect(await viewAt(61)).toMatchObject({ level: 'fresh' });
});

it('keeps what it knew when the lake does not answer', async () => {
  const { store } = await newLake();
  for (let minute = 0; minute < 4; minute++) await commit(store, minute, BEGIN_MS + minute * MINUTE_MS);
  let nowMs = BEGIN_MS + 4 * MINUTE_MS;
  const watch = new SourceWatch(store, 'dev', { nowMs: () => nowMs });
  expect(await watch.views(nowMs, () => false)).toHaveLength(1);
  await store.put(`${folder}/_delta_log/00000000000000000004.json`, Buffer.from('no commit'));
  nowMs += MINUTE_MS;
  await until('it failed', async () => (await watch.views(nowMs, () => false)) && watch.isBehind);
  expect(await watch.views(nowMs, () => false)).toHaveLength(1);
});

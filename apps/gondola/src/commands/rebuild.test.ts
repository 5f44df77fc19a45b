import {
  ALL_DATES,
  compact,
  expire,
  rebuild as rebuildTables,
  type RebuildResult,
} from '@gondola/lake-upkeep';
import { readConfigFile } from '@gondola/config';
import { ingestConfigSchema } from '@gondola/ingest';
import { createJudge } from '@gondola/quarantine';
import { loadEmbeddedRegistry } from '@gondola/schema-registry';
import { systemClock, type ObjectStore } from '@gondola/stream';
import { context, DAY_MS, ITEMS, POS, records, START_MS, UpkeepLake } from '../../test/upkeep-lake.js';
import { UsageError } from '../command.js';
import { rebuild } from './rebuild.js';

const compacting = {
  targetBytes: 1 << 27,
  dates: ALL_DATES,
  zOrder: null,
  dryRun: false,
  signal: context.signal,
};

describe('rebuild', () => {
  let lake: UpkeepLake;
  beforeEach(async () => {
    lake = await UpkeepLake.ofTwoDays();
  });
  afterEach(() => lake.remove());

  const run = (dates?: string) =>
    rebuild.run({ positionals: [], values: { config: lake.config(), dates } }, context);

  it('gives the same rows when nothing has changed, as often as it runs', async () => {
    const before = await lake.answers();
    const positions = (await lake.snapshot(`dev/silver/${POS}`)).transactions;
    expect(before['quarantine'].length).toBeGreaterThan(5);
    for (let time = 0; time < 2; time++) {
      expect(await run()).toMatchObject({ ok: true, records: 200 });
      expect(await lake.answers()).toEqual(before);
    }
    const after = (await lake.snapshot(`dev/silver/${POS}`)).transactions;
    expect(new Map([...after].filter(([name]) => name !== 'events#rebuild'))).toEqual(positions);
  });

  it('moves rows that a changed contract accepts: as if all had been read under it', async () => {
    lake.acceptMore();
    const before = await lake.answers();
    const counted = await lake.rows('dev/quality');
    await run();
    // What came in is what it was, however it is judged now.
    expect(counted.length).toBeGreaterThan(0);
    expect(await lake.rows('dev/quality')).toEqual(counted);
    await lake.ingest(START_MS, 'qa');
    const [rebuilt, fresh] = [await lake.answers(), await lake.answers('qa')];
    expect(rebuilt['quarantine'].length).toBeLessThan(before['quarantine'].length);
    for (const table of [`silver/${POS}`, `silver/${ITEMS}`]) expect(rebuilt[table]).toEqual(fresh[table]);
    expect(rebuilt['quarantine']).toHaveLength(fresh['quarantine'].length);
  });

  it('changes nothing outside of its dates, though files hold both', async () => {
    for (const table of [`silver/${POS}`, 'quarantine', 'bronze/events'])
      await compact(lake.deps(), `dev/${table}`, compacting);
    lake.acceptMore();
    const before = await lake.rows('dev/quarantine');
    const result = await run('2026-11-23');
    expect(result).toMatchObject({ ok: true, records: 100 });
    const after = await lake.rows('dev/quarantine');
    const reasons = (rows: typeof after, date: string) =>
      rows.filter((row) => row['ingest_date'] === date).map((row) => row['reason']);
    expect(reasons(after, '2026-11-22').sort()).toEqual(reasons(before, '2026-11-22').sort());
    expect(reasons(before, '2026-11-22')).toContain('rule_broken');
    expect(reasons(before, '2026-11-23')).toContain('rule_broken');
    expect(reasons(after, '2026-11-23')).not.toContain('rule_broken');
  });

  it('repairs silver that lost rows and has others twice', async () => {
    const before = await lake.answers();
    const path = `dev/silver/${POS}`;
    const { files } = await lake.snapshot(path);
    await commit(lake, path, [
      { remove: { path: encodeURI(files[0].path), deletionTimestamp: 0, dataChange: true } },
      {
        add: {
          ...files[1],
          path: encodeURI(files[1].path).replace('part-', 'part-twice-'),
          dataChange: true,
        },
      },
    ]);
    const bytes = await lake.store.get(`${path}/${files[1].path}`);
    await lake.store.put(
      `${path}/${files[1].path.replace('part-', 'part-twice-')}`,
      bytes ?? new Uint8Array(),
    );
    expect((await lake.answers())[`silver/${POS}`]).not.toEqual(before[`silver/${POS}`]);
    await run();
    expect(await lake.answers()).toEqual(before);
  });

  it('replaces rows of a file that is gone, and names it', async () => {
    const before = await lake.answers();
    const path = `dev/silver/${POS}`;
    const [{ path: file, stats }] = (await lake.snapshot(path)).files;
    await lake.store.delete(`${path}/${file}`);
    await expect(lake.answers()).rejects.toThrow('is gone');
    const { numRecords } = JSON.parse(stats) as { numRecords: number };
    const { tables } = (await run()) as unknown as Pick<RebuildResult, 'tables'>;
    expect(tables[path].filesGone).toEqual([{ path: file, rows: numRecords }]);
    expect(await lake.answers()).toEqual(before);
  });

  it('leaves expired dates alone unless asked otherwise', async () => {
    const before = await lake.answers();
    const clock = { ...systemClock, nowMs: () => START_MS + 2 * DAY_MS };
    for (const path of [`dev/silver/${POS}`, 'dev/quarantine'])
      await expire({ ...lake.deps(), clock }, path, { days: 1, dryRun: false });
    const expired = await lake.answers();
    expect(expired).not.toEqual(before);
    await run();
    expect(await lake.answers()).toEqual(expired);
    const values = { config: lake.config(), 'with-expired': true };
    await rebuild.run({ positionals: [], values }, context);
    expect(await lake.answers()).toEqual(before);
  });

  it('goes on when a compaction was first, and leaves alone what ingest adds meanwhile', async () => {
    lake.acceptMore();
    const config = readConfigFile(lake.config(), ingestConfigSchema);
    const store = beforeFirstSilverCommit(lake.store, async () => {
      await compact(lake.deps(), `dev/silver/${POS}`, compacting);
      await lake.send(records(200, 50));
      await lake.ingest(START_MS + DAY_MS);
    });
    const maskingKey = Buffer.from('a key of at least thirty-two bytes!');
    const registry = loadEmbeddedRegistry(lake.schemas);
    await rebuildTables(lake.deps(store), {
      stream: 'events',
      dates: ALL_DATES,
      createPipeline: createJudge(config, { ...lake.deps(store), registry, maskingKey }).intoTables,
      withExpired: false,
      flush: { rowsMax: 20, bytesMax: 1 << 20 },
      signal: context.signal,
    });
    expect(lake.log.ends('events').reduce((sum, { next }) => sum + next, 0)).toBe(250);
    await lake.ingest(START_MS, 'qa');
    const [rebuilt, fresh] = [await lake.answers(), await lake.answers('qa')];
    for (const table of [`silver/${POS}`, `silver/${ITEMS}`]) expect(rebuilt[table]).toEqual(fresh[table]);
  });

  it('makes the table of a subject that had none, and a restart remembers its events', async () => {
    const items = (await lake.rows(`dev/silver/${ITEMS}`)).length;
    const qa = lake.config('qa');
    // As if the contract had not been there when qa was filled.
    await lake.ingest(START_MS, 'qa');
    for await (const { path } of lake.store.listAll(`qa/silver`)) await lake.store.delete(path);
    const result = await rebuild.run({ positionals: [], values: { config: qa } }, context);
    expect(result).toMatchObject({ ok: true });
    expect(await lake.rows(`qa/silver/${ITEMS}`)).toHaveLength(items);
    await lake.send(records(190, 10).slice(5));
    await lake.ingest(START_MS + DAY_MS, 'qa');
    await lake.ingest(START_MS + DAY_MS);
    const [qaRows, devRows] = [await lake.answers('qa'), await lake.answers()];
    for (const table of [`silver/${POS}`, `silver/${ITEMS}`]) expect(qaRows[table]).toEqual(devRows[table]);
  });

  it('wants a configuration and readable dates', async () => {
    await expect(rebuild.run({ positionals: [], values: {} }, context)).rejects.toThrow(UsageError);
    for (const dates of ['yesterday', '2026-11-23..2026-11-22', '2026-13-45', '..'])
      await expect(run(dates)).rejects.toThrow(UsageError);
  });
});

/** A version written by hand. */
async function commit(lake: UpkeepLake, path: string, actions: readonly object[]): Promise<void> {
  const { version } = await lake.snapshot(path);
  const name = `${path}/_delta_log/${String(version + 1).padStart(20, '0')}.json`;
  await lake.store.put(name, Buffer.from(actions.map((action) => JSON.stringify(action)).join('\n')));
}

function beforeFirstSilverCommit(store: ObjectStore, act: () => Promise<void>): ObjectStore {
  let isFirst = true;
  return {
    address: store.address,
    get: (path) => store.get(path),
    list: (folder, startAfter) => store.list(folder, startAfter),
    listAll: (folder) => store.listAll(folder),
    delete: (path) => store.delete(path),
    put: (path, bytes) => store.put(path, bytes),
    putIfAbsent: async (path, bytes) => {
      if (isFirst && path.startsWith(`dev/silver/${POS}/_delta_log/`)) {
        isFirst = false;
        await act();
      }
      return store.putIfAbsent(path, bytes);
    },
  };
}

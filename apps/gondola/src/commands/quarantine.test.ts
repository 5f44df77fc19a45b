import { readConfigFile } from '@gondola/config';
import { ingestConfigSchema } from '@gondola/ingest';
import { columnarEncoder } from '@gondola/lake-parquet';
import { compact } from '@gondola/lake-upkeep';
import { createJudge, replay } from '@gondola/quarantine';
import { loadEmbeddedRegistry } from '@gondola/schema-registry';
import { silentLog, systemClock, type ObjectStore, type OutgoingRecord } from '@gondola/stream';
import { Death, dyingStore } from '@gondola/testing';
import {
  context,
  DAY_MS,
  MASKING_KEY,
  POS,
  records,
  sale,
  START_MS,
  UpkeepLake,
} from '../../test/upkeep-lake.js';
import { UsageError } from '../command.js';
import { quarantine } from './quarantine.js';
import { rebuild } from './rebuild.js';
import { reconcile } from './reconcile.js';

const ALL = { reasons: null, subject: null, sinceMs: -Infinity, untilMs: Infinity };

interface Listed {
  readonly total: number;
  readonly pages: number;
  readonly by: Readonly<Record<string, readonly { name: string; count: number }[]>>;
  readonly rows: readonly { id: string; reason: string; replays: number }[];
}

const QUIET = { signal: context.signal, onProgress() {} };

describe('quarantine', () => {
  let lake: UpkeepLake;
  beforeEach(async () => {
    lake = new UpkeepLake();
    await lake.send(records(0, 100));
    await lake.ingest(START_MS);
    await lake.send(records(100, 100));
    await lake.ingest(START_MS + DAY_MS);
  });
  afterEach(() => lake.remove());

  const run = (positionals: readonly string[], values: Record<string, string | boolean> = {}) =>
    quarantine.run(
      { positionals, values: { config: lake.config(), rows: '20', page: '1', ...values } },
      context,
    );
  const listed = async (values = {}) => (await run(['list'], values)) as unknown as Listed;
  const reconciled = async () => {
    const { ok, findings } = (await reconcile.run(
      { positionals: [], values: { config: lake.config() } },
      context,
    )) as { ok: unknown; findings: unknown };
    return { ok, findings };
  };
  const BALANCED = { ok: true, findings: [] };
  const rowsBy = async (reason: string) =>
    (await lake.rows('dev/quarantine')).filter((row) => row['reason'] === reason);
  const refusedSales = async () =>
    (await rowsBy('rule_broken'))
      .map((row) => JSON.parse(Buffer.from(row['value'] as Uint8Array).toString()) as ReturnType<typeof sale>)
      .filter(({ sequenceNumber }) => sequenceNumber >= 100);
  /** The same sale with as many units as may be. */
  const mended = (refused: ReturnType<typeof sale>): OutgoingRecord => ({
    key: Buffer.from(refused.retailStoreId),
    value: Buffer.from(JSON.stringify({ ...refused, lines: sale(3, START_MS, 2).lines })),
    timestampMs: START_MS + DAY_MS,
  });
  /** Sales as `store till sequence`, each once or it would be doubled. */
  const sales = async () => {
    const all = (await lake.rows(`dev/silver/${POS}`)).map(
      (row) => `${row['sequence_number']} ${row['line_sequence']}`,
    );
    expect(all.sort()).toEqual([...new Set(all)].sort());
    return all;
  };
  /** A replay on another store, as the command does it. */
  const replayOn = (store: ObjectStore, times: object = {}) => {
    const deps = {
      store,
      encoder: columnarEncoder,
      clock: systemClock,
      log: silentLog,
      environment: 'dev',
      progress() {},
    };
    const registry = loadEmbeddedRegistry(lake.schemas);
    const config = readConfigFile(lake.config(), ingestConfigSchema);
    const judge = createJudge(config, { ...deps, registry, maskingKey: MASKING_KEY });
    const options = { stream: 'events', filter: { ...ALL, ...times }, dryRun: false, force: false };
    return replay(deps, judge, options, QUIET);
  };

  async function compactQuarantine(): Promise<void> {
    const { store } = lake;
    const deps = { store, encoder: columnarEncoder, clock: systemClock, log: silentLog, environment: 'dev' };
    await compact({ ...deps, progress() {} }, 'dev/quarantine', {
      targetBytes: 1 << 27,
      dates: { first: null, last: null },
      zOrder: null,
      dryRun: false,
      signal: context.signal,
    });
  }

  it('is listed by reason, subject, field and producer, and page by page', async () => {
    const all = await listed({ rows: '5' });
    const rows = await lake.rows('dev/quarantine');
    expect(all.total).toBe(rows.length);
    expect(all.pages).toBe(Math.ceil(rows.length / 5));
    expect(Object.fromEntries(all.by['reason'].map(({ name, count }) => [name, count]))).toEqual({
      rule_broken: (await rowsBy('rule_broken')).length,
      framing_unknown: (await rowsBy('framing_unknown')).length,
    });
    expect(all.by['pointer'].map(({ name }) => name).sort()).toEqual(['(record)', '/lines/*/quantity']);
    expect(all.by['producer']).toEqual([expect.objectContaining({ name: 'events', count: rows.length })]);
    const ids: string[] = [];
    for (let page = 1; page <= all.pages; page++)
      ids.push(...(await listed({ rows: '5', page: String(page) })).rows.map(({ id }) => id));
    expect(new Set(ids).size).toBe(rows.length);
    const second = await listed({ since: '2026-11-23', reason: 'rule_broken' });
    expect(second.total).toBeGreaterThan(0);
    expect(second.total).toBeLessThan((await rowsBy('rule_broken')).length);
  });

  it('goes to silver once after the contract was mended, and everything balances', async () => {
    // Some were sent again with fewer units before the contract was mended: these stand.
    const again = (await refusedSales()).slice(0, 2);
    await lake.send(again.map((one) => mended(one)));
    await lake.ingest(START_MS + DAY_MS);
    const before = await sales();
    const refused = (await rowsBy('rule_broken')).length;
    lake.acceptMore();
    const tables = await lake.answers();
    const dry = await run(['replay'], { 'dry-run': true });
    expect(await lake.answers()).toEqual(tables);
    const done = await run(['replay']);
    expect(dry).toMatchObject({ passed: done['passed'], reasons: done['reasons'] });
    const known = await rowsBy('event_known');
    expect(known).toHaveLength(new Set(again.map(({ eventId }) => eventId)).size);
    expect(await rowsBy('rule_broken')).toEqual([]);
    expect(done).toMatchObject({
      ok: true,
      passed: refused - known.length,
      reasons: { rule_broken: { rows: refused, passed: refused - known.length } },
    });
    expect((await sales()).length).toBeGreaterThan(before.length);
    expect(await sales()).toEqual(expect.arrayContaining(before));
    expect(await reconciled()).toEqual(BALANCED);

    const after = await lake.answers();
    expect(await run(['replay'], { reason: 'rule_broken,event_known' })).toMatchObject({ passed: 0 });
    expect((await lake.answers())[`silver/${POS}`]).toEqual(after[`silver/${POS}`]);
    await rebuild.run({ positionals: [], values: { config: lake.config() } }, context);
    expect((await lake.answers())[`silver/${POS}`]).toEqual(after[`silver/${POS}`]);
    expect(await reconciled()).toEqual(BALANCED);
  });

  it('keeps what is refused again, counts how often, and at last leaves it alone', async () => {
    const before = await lake.rows('dev/quarantine');
    for (let time = 1; time <= 5; time++) {
      expect(await run(['replay'])).toMatchObject({ records: before.length, passed: 0 });
      const rows = await lake.rows('dev/quarantine');
      expect(rows).toHaveLength(before.length);
      expect(rows.every((row) => row['replay_count'] === time)).toBe(true);
    }
    expect(await run(['replay'])).toMatchObject({ records: 0, leftAlone: before.length });
    lake.acceptMore();
    expect(await run(['replay'], { reason: 'rule_broken' })).toMatchObject({ records: 0 });
    const forced = await run(['replay'], { reason: 'rule_broken', force: true });
    expect(forced['passed']).toBeGreaterThan(0);
    expect(await reconciled()).toEqual(BALANCED);
  });

  it('takes all that was chosen, though one file holds more than goes in one step', async () => {
    const value = Buffer.alloc(4 << 20, 'g');
    const large = Array.from({ length: 10 }, () => ({ key: null, value, timestampMs: START_MS + DAY_MS }));
    await lake.send(large);
    await lake.ingest(START_MS + DAY_MS);
    await compactQuarantine();
    const before = await lake.rows('dev/quarantine');
    expect(await run(['replay'])).toMatchObject({ records: before.length });
    const rows = await lake.rows('dev/quarantine');
    expect(rows.map((row) => row['replay_count'])).toEqual(new Array(before.length).fill(1));
  });

  it('takes only what was chosen, though files hold more', async () => {
    await compactQuarantine();
    lake.acceptMore();
    const garbage = await rowsBy('framing_unknown');
    expect(await run(['replay'], { until: '2026-11-22T12:00', subject: POS })).toMatchObject({ ok: true });
    const left = await rowsBy('rule_broken');
    expect(left.length).toBeGreaterThan(0);
    expect(left.every((row) => row['ingest_date'] === '2026-11-23')).toBe(true);
    expect((await rowsBy('framing_unknown')).length).toBe(garbage.length);
    await run(['replay'], { subject: POS });
    expect(await reconciled()).toEqual(BALANCED);
  });

  it('is put right by the next run wherever a replay is killed', async () => {
    lake.acceptMore();
    let deaths = 0;
    for (let survives = 0; ; survives++) {
      const died = await replayOn(dyingStore(lake.store, survives)).then(
        () => false,
        (error: unknown) => {
          if (!(error instanceof Death)) throw error;
          return true;
        },
      );
      await sales();
      if (!died) break;
      deaths++;
    }
    expect(deaths).toBeGreaterThan(2);
    expect(await rowsBy('rule_broken')).toEqual([]);
    expect(await reconciled()).toEqual(BALANCED);
  });

  it('is in silver once when the event comes again while it is replayed, whoever is first', async () => {
    const [refused] = await refusedSales();
    lake.acceptMore();
    // Ingest has read the event when the replay commits: it is fenced and finds that it is known.
    await lake.send([mended(refused)]);
    const behind = beforeFirstSilverCommit(lake.store, async () => {
      await replayOn(lake.store);
    });
    await lake.ingest(START_MS + DAY_MS, 'dev', { store: behind });
    // Units are decimals of three places.
    const twice = (await lake.rows(`dev/silver/${POS}`)).filter(
      (row) => Number(row['sequence_number']) === refused.sequenceNumber,
    );
    expect(twice.map((row) => Number(row['quantity']))).toEqual(refused.lines.map(() => 500_000_000));
    await sales();
    expect(await reconciled()).toEqual(BALANCED);
  });

  it('is held back when ingest was first, though the replay had looked before', async () => {
    const [refused] = await refusedSales();
    lake.acceptMore();
    const store = beforeFirstSilverCommit(lake.store, async () => {
      await lake.send([mended(refused)]);
      await lake.ingest(START_MS + DAY_MS);
    });
    await replayOn(store);
    const rows = (await lake.rows(`dev/silver/${POS}`)).filter(
      (row) => Number(row['sequence_number']) === refused.sequenceNumber,
    );
    expect(rows.map((row) => Number(row['quantity']))).toEqual([2_000]);
    await sales();
    expect(await reconciled()).toEqual(BALANCED);
  });

  it('is in silver once when two replays take two records of it', async () => {
    const [refused] = await refusedSales();
    const value = Buffer.from(JSON.stringify(refused));
    await lake.send([{ key: Buffer.from(refused.retailStoreId), value, timestampMs: START_MS + DAY_MS }]);
    await lake.ingest(START_MS + 2 * DAY_MS);
    lake.acceptMore();
    const border = START_MS + 2 * DAY_MS;
    const store = beforeFirstSilverCommit(lake.store, async () => {
      await replayOn(lake.store, { untilMs: border });
    });
    expect(await replayOn(store, { sinceMs: border })).toMatchObject({ records: 1, passed: 0 });
    await sales();
    expect(await reconciled()).toEqual(BALANCED);
  });

  it('is shown from the files that may hold it: others are not read', async () => {
    const rows = await lake.rows('dev/quarantine');
    const far = rows.reduce((last, row) =>
      Number(row['source_position']) > Number(last['source_position']) ? row : last,
    );
    for (const { path, partitionValues } of (await lake.snapshot('dev/quarantine')).files)
      if (partitionValues['ingest_date'] !== far['ingest_date'])
        await lake.store.delete(`dev/quarantine/${path}`);
    const id = `events/${String(far['source_partition'])}/${String(far['source_position'])}`;
    expect(await run(['show', id])).toMatchObject({ id, reason: far['reason'] });
    await expect(run(['list'])).rejects.toMatchObject({ code: 'lake_corrupt' });
  });

  it('wants an action, a record, a configuration, and a choice that can be understood', async () => {
    const wrong: [readonly string[], Record<string, string>][] = [
      [[], {}],
      [['show'], {}],
      [['show', 'a/b/c'], {}],
      [['list', 'all'], {}],
      [['list'], { reason: 'bad' }],
      [['replay'], { since: 'yesterday' }],
      [['list'], { page: '0' }],
    ];
    for (const [positionals, values] of wrong)
      await expect(run(positionals, values)).rejects.toThrow(UsageError);
    await expect(quarantine.run({ positionals: ['replay'], values: {} }, context)).rejects.toThrow(
      UsageError,
    );
    await expect(run(['list'], { config: lake.config('qa') })).rejects.toThrow('no table qa/quarantine');
    await expect(run(['show', '987654321'])).rejects.toThrow('no record 987654321');
  });
});

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

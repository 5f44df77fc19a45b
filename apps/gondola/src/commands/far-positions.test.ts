import { dirname } from 'node:path';
import { readConfigFile } from '@gondola/config';
import { ingestConfigSchema } from '@gondola/ingest';
import { ALL_DATES, compact, rebuild, reconcile, type DateRange, type Finding } from '@gondola/lake-upkeep';
import { createJudge, replay } from '@gondola/quarantine';
import { loadEmbeddedRegistry } from '@gondola/schema-registry';
import type { Checkpoint } from '@gondola/stream';
import { farPartition, farPosition } from '@gondola/testing';
import {
  context,
  DAY_MS,
  ITEMS,
  MASKING_KEY,
  POS,
  records,
  START_MS,
  UpkeepLake,
  type Row,
} from '../../test/upkeep-lake.js';

const SILVER = `dev/silver/${POS}`;
const BRONZE = 'dev/bronze/events';

/** Positions of 201 bits with holes between all of them, as Kinesis has. */
const QUIET = { signal: context.signal, onProgress() {} };

describe('upkeep at positions of more than 64 bits', () => {
  let lake: UpkeepLake;
  beforeEach(async () => {
    lake = await UpkeepLake.ofTwoDays({ far: true });
  });
  afterEach(() => lake.remove());

  const judge = () => {
    const config = readConfigFile(lake.config(), ingestConfigSchema);
    const registry = loadEmbeddedRegistry(lake.schemas);
    return createJudge(config, { ...lake.deps(), registry, maskingKey: MASKING_KEY });
  };
  const check = (options: { quick?: boolean; dates?: DateRange; kept?: Checkpoint } = {}) => {
    const { subjects, into } = judge();
    return reconcile(lake.deps(), {
      stream: 'events',
      dates: options.dates ?? ALL_DATES,
      subjects,
      createPipeline: options.quick ? null : into,
      kept: options.kept ?? null,
      withExpired: false,
      signal: context.signal,
    });
  };
  const judgeAgain = (dates = ALL_DATES) =>
    rebuild(lake.deps(), {
      stream: 'events',
      dates,
      createPipeline: judge().intoTables,
      withExpired: false,
      flush: { rowsMax: 20, bytesMax: 1 << 20 },
      signal: context.signal,
    });
  const compactAll = async () => {
    const options = {
      targetBytes: 1 << 27,
      dates: ALL_DATES,
      zOrder: null,
      dryRun: false,
      signal: context.signal,
    };
    for (const table of [SILVER, BRONZE, 'dev/quarantine']) await compact(lake.deps(), table, options);
  };

  async function byHand(table: string, actions: readonly object[]): Promise<void> {
    const { version } = await lake.snapshot(table);
    const name = `${table}/_delta_log/${String(version + 1).padStart(20, '0')}.json`;
    await lake.store.put(name, Buffer.from(actions.map((action) => JSON.stringify(action)).join('\n')));
  }
  const takeOut = (table: string, path: string) =>
    byHand(table, [{ remove: { path: encodeURI(path), deletionTimestamp: 0, dataChange: true } }]);
  const kindsOf = (findings: readonly Finding[]) => new Set(findings.map(({ kind }) => kind));
  const placesIn = (findings: readonly Finding[]) =>
    findings.map(({ partition, from, to }) => `${partition}/${from}${from === to ? '' : ` to ${to}`}`).sort();
  const placesOf = (rows: readonly Row[]) =>
    [...new Set(rows.map((row) => `${row['source_partition']}/${row['source_sequence']}`))].sort();

  it('stand in the tables as text, and nothing is wrong with them', async () => {
    const bronze = await lake.rows(BRONZE);
    expect(new Set(bronze.map((row) => row['position']))).toEqual(new Set([null]));
    expect(bronze.map((row) => row['sequence'])).toContain(String(farPosition(99n)));
    expect(await check()).toMatchObject({ ok: true, records: 200, findings: [] });
    expect(await check({ quick: true })).toMatchObject({ ok: true, records: 200 });
    expect(await check({ dates: { first: '2026-11-23', last: '2026-11-23' } })).toMatchObject({
      ok: true,
      records: 100,
    });
  });

  it('are the same records as at small ones', async () => {
    await lake.ingest(START_MS, 'qa');
    const values = (row: Row) =>
      JSON.stringify(
        Object.entries(row).filter(([name]) => !/^source_(partition|position|sequence)$/.test(name)),
        (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value),
      );
    for (const table of [`silver/${POS}`, `silver/${ITEMS}`]) {
      const [far, near] = [await lake.rows(`dev/${table}`), await lake.rows(`qa/${table}`)];
      expect(far.map(values).sort()).toEqual(near.map(values).sort());
    }
  });

  it('survive compaction and are rebuilt to the same rows, whole or a day of them', async () => {
    const before = await lake.answers();
    await compactAll();
    expect(await check()).toMatchObject({ ok: true, records: 200 });
    expect(await judgeAgain()).toMatchObject({ records: 200 });
    expect(await lake.answers()).toEqual(before);
    expect(await judgeAgain({ first: '2026-11-23', last: null })).toMatchObject({ records: 100 });
    expect(await lake.answers()).toEqual(before);
    expect(await check()).toMatchObject({ ok: true, records: 200 });
  });

  it('are named where silver lost rows, and rebuilt there', async () => {
    const before = await lake.answers();
    const { files } = await lake.snapshot(SILVER);
    const rows = await lake.rows(SILVER);
    const { numRecords } = JSON.parse(files[0].stats) as { numRecords: number };
    await takeOut(SILVER, files[0].path);
    const { findings } = await check();
    expect(kindsOf(findings)).toEqual(new Set(['silver_missing']));
    expect(placesIn(findings)).toEqual(placesOf(rows.slice(0, numRecords)));
    await judgeAgain();
    expect(await lake.answers()).toEqual(before);
  });

  it('tell of rows whose record bronze lost, though holes say nothing', async () => {
    const { files } = await lake.snapshot(BRONZE);
    await takeOut(BRONZE, files[Math.floor(files.length / 2)].path);
    const { findings } = await check();
    expect(kindsOf(findings).has('bronze_hole')).toBe(false);
    expect(findings.filter(({ kind }) => kind === 'silver_unexplained').length).toBeGreaterThan(5);
  });

  it('are named where bronze has them twice', async () => {
    const { files } = await lake.snapshot(BRONZE);
    const path = `${dirname(files[1].path)}/copy.parquet`;
    const bytes = await lake.store.get(`${BRONZE}/${files[1].path}`);
    await lake.store.put(`${BRONZE}/${path}`, bytes ?? Buffer.of());
    await byHand(BRONZE, [{ add: { ...files[1], path: encodeURI(path), dataChange: true } }]);
    const { findings } = await check();
    expect(kindsOf(findings)).toEqual(new Set(['bronze_doubled']));
  });

  it('are compared with what the stream still has', async () => {
    const partition = farPartition('0');
    const kept = (position: bigint) => new Map([[partition, position]]);
    expect(await check({ kept: kept(farPosition(0n)) })).toMatchObject({ ok: true });
    const { findings } = await check({ kept: kept(farPosition(0n) - 5n) });
    expect(placesIn(findings)).toEqual([`${partition}/${farPosition(0n) - 5n} to ${farPosition(0n) - 1n}`]);
  });

  it('are replayed from quarantine, beside what ingest adds meanwhile, and balance', async () => {
    const before = (await lake.rows(SILVER)).length;
    lake.acceptMore();
    await lake.send(records(200, 50));
    await lake.ingest(START_MS + DAY_MS, 'dev', { far: true });
    const filter = { reasons: null, subject: POS, sinceMs: -Infinity, untilMs: Infinity };
    const options = { stream: 'events', filter, dryRun: false, force: false };
    const { passed } = await replay(lake.deps(), judge(), options, QUIET);
    expect(passed).toBeGreaterThan(0);
    expect((await lake.rows(SILVER)).length).toBeGreaterThan(before);
    expect(await check()).toMatchObject({ ok: true, findings: [] });
    expect(await replay(lake.deps(), judge(), options, QUIET)).toMatchObject({ records: 0 });
  });
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEmbeddedSink, EmbeddedLog } from '@gondola/broker-embedded';
import { readSnapshot } from '@gondola/lake-delta';
import { createLocalDiskStore } from '@gondola/lake-object-store';
import { readCheckpoint } from '@gondola/lake-parquet';
import { createRandom, systemClock } from '@gondola/stream';
import { lastLine, ROOT, runGondola } from '../run-gondola.js';
import { lakeDigests } from './lake-rows.js';
import { saleRecords } from './sale-records.js';

const EVENTS = 100_000;
const SCHEMAS = join(ROOT, 'test/perf/schemas');
const KILLS = 8;

describe('upkeep', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gondola-upkeep-'));
  const lakeOf = (name: string) => join(folder, name);
  const random = createRandom(20_261_124);
  beforeAll(async () => {
    const log = EmbeddedLog.open(join(folder, 'stream.sqlite'));
    log.createStream('pos', 4);
    const sink = createEmbeddedSink(log, 'pos');
    for (const records of saleRecords(SCHEMAS, EVENTS)) await sink.append(records);
    log.close();
    expect(await runGondola(['ingest', '--once', ...config('calm', 50_000)])).toMatchObject({ code: 0 });
  }, 300_000);
  afterAll(() => rmSync(folder, { recursive: true }));

  it('that is killed again and again beside a running ingest changes no row', async () => {
    const ingest = runGondola(['ingest', '--once', ...config('busy', 1_000)]);
    let isOver = false;
    void ingest.finally(() => (isOver = true));
    const commands = [
      ['compact', '--lake', lakeOf('busy')],
      ['vacuum', '--lake', lakeOf('busy'), '--retention-hours', '24'],
    ];
    let [rounds, killed] = [0, 0];
    for (; !isOver; rounds++) {
      const killWhen = rounds % 4 === 0 ? systemClock.sleep(300 + 1_500 * random.unit()) : undefined;
      const ended = await runGondola(commands[rounds % 2 === 0 ? 0 : 1], killWhen ? { killWhen } : {});
      if (ended.killed) killed++;
    }
    expect(await ingest).toMatchObject({ code: 0 });
    expect(await runGondola(commands[0])).toMatchObject({ code: 0 });
    expect(rounds).toBeGreaterThan(2);
    expect(killed).toBeGreaterThan(0);
    expect(await lakeDigests(lakeOf('busy'), 'dev')).toEqual(await lakeDigests(lakeOf('calm'), 'dev'));
    const reconciled = await runGondola(['reconcile', ...config('busy', 1_000), '--json']);
    expect(reconciled).toMatchObject({ code: 0 });
    expect(lastLine(reconciled)).toMatchObject({ ok: true, records: EVENTS, findings: [] });
  }, 600_000);

  it('two compactions at once lose and double nothing', async () => {
    expect(await runGondola(['ingest', '--once', ...config('twice', 2_000)])).toMatchObject({ code: 0 });
    const both = await Promise.all(
      [0, 1].map(() => runGondola(['compact', '--lake', lakeOf('twice'), '--json'])),
    );
    expect(both.map(({ code }) => code)).toEqual([0, 0]);
    expect(await lakeDigests(lakeOf('twice'), 'dev')).toEqual(await lakeDigests(lakeOf('calm'), 'dev'));
  }, 300_000);

  it('rebuild that is killed leaves tables that the next one makes right, or two at once', async () => {
    const before = await lakeDigests(lakeOf('calm'), 'dev');
    for (let kill = 0; kill < KILLS; kill++) {
      const killWhen = systemClock.sleep(400 + (kill / KILLS) * 5_000);
      await runGondola(['rebuild', ...config('calm', 20_000)], { killWhen });
    }
    const both = await Promise.all([0, 1].map(() => runGondola(['rebuild', ...config('calm', 20_000)])));
    expect(both.map(({ code }) => code)).toEqual([0, 0]);
    expect(await lakeDigests(lakeOf('calm'), 'dev')).toEqual(before);
    expect(await runGondola(['reconcile', ...config('calm', 20_000)])).toMatchObject({ code: 0 });
  }, 300_000);

  it('vacuum leaves the files of the newest version and no others', async () => {
    const store = createLocalDiskStore(lakeOf('calm'));
    const before = await lakeDigests(lakeOf('calm'), 'dev');
    const forced = ['--retention-hours', '0', '--force-short-retention'];
    expect(await runGondola(['vacuum', '--lake', lakeOf('calm'), ...forced])).toMatchObject({ code: 0 });
    expect(await lakeDigests(lakeOf('calm'), 'dev')).toEqual(before);
    const left: string[] = [];
    for await (const { path } of store.listAll('dev')) if (!path.includes('_delta_log')) left.push(path);
    const live: string[] = [];
    for (const table of before.keys()) {
      const snapshot = await readSnapshot(store, `dev/${table}`, readCheckpoint);
      for (const file of snapshot?.files ?? []) live.push(`dev/${table}/${file.path}`);
    }
    expect(left.sort()).toEqual(live.sort());
  }, 300_000);

  function config(lake: string, rowsMax: number): string[] {
    const file = join(folder, `${lake}-${rowsMax}.json`);
    const keyFile = join(folder, 'masking.key');
    writeFileSync(keyFile, 'a key of thirty-two bytes or more, for this test');
    const settings = {
      environment: 'dev',
      lake: lakeOf(lake),
      schemas: SCHEMAS,
      stream: { file: join(folder, 'stream.sqlite'), name: 'pos', batchBytesMax: 1 << 18 },
      defaultSubject: 'pos.event',
      masking: { keyFile },
      quarantine: { shareMax: 1 },
      flush: { rowsMax, ageMsMax: 60_000 },
    };
    writeFileSync(file, JSON.stringify(settings));
    return ['--config', file];
  }
});

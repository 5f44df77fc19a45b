import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEmbeddedSource, EmbeddedLog } from '@gondola/broker-embedded';
import { readSnapshot } from '@gondola/lake-delta';
import { createLocalDiskStore } from '@gondola/lake-object-store';
import { readCheckpoint } from '@gondola/lake-parquet';
import { createRandom, silentLog, systemClock, valueAt } from '@gondola/stream';
import { lakeRows } from './lake-rows.js';
import { lastLine, ROOT, runGondola } from '../run-gondola.js';

const PANEL = join(ROOT, '../shared/data/frn_dev.parquet');
const KILLS = 20;
const STORES = Array.from({ length: 50 }, (_, index) => index * 3).join();
const hasPanel = existsSync(PANEL);
if (!hasPanel) console.warn(`skipped: the crash test replays real sales and ${PANEL} is not there`);

(hasPanel ? describe : describe.skip)('a replay that is killed again and again', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gondola-crash-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const replay = (lake: string) => [
    ...['replay', PANEL, '--as', 'panel', '--stores', STORES, '--days', '0..89'],
    ...['--lake', join(folder, lake), '--json'],
  ];

  it(
    `ends with the same rows and the same signals as an undisturbed one, after ${KILLS} times kill -9`,
    async () => {
      const calm = await runGondola(replay('calm'));
      expect([calm.code, calm.stderr.includes('done in')]).toEqual([0, true]);

      const random = createRandom(20_261_123);
      const versions: number[] = [];
      for (let kill = 0; kill < KILLS; kill++) {
        // Before the first record of the run is read, or at any moment within a flush or two of its work.
        const commits = random.below(2);
        const over = new AbortController();
        const reached =
          commits === 0 ? Promise.resolve() : reaches((versions.at(-1) ?? -1) + commits, over.signal);
        const waitMs = (commits === 0 ? 4_000 : 250) * random.unit();
        const ended = await runGondola(replay('killed'), {
          killWhen: reached.then(() => systemClock.sleep(waitMs, over.signal)),
        });
        over.abort();
        if (!ended.killed)
          throw new Error(`run ${kill} ended by itself after versions ${versions.join()}: ${ended.stderr}`);
        versions.push(await bronzeVersion('killed'));
      }
      // The kills met the line at work: many runs left commits behind that the next one had to go on from.
      expect(new Set(versions).size).toBeGreaterThan(KILLS / 4);
      const last = await runGondola(replay('killed'));
      expect(last.code).toBe(0);

      const same = ({ seconds: _seconds, lake: _lake, ...summary }: Record<string, unknown>) => summary;
      expect(same(lastLine(last))).toEqual(same(lastLine(calm)));
      const [calmRows, killedRows] = [
        await lakeRows(join(folder, 'calm'), 'dev'),
        await lakeRows(join(folder, 'killed'), 'dev'),
      ];
      expect([...killedRows.keys()]).toEqual([...calmRows.keys()]);
      for (const [table, rows] of calmRows)
        expect({ table, rows: killedRows.get(table) }).toEqual({ table, rows });
      const signals = await signalStream('calm');
      expect(signals.length).toBeGreaterThan(0);
      expect(await signalStream('killed')).toEqual(signals);
    },
    20 * 60_000,
  );

  /** Resolves when the killed lake's bronze table has that version. */
  async function reaches(version: number, signal: AbortSignal): Promise<void> {
    const name = `${String(version).padStart(20, '0')}.json`;
    const path = join(folder, 'killed/dev/bronze/events/_delta_log', name);
    while (!existsSync(path) && !signal.aborted) await systemClock.sleep(5);
  }

  async function bronzeVersion(lake: string): Promise<number> {
    const store = createLocalDiskStore(join(folder, lake));
    const snapshot = await readSnapshot(store, 'dev/bronze/events', readCheckpoint);
    return snapshot?.version ?? -1;
  }

  async function signalStream(lake: string): Promise<string[]> {
    const log = EmbeddedLog.open(join(folder, lake, '_gondola', 'stream.sqlite'));
    const options = { stream: 'signals', reader: 'test', batchBytesMax: 1e9, allowGap: false };
    const source = createEmbeddedSource(log, options, { clock: systemClock, log: silentLog });
    await source.open({ assigned: async () => new Map(), revoked: async () => {} });
    const values: string[] = [];
    for (let batch = await source.poll(0); batch; batch = await source.poll(0))
      for (let index = 0; index < batch.count; index++)
        values.push(`${batch.partition} ${Buffer.from(valueAt(batch, index) ?? []).toString('base64')}`);
    log.close();
    return values.sort();
  }
});

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLocalDiskStore } from '@gondola/lake-object-store';
import { readSnapshot } from '@gondola/lake-delta';
import { readParquet } from '@gondola/lake-parquet';
import { createRandom, systemClock } from '@gondola/stream';
import { startChildServer, type RunningServer } from '../servers/child-server.js';
import { lastLine, ROOT, runGondola } from '../run-gondola.js';

const EVENTS = 4_000;
const LIVES = 6;

describe('sales of a till that is killed, to a collector that comes and goes', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gondola-till-'));
  const stream = join(folder, 'stream.sqlite');
  const keysFile = join(folder, 'producers.yaml');
  const till = join(folder, 'till');
  let key = '';
  let collector: RunningServer | null = null;

  beforeAll(async () => {
    mkdirSync(till);
    const made = ['keys', 'new', '--file', keysFile, '--environment', 'dev', '--producer', 'till', '--json'];
    key = String(lastLine(await runGondola([...made, '--events-per-second', '1000000']))['key']);
  });
  afterAll(async () => {
    await collector?.stop();
    rmSync(folder, { recursive: true });
  });

  it('are in silver once each, in the order of each store', async () => {
    const random = createRandom(20_261_126);
    for (let life = 0; life < LIVES; life++) {
      const isLast = life === LIVES - 1;
      // A life without a collector, then one with: what is queued in the first is sent in the second.
      collector = life % 2 === 0 && !isLast ? null : await startCollector();
      const target = Math.ceil((EVENTS * (life + 1)) / LIVES);
      const child = produce(collector?.port ?? 1, target);
      if (isLast) {
        const [code] = (await once(child, 'exit')) as [number | null];
        expect(code).toBe(0);
      } else {
        await reaches(target - Math.floor((random.unit() * EVENTS) / LIVES));
        await systemClock.sleep(random.unit() * 200);
        // While it is being sent to, and before its till dies.
        if (random.unit() < 0.7) await collector?.stop();
        child.kill('SIGKILL');
        await once(child, 'exit');
      }
      await collector?.stop();
      collector = null;
    }

    const maskingKey = join(folder, 'masking.key');
    writeFileSync(maskingKey, 'a key of thirty-two bytes or more, for this test');
    const config = join(folder, 'ingest.json');
    const lake = join(folder, 'lake');
    writeFileSync(
      config,
      JSON.stringify({
        environment: 'dev',
        lake,
        stream: { file: stream },
        masking: { keyFile: maskingKey },
      }),
    );
    expect(await runGondola(['ingest', '--config', config, '--once'])).toMatchObject({ code: 0 });
    const rows = await silverRows(lake);
    expect(rows.map(({ id }) => id).sort((left, right) => left - right)).toEqual(
      Array.from({ length: EVENTS }, (_, index) => index),
    );
    for (let store = 0; store < 5; store++) {
      const inOrder = rows
        .filter(({ id }) => id % 5 === store)
        .sort((left, right) => left.position - right.position);
      expect(inOrder.map(({ id }) => id)).toEqual(
        inOrder.map(({ id }) => id).toSorted((left, right) => left - right),
      );
    }
    expect(
      existsSync(join(lake, 'dev/quarantine/_delta_log')) && (await rowsOf(lake, 'quarantine')).length,
    ).toBeFalsy();
  }, 300_000);

  function startCollector(): Promise<RunningServer> {
    const bin = join(ROOT, 'apps/gondola/bin/gondola.js');
    return startChildServer(process.execPath, (port) => {
      const config = join(folder, 'collector.json');
      const settings = {
        environment: 'dev',
        stream: { file: stream },
        keysFile,
        http: { port },
      };
      writeFileSync(config, JSON.stringify(settings));
      return [bin, 'collector', '--config', config];
    });
  }

  function produce(port: number, to: number): ChildProcess {
    const script = join(ROOT, 'test/crash/producing.mjs');
    const args = [script, `http://127.0.0.1:${port}`, key, till, String(to)];
    return spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  }

  async function reaches(count: number): Promise<void> {
    const file = join(till, 'next');
    while (!existsSync(file) || Number(readFileSync(file, 'utf8')) < count) await systemClock.sleep(5);
  }

  async function silverRows(lake: string): Promise<{ id: number; position: number }[]> {
    const rows = await rowsOf(lake, 'silver/retail.pos.transaction');
    return rows.map((row) => ({
      id: Number(String(row['event_id']).replace('event-', '')),
      position: Number(row['source_position']),
    }));
  }

  async function rowsOf(lake: string, table: string): Promise<Readonly<Record<string, unknown>>[]> {
    const store = createLocalDiskStore(lake);
    const snapshot = await readSnapshot(store, `dev/${table}`);
    const rows: Readonly<Record<string, unknown>>[] = [];
    for (const file of snapshot?.files ?? []) {
      const content = await store.get(`dev/${table}/${file.path}`);
      if (content) rows.push(...(await readParquet(content)));
    }
    return rows;
  }
});

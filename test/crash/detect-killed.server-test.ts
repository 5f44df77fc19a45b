import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEmbeddedSink, EmbeddedLog } from '@gondola/broker-embedded';
import { encodeAvro } from '@gondola/contract';
import { loadEmbeddedRegistry } from '@gondola/schema-registry';
import { createSimulation } from '@gondola/simulate';
import { createRandom, systemClock } from '@gondola/stream';
import { linesOf } from './lake-rows.js';
import { ROOT, runGondola } from '../run-gondola.js';

const KILLS = 15;
const START_MS = Date.UTC(2026, 9, 1);

describe('a detection whose state is kept more seldom than its signals', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gondola-crash-'));
  let expected: readonly string[];
  beforeAll(async () => {
    await makeStream();
    expect(await runGondola(detect('calm', 100_000))).toMatchObject({ code: 0 });
    expected = await signalsOf('calm');
    expect(expected.length).toBeGreaterThan(1_000);
  }, 300_000);
  afterAll(() => rmSync(folder, { recursive: true }));

  it(
    `says everything once, after ${KILLS} times kill -9`,
    async () => {
      const random = createRandom(20_261_126);
      let [worked, replayed] = [0, 0];
      for (let kill = 0; kill < KILLS; kill++) {
        const over = new AbortController();
        const before = lastVersion();
        const waitMs = 150 * random.unit();
        const ended = await runGondola(detect('killed', 20), {
          killWhen: reaches(before + 1 + random.below(4), over.signal).then(() =>
            systemClock.sleep(waitMs, over.signal),
          ),
        });
        over.abort();
        if (!ended.killed) throw new Error(`life ${kill} ended by itself: ${ended.stderr}`);
        if (lastVersion() > before) worked++;
        if (ended.stderr.includes('reading again from the last state snapshot')) replayed++;
      }
      expect(worked).toBeGreaterThan(KILLS / 2);
      // Kills fell between a snapshot and the commits after it.
      expect(replayed).toBeGreaterThan(KILLS / 3);
      expect(await runGondola(detect('killed', 100_000))).toMatchObject({ code: 0 });
      expect(await signalsOf('killed')).toEqual(expected);
      // What no commit names any more is gone: a state and its parts for each partition, or a dead life's.
      const state = readdirSync(join(folder, 'killed/dev/_state/detect/events/0'));
      expect(state.filter((name) => name.endsWith('.json')).length).toBeLessThanOrEqual(KILLS);
    },
    10 * 60_000,
  );

  async function makeStream(): Promise<void> {
    const registry = loadEmbeddedRegistry(join(ROOT, 'schemas'));
    const shops = createSimulation({
      ...{ seed: 3, stores: 12, items: 80, startMs: START_MS, timeZone: 'America/Bogota' },
    });
    const { events } = shops.advanceTo(START_MS + 10 * 86_400_000);
    const log = EmbeddedLog.open(join(folder, 'stream.sqlite'));
    log.createStream('events', 2);
    const sink = createEmbeddedSink(log, 'events');
    const records = events.map(({ key, subject, event, timeMs }) => {
      const contract = registry.contractOf(subject);
      if (!contract) throw new Error(`no contract ${subject}`);
      return { key: Buffer.from(key), value: encodeAvro(contract, event), timestampMs: timeMs };
    });
    for (let at = 0; at < records.length; at += 100) await sink.append(records.slice(at, at + 100));
    log.close();
  }

  function detect(lake: string, rowsMax: number): string[] {
    const config = join(folder, `${lake}.json`);
    const settings = {
      ...{ environment: 'dev', lake: join(folder, lake), advanceByClock: false },
      stream: {
        ...{ file: join(folder, 'stream.sqlite'), batchBytesMax: 1 << 15 },
        signals: `signals-${lake}`,
      },
      flush: { rowsMax, ageMsMax: 60_000 },
      snapshot: { recordsMax: 5_000 },
    };
    writeFileSync(config, JSON.stringify(settings));
    return ['detect', '--config', config, '--once', '--json'];
  }

  async function signalsOf(lake: string): Promise<readonly string[]> {
    const lines: string[] = [];
    for await (const line of linesOf(join(folder, lake), 'dev/signals')) lines.push(line);
    return lines.sort();
  }

  const commitOf = (version: number) =>
    join(folder, 'killed/dev/signals/_delta_log', `${String(version).padStart(20, '0')}.json`);

  async function reaches(version: number, signal: AbortSignal): Promise<void> {
    while (!existsSync(commitOf(version)) && !signal.aborted) await systemClock.sleep(2);
  }

  function lastVersion(): number {
    let version = -1;
    while (existsSync(commitOf(version + 1))) version++;
    return version;
  }
});

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEmbeddedBroker, createEmbeddedSink, EmbeddedLog } from '@gondola/broker-embedded';
import { readConfigFile } from '@gondola/config';
import { createIngest, ingestConfigSchema } from '@gondola/ingest';
import { createLocalDiskStore } from '@gondola/lake-object-store';
import { loadEmbeddedRegistry } from '@gondola/schema-registry';
import { createRandom, GondolaError, silentLog, silentObserver, systemClock } from '@gondola/stream';
import { createManualClock, faultyStore, type Fault } from '@gondola/testing';
import { lakeDigests, type Digest } from './lake-rows.js';
import { saleRecords } from './sale-records.js';
import { ROOT, runGondola } from '../run-gondola.js';

const KILLS = 100;
const EVENTS = 1_000_000;
/** About 250 flushes, so that a hundred lives of two of them all die at work. */
const FLUSH_ROWS = 8_000;
const NOW_MS = Date.UTC(2026, 0, 7);
const SCHEMAS = join(ROOT, 'test/perf/schemas');

describe('an ingest of a million events leaves the same rows in bronze, silver and quarantine', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gondola-crash-'));
  let expected: Map<string, Digest>;
  beforeAll(async () => {
    await makeStream();
    expect(await runGondola(ingest('calm', 200_000))).toMatchObject({ code: 0 });
    expected = await lakeDigests(join(folder, 'calm'), 'dev');
    expect(expected.get('bronze/pos')?.rows).toBe(EVENTS);
    expect(expected.get('quarantine')?.rows).toBeGreaterThan(EVENTS / 200);
  }, 300_000);
  afterAll(() => rmSync(folder, { recursive: true }));

  it(
    `after ${KILLS} times kill -9`,
    async () => {
      const random = createRandom(20_261_124);
      let version = -1;
      let worked = 0;
      for (let kill = 0; kill < KILLS; kill++) {
        // Before the first commit of this life, or at any moment of the two flushes after it.
        const commits = random.below(3);
        const over = new AbortController();
        const reached = commits === 0 ? Promise.resolve() : reaches(version + commits, over.signal);
        const waitMs = (commits === 0 ? 1_500 : 60) * random.unit();
        const ended = await runGondola(ingest('killed', FLUSH_ROWS), {
          killWhen: reached.then(() => systemClock.sleep(waitMs, over.signal)),
        });
        over.abort();
        if (!ended.killed)
          throw new Error(`life ${kill} ended by itself at version ${version}: ${ended.stderr}`);
        const before = version;
        version = lastVersion(version);
        if (version > before) worked++;
      }
      // The kills met the service at work: most lives left commits behind that the next one had to go on from.
      expect(worked).toBeGreaterThan(KILLS / 2);
      expect(await runGondola(ingest('killed', 200_000))).toMatchObject({ code: 0 });
      expect(await lakeDigests(join(folder, 'killed'), 'dev')).toEqual(expected);
    },
    20 * 60_000,
  );

  it('from a store that is full, answers 503, or writes and then loses its answer', async () => {
    const random = createRandom(503);
    const met = { full: 0, unavailable: 0, lost: 0 };
    const fault = (): Fault => {
      const chance = random.unit();
      if (chance < 0.1) {
        met.full++;
        return new GondolaError('lake_full', 'no space left', true);
      }
      if (chance < 0.25) {
        met.unavailable++;
        return new GondolaError('lake_unavailable', 'answered 503', true);
      }
      if (chance > 0.15 + 0.25) return null;
      met.lost++;
      return { afterEffect: new GondolaError('lake_unavailable', 'no answer in time', true) };
    };
    ingest('refused', FLUSH_ROWS);
    const config = readConfigFile(join(folder, 'refused.json'), ingestConfigSchema);
    const log = EmbeddedLog.open(join(folder, 'stream.sqlite'));
    const deps = {
      broker: createEmbeddedBroker(log, { batchBytesMax: 1 << 18 }),
      validated: null,
      store: faultyStore(createLocalDiskStore(join(folder, 'refused')), fault),
      registry: loadEmbeddedRegistry(SCHEMAS),
      maskingKey: readFileSync(config.masking.keyFile),
      clock: createManualClock(NOW_MS, { autoAdvance: true }),
      observer: silentObserver,
      log: silentLog,
      random: random.unit,
      memoryBytes: () => 0,
    };
    await createIngest(config, deps, { once: true }).run(new AbortController().signal);
    log.close();
    expect(Math.min(met.full, met.unavailable, met.lost)).toBeGreaterThan(20);
    expect(await lakeDigests(join(folder, 'refused'), 'dev')).toEqual(expected);
  }, 300_000);

  async function makeStream(): Promise<void> {
    const log = EmbeddedLog.open(join(folder, 'stream.sqlite'));
    log.createStream('pos', 4);
    const sink = createEmbeddedSink(log, 'pos');
    for (const records of saleRecords(SCHEMAS, EVENTS)) await sink.append(records);
    log.close();
  }

  function ingest(lake: string, rowsMax: number): string[] {
    const config = join(folder, `${lake}.json`);
    const keyFile = join(folder, 'masking.key');
    writeFileSync(keyFile, 'a key of thirty-two bytes or more, for this test');
    const settings = {
      environment: 'dev',
      lake: join(folder, lake),
      schemas: SCHEMAS,
      stream: { file: join(folder, 'stream.sqlite'), name: 'pos', batchBytesMax: 1 << 18 },
      defaultSubject: 'pos.event',
      masking: { keyFile },
      flush: { rowsMax, ageMsMax: 60_000 },
    };
    writeFileSync(config, JSON.stringify(settings));
    return ['ingest', '--config', config, '--once', '--json'];
  }

  const commitOf = (version: number) =>
    join(folder, 'killed/dev/bronze/pos/_delta_log', `${String(version).padStart(20, '0')}.json`);

  /** Resolves when the killed lake's bronze table has that version. */
  async function reaches(version: number, signal: AbortSignal): Promise<void> {
    while (!existsSync(commitOf(version)) && !signal.aborted) await systemClock.sleep(2);
  }

  function lastVersion(from: number): number {
    let version = from;
    while (existsSync(commitOf(version + 1))) version++;
    return version;
  }
});

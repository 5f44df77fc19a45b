import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createEmbeddedBroker,
  createEmbeddedSink,
  createEmbeddedSource,
  EmbeddedLog,
} from '@gondola/broker-embedded';
import { parseConfig } from '@gondola/config';
import { encodeAvro } from '@gondola/contract';
import { parseModel } from '@gondola/detect';
import { incidentOfRow, type Incident } from '@gondola/events';
import { readSnapshot } from '@gondola/lake-delta';
import { createLocalDiskStore } from '@gondola/lake-object-store';
import { readParquet } from '@gondola/lake-parquet';
import { loadEmbeddedRegistry } from '@gondola/schema-registry';
import { createSimulation } from '@gondola/simulate';
import {
  silentLog,
  silentObserver,
  systemClock,
  type ObjectStore,
  type OutgoingRecord,
} from '@gondola/stream';
import { Death, dyingStore } from '@gondola/testing';
import { createDetect, detectServiceConfigSchema } from './index.js';

const ROOT = join(import.meta.dirname, '../../..');
const registry = loadEmbeddedRegistry(join(ROOT, 'schemas'));
const model = parseModel(readFileSync(join(ROOT, 'apps/gondola/models/hmm-2026.11.json'), 'utf8'));
const START_MS = Date.UTC(2026, 9, 1);
const HOUR_MS = 3_600_000;
/** 10:20 in the shops, for six hours. */
const DEAD_MS = START_MS + (8 * 24 + 15) * HOUR_MS + 20 * 60_000;

/** Nine days of three made-up shops, of which nothing comes from one for six hours. */
function records(): OutgoingRecord[] {
  const shops = createSimulation({
    seed: 5,
    stores: 3,
    items: 40,
    startMs: START_MS,
    timeZone: 'America/Bogota',
  });
  const { events } = shops.advanceTo(START_MS + 9 * 24 * HOUR_MS);
  const [dead] = shops.stores;
  return events
    .filter(({ key, timeMs }) => key !== dead.storeId || timeMs < DEAD_MS || timeMs > DEAD_MS + 6 * HOUR_MS)
    .map(({ key, subject, event, timeMs }) => {
      const contract = registry.contractOf(subject);
      if (!contract) throw new Error(`no contract ${subject}`);
      return { key: new TextEncoder().encode(key), value: encodeAvro(contract, event), timestampMs: timeMs };
    });
}

/** The store, whose process dies so many writes after the first one to the table of incidents. */
function dyingAtIncidents(store: ObjectStore, survives: number): ObjectStore {
  const dying = dyingStore(store, survives);
  let isNear = false;
  const over = (path: string) => {
    isNear ||= path.startsWith('dev/incidents/');
    return isNear ? dying : store;
  };
  return {
    ...dying,
    put: (path, bytes) => over(path).put(path, bytes),
    putIfAbsent: (path, bytes) => over(path).putIfAbsent(path, bytes),
  };
}

describe('incidents', () => {
  const folders: string[] = [];
  afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true })));
  const all = records();

  async function line() {
    const folder = mkdtempSync(join(tmpdir(), 'gondola-incidents-'));
    folders.push(folder);
    const log = EmbeddedLog.open(join(folder, 'stream.sqlite'));
    log.createStream('events', 1);
    log.createStream('signals', 1);
    const sink = createEmbeddedSink(log, 'events');
    for (let at = 0; at < all.length; at += 200) await sink.append(all.slice(at, at + 200));
    return { folder, log, store: createLocalDiskStore(join(folder, 'lake')) };
  }

  async function drain({ folder, log, store }: Awaited<ReturnType<typeof line>>, over: ObjectStore = store) {
    const config = parseConfig('detect', detectServiceConfigSchema, {
      environment: 'dev',
      lake: join(folder, 'lake'),
      stream: { file: join(folder, 'stream.sqlite') },
      advanceByClock: false,
      flush: { rowsMax: 40, ageMsMax: 3_600_000 },
    });
    const broker = createEmbeddedBroker(log, { batchBytesMax: 100_000 });
    const deps = { broker, store: over, registry, model, clock: systemClock, observer: silentObserver };
    const others = { log: silentLog, random: () => 0.5, memoryBytes: () => 0 };
    await createDetect(config, { ...deps, ...others }, { once: true }).service.run(
      new AbortController().signal,
    );
  }

  async function table(store: ObjectStore): Promise<Incident[]> {
    const rows: { ordinal: number; incident: Incident }[] = [];
    for (const file of (await readSnapshot(store, 'dev/incidents'))?.files ?? []) {
      const bytes = await store.get(`dev/incidents/${file.path}`);
      for (const row of bytes ? await readParquet(bytes) : [])
        rows.push({ ordinal: Number(row['ordinal']), incident: incidentOfRow(row) });
    }
    return rows.sort((left, right) => left.ordinal - right.ordinal).map(({ incident }) => incident);
  }

  /** Ids of changes on the stream of signals. */
  async function published(log: EmbeddedLog): Promise<string[]> {
    const options = { stream: 'signals', reader: 'test', batchBytesMax: 1 << 24, allowGap: false };
    const source = createEmbeddedSource(log, options, { clock: systemClock, log: silentLog });
    await source.open({ assigned: async () => new Map(), revoked: async () => {} });
    const types: string[] = [];
    for (let batch = await source.poll(0); batch; batch = await source.poll(0))
      for (let index = 0; index < batch.count; index++)
        for (const { key, value } of batch.headersAt(index))
          if (key === 'ce_type' && value) types.push(Buffer.from(value).toString());
    await source.close();
    return types.filter((type) => type === 'retail.stockout.incident');
  }

  const calm = (async () => {
    const one = await line();
    await drain(one);
    const answer = { rows: await table(one.store), published: await published(one.log) };
    one.log.close();
    return answer;
  })();

  it('has a line for the dead feed, in the table and on the stream, and one when it is back', async () => {
    const { rows, published: types } = await calm;
    expect(rows.map(({ kind, state }) => `${kind} ${state}`)).toEqual(['feed_dead open', 'feed_dead closed']);
    expect(types).toHaveLength(2);
  });

  it.each([0, 1, 2, 3, 4, 5])('says it once when it dies %i writes after its first', async (survives) => {
    const one = await line();
    await expect(drain(one, dyingAtIncidents(one.store, survives))).rejects.toBeInstanceOf(Death);
    await drain(one);
    const { rows, published: types } = await calm;
    expect(await table(one.store)).toEqual(rows);
    expect(await published(one.log)).toEqual(types);
    one.log.close();
  });
});

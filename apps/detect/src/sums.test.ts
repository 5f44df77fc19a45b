import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
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
import { decodeSums, parseModel, type SumsRecord } from '@gondola/detect';
import { createLocalDiskStore } from '@gondola/lake-object-store';
import { loadEmbeddedRegistry } from '@gondola/schema-registry';
import { createSimulation } from '@gondola/simulate';
import { silentLog, silentObserver, systemClock, valueAt, type OutgoingRecord } from '@gondola/stream';
import { createDetect, detectServiceConfigSchema } from './index.js';

const ROOT = join(import.meta.dirname, '../../..');
const registry = loadEmbeddedRegistry(join(ROOT, 'schemas'));
const model = parseModel(readFileSync(join(ROOT, 'apps/gondola/models/trees-2026.11.json'), 'utf8'));
const START_MS = Date.UTC(2026, 9, 1);
const HOUR_MS = 3_600_000;

/** Three days of six made-up shops, by the hour in which they are sent. */
const byHour: OutgoingRecord[][] = Array.from({ length: 72 }, () => []);
const shops = createSimulation({
  ...{ seed: 5, stores: 6, items: 12, startMs: START_MS, timeZone: 'America/Bogota' },
});
for (const { key, subject, event, timeMs } of shops.advanceTo(START_MS + 72 * HOUR_MS - 1).events) {
  const contract = registry.contractOf(subject);
  if (!contract) throw new Error(`no contract ${subject}`);
  byHour[Math.max(0, Math.floor((timeMs - START_MS) / HOUR_MS))].push({
    key: new TextEncoder().encode(key),
    value: encodeAvro(contract, event),
    timestampMs: timeMs,
  });
}

describe('sums on the embedded stream', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gondola-sums-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  /** The newest state of a partition, as it is kept. */
  function stateOf(partition: string): Buffer {
    const path = join(folder, 'lake/dev/_state/detect/events', partition);
    const states = existsSync(path) ? readdirSync(path) : [];
    return Buffer.concat(states.map((name) => bytesOf(join(path, name))));
  }

  /** Nothing where the state was replaced meanwhile. */
  function bytesOf(file: string): Buffer {
    try {
      return readFileSync(file);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      return Buffer.alloc(0);
    }
  }

  it('of each of two partitions reach the other; what is no sums is left out', async () => {
    const log = EmbeddedLog.open(join(folder, 'stream.sqlite'));
    log.createStream('events', 2);
    log.createStream('signals', 1);
    log.createStream('sums', 1);
    await createEmbeddedSink(log, 'sums').append([
      { key: new Uint8Array(0), value: new TextEncoder().encode('hello'), timestampMs: START_MS },
    ]);
    const events = createEmbeddedSink(log, 'events');
    await events.append(byHour.slice(0, 30).flat());
    const config = parseConfig('detect', detectServiceConfigSchema, {
      environment: 'dev',
      lake: join(folder, 'lake'),
      stream: { file: join(folder, 'stream.sqlite') },
      advanceByClock: false,
      flush: { rowsMax: 1, ageMsMax: 10 },
      detection: { sumsStream: 'sums' },
    });
    const broker = createEmbeddedBroker(log, { batchBytesMax: 20_000 });
    const store = createLocalDiskStore(join(folder, 'lake'));
    const deps = { broker, store, registry, model, clock: systemClock, observer: silentObserver };
    const others = { log: silentLog, random: () => 0.5, memoryBytes: () => 0 };
    const stop = new AbortController();
    const { service } = createDetect(config, { ...deps, ...others }, { once: false });
    const running = service.run(stop.signal);
    // Hour by hour: what one partition said of an hour is told to the other, and noted as told.
    const isTold = (partition: string) => /kind\\*":\\*"sums/.test(stateOf(partition).toString('latin1'));
    const both = () => isTold('0') && isTold('1');
    for (let hour = 30; hour < byHour.length && !both(); hour++) {
      await events.append(byHour[hour]);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    for (let tries = 0; tries < 100 && !both(); tries++)
      await new Promise((resolve) => setTimeout(resolve, 200));
    const areTold = both();
    stop.abort();
    await running;
    expect(areTold).toBe(true);
    const told = await sumsOf(log);
    // Each hour of each partition leaves once, in order.
    for (const sender of ['dev/events/0', 'dev/events/1']) {
      const hours = told.filter((record) => record.sender === sender).map(({ hour }) => hour);
      expect(hours).toEqual([...new Set(hours)].sort((a, b) => a - b));
    }
    expect(told.every(({ keys }) => keys.length >= 12)).toBe(true);
    log.close();
  });
});

async function sumsOf(log: EmbeddedLog): Promise<SumsRecord[]> {
  const options = { stream: 'sums', reader: 'test', batchBytesMax: 1 << 24, allowGap: false };
  const source = createEmbeddedSource(log, options, { clock: systemClock, log: silentLog });
  await source.open({ assigned: async () => new Map(), revoked: async () => {} });
  const records: SumsRecord[] = [];
  for (let batch = await source.poll(0); batch; batch = await source.poll(0))
    for (let index = 0; index < batch.count; index++) {
      const record = decodeSums(valueAt(batch, index) ?? new Uint8Array(0));
      if (record) records.push(record);
    }
  await source.close();
  return records;
}

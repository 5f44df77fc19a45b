import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEmbeddedBroker, EmbeddedLog } from '@gondola/broker-embedded';
import { loadEmbeddedRegistry } from '@gondola/schema-registry';
import {
  afterWhole,
  GondolaError,
  readWhole,
  silentLog,
  silentObserver,
  systemClock,
  type Service,
  type WholeStream,
} from '@gondola/stream';
import { createValidateStage } from '@gondola/validate';
import { Reference } from './reference.js';

const registry = loadEmbeddedRegistry(join(import.meta.dirname, '../../../schemas'));
const deps = { clock: systemClock, log: silentLog, random: () => 0.5 };

const record = (key: string, event: object | null) => ({
  key: Buffer.from(key),
  value: event && Buffer.from(JSON.stringify(event)),
  timestampMs: Date.UTC(2026, 0, 2),
  headers: event ? [{ key: 'ce_type', value: Buffer.from('retail.catalog.store') }] : [],
});
const HOURS = 'Mo-Sa 07:00-22:00';
const store = (id: string, timeZone: string, openingHours?: string) =>
  record(id, {
    ...{ eventId: `e-${id}`, retailStoreId: id, name: id, city: null, timeZone, openingHours },
    updatedAt: Date.UTC(2026, 0, 1),
  });

describe('a catalog in a stream of its own', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gondola-reference-'));
  const log = EmbeddedLog.open(join(folder, 'stream.sqlite'));
  const broker = createEmbeddedBroker(log, { batchBytesMax: 1 << 20 });
  const stop = new AbortController();
  afterAll(async () => {
    await broker.close();
    rmSync(folder, { recursive: true });
  });
  afterEach(() => stop.abort());

  function read(stream: string, reference: Reference): WholeStream {
    if (!broker.wholeSource) throw new Error('no whole source');
    const validate = createValidateStage({ registry, defaultSubject: null });
    return readWhole(
      reference.pipeline(broker.wholeSource(stream, deps), validate),
      {
        ...{ name: 'catalog', pollMs: 10, once: false },
        policy: { rowsMax: 1_000, bytesMax: 1 << 20, ageMsMax: 10, daysMax: 1, memoryBytesMax: 1 << 40 },
        quarantineLimit: { shareMax: 0.5, windowRecords: 100 },
      },
      { ...deps, observer: silentObserver, memoryBytes: () => 0 },
    );
  }

  it('has the newest record of each key, forgets a key whose newest has no value, and is followed', async () => {
    log.createStream('stores', 3);
    const sink = broker.sink('stores');
    await sink.append([store('bog', 'UTC'), store('lim', 'America/Lima'), store('gone', 'Europe/Madrid')]);
    await sink.append([
      store('bog', 'America/Bogota', HOURS),
      record('gone', null),
      store('mars', 'Mars/Olympus'),
    ]);
    let changes = 0;
    const reference = new Reference(() => changes++);
    const stream = read('stores', reference);
    const running = stream.run(stop.signal);
    await stream.whole;
    const zones = () => ['bog', 'lim', 'gone', 'mars'].map(reference.timeZoneOf);
    expect(zones()).toEqual(['America/Bogota', 'America/Lima', undefined, undefined]);
    expect(changes).toBeGreaterThan(0);
    expect(['bog', 'lim', 'gone'].map(reference.hoursOf)).toEqual([HOURS, null, undefined]);
    await sink.append([record('lim', null), store('gone', 'Europe/Madrid')]);
    while (zones()[1] !== undefined || zones()[2] === undefined) await systemClock.sleep(5);
    stop.abort();
    await running;
  });

  it('is there before a service begins, whose end is its own, and ends the service when it cannot be read', async () => {
    const signal = new AbortController().signal;
    const said: string[] = [];
    const service: Service = {
      name: 'detect',
      health: () => ({ state: 'healthy', detail: '', sinceMs: 0 }),
      run: async () => void said.push('ran'),
    };
    const streamOf = (whole: Promise<void>, run: WholeStream['run']): WholeStream => ({
      ...service,
      whole,
      run,
    });
    const followed = streamOf(
      systemClock.sleep(20).then(() => void said.push('whole')),
      async (until) => {
        await systemClock.sleep(60_000, until);
        said.push('stopped');
      },
    );
    const both = afterWhole(service, [followed]);
    expect(both.health().state).toBe('starting');
    await both.run(signal);
    expect(said).toEqual(['whole', 'ran', 'stopped']);
    expect(both.health().state).toBe('healthy');
    const broken = streamOf(new Promise(() => {}), async () => {
      throw new GondolaError('quarantine_limit', 'all of it is garbage', false);
    });
    await expect(afterWhole(service, [followed, broken]).run(signal)).rejects.toThrow('garbage');
    expect(said).toEqual(['whole', 'ran', 'stopped', 'stopped']);
  });
});

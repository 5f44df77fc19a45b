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

  it('says what is promoted, until a later record or none says otherwise', async () => {
    log.createStream('items', 1);
    const sink = broker.sink('items');
    const item = (id: string, promotion: object) => ({
      ...record(id, {
        eventId: `e-${id}`,
        itemId: id,
        name: id,
        updatedAt: Date.UTC(2026, 0, 1),
        ...promotion,
      }),
      headers: [{ key: 'ce_type', value: Buffer.from('retail.catalog.item') }],
    });
    const [fromMs, untilMs] = [Date.UTC(2026, 0, 5), Date.UTC(2026, 0, 12)];
    const promoted = { promotionFrom: fromMs, promotionUntil: untilMs, promotionUplift: 2.5 };
    await sink.append([
      item('milk', promoted),
      item('eggs', promoted),
      item('salt', {}),
      item('rice', promoted),
    ]);
    await sink.append([item('eggs', {}), record('rice', null)]);
    let changes = 0;
    const reference = new Reference(() => changes++);
    const stream = read('items', reference);
    const following = new AbortController();
    const running = stream.run(following.signal);
    await stream.whole;
    expect([...reference.promotions]).toEqual([['milk', { fromMs, untilMs, uplift: 2.5 }]]);
    expect(changes).toBeGreaterThan(0);
    following.abort();
    await running;
  });

  it('says when a store is closed on purpose, beside its hours, until that is moved, cancelled or taken away', async () => {
    log.createStream('closures', 1);
    const sink = broker.sink('closures');
    const [fromMs, untilMs] = [Date.UTC(2026, 0, 5), Date.UTC(2026, 0, 12)];
    const closure = (id: string, retailStoreId: string, change: object = {}) => ({
      ...record(id, {
        ...{ eventId: `e-${id}`, closureId: id, retailStoreId, closedFrom: fromMs, closedUntil: untilMs },
        ...{ updatedAt: Date.UTC(2026, 0, 1), ...change },
      }),
      headers: [{ key: 'ce_type', value: Buffer.from('retail.catalog.closure') }],
    });
    await sink.append([store('bog', 'UTC', HOURS), closure('c1', 'bog'), closure('c2', 'lim')]);
    await sink.append([closure('c3', 'gone'), closure('c4', 'off')]);
    await sink.append([closure('c1', 'bog', { closedUntil: untilMs + 1 }), record('c3', null)]);
    await sink.append([closure('c4', 'off', { isCancelled: true })]);
    let changes = 0;
    const reference = new Reference(() => changes++);
    const stream = read('closures', reference);
    const following = new AbortController();
    const running = stream.run(following.signal);
    await stream.whole;
    const from = '2026-01-05T00:00:00.000Z';
    expect(['bog', 'lim', 'gone', 'off'].map(reference.hoursOf)).toEqual([
      `${HOURS}; closed ${from}/2026-01-12T00:00:00.001Z`,
      `closed ${from}/2026-01-12T00:00:00.000Z`,
      undefined,
      `closed ${from}/${from}`,
    ]);
    expect(changes).toBeGreaterThan(0);
    following.abort();
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

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEmbeddedBroker, createEmbeddedSink, EmbeddedLog } from '@gondola/broker-embedded';
import { parseConfig } from '@gondola/config';
import { encodeAvro, Problem, toNatural } from '@gondola/contract';
import { parseModel } from '@gondola/detect';
import { createDetect, detectServiceConfigSchema } from '@gondola/detect-service';
import { createIngest, ingestConfigSchema } from '@gondola/ingest';
import { readSnapshot } from '@gondola/lake-delta';
import { createLocalDiskStore } from '@gondola/lake-object-store';
import { readParquet } from '@gondola/lake-parquet';
import { loadEmbeddedRegistry } from '@gondola/schema-registry';
import { createSimulation } from '@gondola/simulate';
import { createManualClock, Death, dyingStore } from '@gondola/testing';
import {
  recordAt,
  silentLog,
  silentObserver,
  type ObjectStore,
  type OutgoingRecord,
  type RecordSink,
} from '@gondola/stream';
import { SHIPPED } from './line.js';

const registry = loadEmbeddedRegistry(SHIPPED.schemas);
const model = parseModel(readFileSync(SHIPPED.model, 'utf8'));
const START_MS = Date.UTC(2026, 9, 1);
const END_MS = START_MS + 8 * 86_400_000;
const bytes = (text: string) => new TextEncoder().encode(text);

/** A week of four made-up shops, with garbage in between; sales come twice now and then by themselves. */
function shopRecords(): OutgoingRecord[] {
  const shops = createSimulation({
    seed: 5,
    stores: 4,
    items: 12,
    startMs: START_MS,
    timeZone: 'America/Bogota',
  });
  return shops.advanceTo(END_MS).events.flatMap(({ key, subject, event, timeMs }, index) => {
    const contract = registry.contractOf(subject);
    if (!contract) throw new Error(`no contract ${subject}`);
    const value = encodeAvro(
      contract,
      subject.includes('.pos.') ? { ...event, customerId: 'person-1' } : event,
    );
    const good = { key: bytes(key), value, timestampMs: timeMs };
    return index % 50 === 7 ? [{ ...good, value: bytes('garbage') }, good] : [good];
  });
}

/** What is published of a record. */
function masked({ value }: OutgoingRecord): string {
  const framed = Buffer.from(value ?? []);
  const known = registry.schemaById(framed.readInt32BE(1));
  if (!known || known instanceof Problem || 'messageAt' in known) throw new Error('no schema');
  const event = known.contract.decodeAvro(framed, 5, framed.length, known.writer);
  if (event instanceof Problem) throw new Error(event.message);
  return JSON.stringify(toNatural(known.contract.schema, event), (name, inner: unknown) =>
    known.contract.personalFields.has(name) ? null : inner,
  );
}

describe('the validated stream', () => {
  const records = shopRecords();
  const folder = mkdtempSync(join(tmpdir(), 'gondola-validated-'));
  const logs: EmbeddedLog[] = [];
  afterAll(() => {
    logs.forEach((log) => log.close());
    rmSync(folder, { recursive: true });
  });

  /** A stream file of its own with everything in it. */
  async function line() {
    const home = join(folder, String(logs.length));
    const log = EmbeddedLog.open(join(home, 'stream.sqlite'));
    logs.push(log);
    for (const [stream, partitions] of [
      ['events', 2],
      ['validated', 3],
      ['signals', 1],
    ] as const)
      log.createStream(stream, partitions);
    const sink = createEmbeddedSink(log, 'events');
    for (let at = 0; at < records.length; at += 40) await sink.append(records.slice(at, at + 40));
    return { home, log, store: createLocalDiskStore(join(home, 'lake')) };
  }
  type Line = Awaited<ReturnType<typeof line>>;

  const common = (store: ObjectStore) => ({
    store,
    registry,
    clock: createManualClock(END_MS, { autoAdvance: true }),
    observer: silentObserver,
    log: silentLog,
    random: () => 0,
    memoryBytes: () => 0,
  });

  async function ingest(
    { home, log, store }: Line,
    change: { store?: ObjectStore; rowsMax?: number; validated?: RecordSink } = {},
  ): Promise<void> {
    const file = join(home, 'stream.sqlite');
    const config = parseConfig('ingest', ingestConfigSchema, {
      environment: 'dev',
      lake: join(home, 'lake'),
      stream: { file },
      validated: { file, name: 'validated' },
      masking: { keyFile: 'not read here' },
      flush: { rowsMax: change.rowsMax ?? 500, ageMsMax: 3_600_000 },
    });
    const parts = {
      ...common(change.store ?? store),
      broker: createEmbeddedBroker(log, { batchBytesMax: 20_000 }),
      validated: change.validated ?? createEmbeddedSink(log, 'validated'),
      maskingKey: bytes('a key of at least thirty-two bytes!'),
    };
    await createIngest(config, parts, { once: true }).run(new AbortController().signal);
  }

  /** key -> values, in order. */
  async function published({ log }: Line): Promise<Map<string, string[]>> {
    const source = createEmbeddedBroker(log, { batchBytesMax: 1 << 24 }).source(
      { stream: 'validated', reader: 'test', allowGap: false },
      { clock: common(createLocalDiskStore(folder)).clock, log: silentLog, random: () => 0 },
    );
    await source.open({ assigned: async () => new Map(), revoked: async () => {} });
    const byKey = new Map<string, string[]>();
    for (let batch = await source.poll(0); batch; batch = await source.poll(0))
      for (let index = 0; index < batch.count; index++) {
        const { key, value } = recordAt(batch, index);
        const name = Buffer.from(key ?? []).toString();
        byKey.set(name, [...(byKey.get(name) ?? []), Buffer.from(value ?? []).toString()]);
      }
    return byKey;
  }

  async function signals(one: Line, stream: string): Promise<string[]> {
    const store = createLocalDiskStore(join(one.home, `signals-${stream}`));
    const config = parseConfig('detect', detectServiceConfigSchema, {
      environment: 'dev',
      lake: join(one.home, `signals-${stream}`),
      stream: { file: join(one.home, 'stream.sqlite'), name: stream, signals: 'signals' },
      advanceByClock: false,
      flush: { rowsMax: 1_000_000, ageMsMax: 3_600_000 },
    });
    const broker = createEmbeddedBroker(one.log, { batchBytesMax: 1 << 20 });
    const { runner } = createDetect(config, { ...common(store), broker, model }, { once: true });
    await runner.run(new AbortController().signal);
    const rows: string[] = [];
    for (const file of (await readSnapshot(store, 'dev/signals'))?.files ?? []) {
      const content = await store.get(`dev/signals/${file.path}`);
      for (const row of content ? await readParquet(content) : []) {
        // Where it was read differs, what is said may not.
        const said = Object.entries(row).filter(([name]) => !/^(source_|ordinal$|receipt$)/.test(name));
        rows.push(
          JSON.stringify(said, (_, value: unknown) => (typeof value === 'bigint' ? `${value}` : value)),
        );
      }
    }
    return rows.sort();
  }

  const orDeath = (error: unknown) => {
    if (!(error instanceof Death)) throw error;
  };

  const calm = (async () => {
    const one = await line();
    await ingest(one);
    return { one, stream: await published(one) };
  })();

  it('holds every new, good event once, by store and in order, and nothing personal', async () => {
    const { stream } = await calm;
    const seen = new Set<string>();
    const expected = new Map<string, string[]>();
    for (const record of records) {
      const text = Buffer.from(record.value ?? []).toString('base64');
      if (seen.has(text) || text === Buffer.from('garbage').toString('base64')) continue;
      seen.add(text);
      const name = Buffer.from(record.key ?? []).toString();
      expected.set(name, [...(expected.get(name) ?? []), masked(record)]);
    }
    expect(stream).toEqual(expected);
    expect(JSON.stringify([...stream])).not.toContain('person-');
    expect(seen.size).toBeLessThan(records.length - records.length / 60);
  });

  it('gives detection the same signals as the source stream', async () => {
    const { one } = await calm;
    const fromSource = await signals(one, 'events');
    expect(fromSource.length).toBeGreaterThan(20);
    expect(await signals(one, 'validated')).toEqual(fromSource);
  });

  it.each([1, 4, 9])(
    'repeats nothing when ingest dies at its write number %i and then again and again',
    async (survives) => {
      const one = await line();
      for (let death = 0; death < 4; death++) {
        const store = dyingStore(one.store, survives + death);
        await ingest(one, { store, rowsMax: 100 + 37 * death }).catch(orDeath);
      }
      await ingest(one, { rowsMax: 250 });
      expect(await published(one)).toEqual((await calm).stream);
    },
  );

  it('repeats nothing when the answer to an append was lost', async () => {
    const one = await line();
    const sink = createEmbeddedSink(one.log, 'validated');
    let appends = 0;
    const dying: RecordSink = {
      ...sink,
      append: async (...args) => {
        await sink.append(...args);
        if (++appends === 3) throw new Death();
      },
    };
    await ingest(one, { validated: dying, rowsMax: 100 }).catch(orDeath);
    await ingest(one);
    expect(await published(one)).toEqual((await calm).stream);
  });

  it('holds everything once though two instances read the same partitions', async () => {
    const one = await line();
    await Promise.all([ingest(one, { rowsMax: 130 }), ingest(one, { rowsMax: 210 })]);
    expect(await published(one)).toEqual((await calm).stream);
  });
});

import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEmbeddedBroker, createEmbeddedSink, EmbeddedLog } from '@gondola/broker-embedded';
import { parseConfig } from '@gondola/config';
import { encodeAvro } from '@gondola/contract';
import { qualityOfRow, sumCounts } from '@gondola/events';
import { readSnapshot } from '@gondola/lake-delta';
import { createLocalDiskStore } from '@gondola/lake-object-store';
import { readParquet } from '@gondola/lake-parquet';
import { loadEmbeddedRegistry } from '@gondola/schema-registry';
import {
  createRandom,
  silentLog,
  silentObserver,
  type ExpectedCounts,
  type ObjectStore,
} from '@gondola/stream';
import { createManualClock, Death, dyingStore } from '@gondola/testing';
import { createIngest, ingestConfigSchema } from './index.js';

const SCHEMAS = join(import.meta.dirname, '../../../schemas');
const [POS, ITEM] = ['retail.pos.transaction', 'retail.catalog.item'];
const NOW_MS = Date.UTC(2026, 10, 23, 12, 30);
const bytes = (text: string) => new TextEncoder().encode(text);

const EXPECTATIONS = `
  - { name: customerKnown, kind: completeness, field: customerId, environments: { qa: { action: quarantine }, prod: { action: fail, checkedMin: 15, atLeast: 0.9 } } }
  - { name: tillCounts, kind: uniqueness, fields: [retailStoreId, eventId] }
`;

function transaction(sequence: number, change: object = {}, line: object = {}) {
  return {
    eventId: `e-${sequence}`,
    retailStoreId: 'S1',
    workstationId: '1',
    sequenceNumber: sequence,
    businessDayDate: Math.floor(NOW_MS / 86_400_000),
    beginDateTime: NOW_MS - sequence * 180_000,
    transactionType: 'SALE',
    currencyCode: 'COP',
    operatorId: null,
    customerId: sequence % 4 === 0 ? null : 'Ana',
    loyaltyId: null,
    lines: [1, 2].map((lineSequence) => ({
      ...{ lineSequence, lineType: 'SALE', itemId: `I${sequence % 5}`, gtin: null, description: null },
      ...{ merchandiseGroup: null, quantity: 2, unitPrice: sequence % 3, promotionId: null },
      ...line,
    })),
    ...change,
  };
}

describe('what contracts expect', () => {
  let folder: string;
  let log: EmbeddedLog;
  let store: ObjectStore;
  let registry: ReturnType<typeof loadEmbeddedRegistry>;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'gondola-expect-'));
    log = EmbeddedLog.open(join(folder, 'stream.sqlite'));
    log.createStream('events', 2);
    store = createLocalDiskStore(join(folder, 'lake'));
    cpSync(SCHEMAS, join(folder, 'schemas'), { recursive: true });
    appendFileSync(
      join(folder, 'schemas', POS, 'contract.yaml'),
      EXPECTATIONS.trimStart().replace(/^/, '  '),
    );
    registry = loadEmbeddedRegistry(join(folder, 'schemas'));
  });
  afterEach(() => {
    log.close();
    rmSync(folder, { recursive: true });
  });

  function contractOf(subject: string) {
    const contract = registry.contractOf(subject);
    if (!contract) throw new Error(`no contract ${subject}`);
    return contract;
  }
  const sent = (subject: string, event: object, key: string) => ({
    key: bytes(key),
    value: encodeAvro(contractOf(subject), event),
    headers: [],
    timestampMs: NOW_MS,
  });

  /** Two stores, each with its partition: some sales twice, some with the event id of another. */
  async function send(): Promise<void> {
    const sink = createEmbeddedSink(log, 'events');
    const item = { eventId: 'i', itemId: 'I1', name: 'Leche', merchandiseGroup: null, updatedAt: NOW_MS };
    const sales = Array.from({ length: 60 }, (_, index) => {
      const retailStoreId = index % 3 === 0 ? 'S1' : 'S4';
      const change = { retailStoreId, ...(index % 11 === 5 ? { eventId: `e-${index - 3}` } : {}) };
      return sent(POS, transaction(index % 13 === 7 ? index - 6 : index, change), retailStoreId);
    });
    const all = [...['S1', 'S4'].map((key) => sent(ITEM, item, key)), ...sales];
    for (let at = 0; at < all.length; at += 3) await sink.append(all.slice(at, at + 3));
  }

  async function drain(
    change: { store?: ObjectStore; environment?: string; rowsMax?: number } = {},
  ): Promise<Record<string, ExpectedCounts[]>> {
    const told: Record<string, ExpectedCounts[]> = {};
    const config = parseConfig('ingest', ingestConfigSchema, {
      environment: change.environment ?? 'dev',
      lake: join(folder, 'lake'),
      stream: { file: join(folder, 'stream.sqlite') },
      masking: { keyFile: 'not read here' },
      flush: { rowsMax: change.rowsMax ?? 10_000, ageMsMax: 3_600_000 },
    });
    const runner = createIngest(
      config,
      {
        broker: createEmbeddedBroker(log, { batchBytesMax: change.rowsMax ? 1_024 : 4 << 20 }),
        validated: null,
        store: change.store ?? store,
        registry,
        maskingKey: bytes('a key of at least thirty-two bytes!'),
        clock: createManualClock(NOW_MS, { autoAdvance: true }),
        eventNowMs: () => NOW_MS,
        observer: {
          ...silentObserver,
          expected: (_, subject, counted) => void (told[subject] ??= []).push(counted),
        },
        log: silentLog,
        random: () => 0,
        memoryBytes: () => 0,
      },
      { once: true },
    );
    await runner.run(new AbortController().signal);
    return told;
  }

  async function rowsOf(path: string): Promise<Record<string, unknown>[]> {
    const all: Record<string, unknown>[] = [];
    for (const file of (await readSnapshot(store, path))?.files ?? []) {
      const content = await store.get(`${path}/${file.path}`);
      if (content) all.push(...(await readParquet(content)));
    }
    return all;
  }
  async function counted(environment = 'dev', subject = POS): Promise<string[]> {
    const rows = (await rowsOf(`${environment}/quality`)).map(qualityOfRow);
    return sumCounts(rows)
      .filter((one) => one.subject === subject)
      .map(({ hourMs, expectation, checked, failed }) =>
        [new Date(hourMs).getUTCHours(), expectation.name, `${failed}/${checked}`].join(' '),
      )
      .sort();
  }
  const totalOf = (lines: readonly string[], name: string) =>
    lines
      .filter((line) => line.split(' ')[1] === name)
      .map((line) => (/(\d+)\/(\d+)$/.exec(line) ?? []).slice(1).map(Number))
      .reduce(([failed, checked], [more, all]) => [failed + more, checked + all], [0, 0]);

  it('is counted as silver has it', async () => {
    await send();
    const told = await drain();
    const lines = await counted();
    const silver = await rowsOf(`dev/silver/${POS}`);
    const events = Map.groupBy(silver, (row) => row['sequence_number']);
    const duplicates = 60 - events.size;
    const without = [...events.values()].filter(([row]) => row['customer_id'] === null).length;
    expect(duplicates).toBeGreaterThan(0);
    expect(totalOf(lines, 'customerKnown')).toEqual([without, events.size]);
    expect(totalOf(lines, 'sentOnce')).toEqual([duplicates, 60]);
    expect(totalOf(lines, 'priceNotZero')).toEqual([
      silver.filter((row) => row['unit_price'] === 0n).length,
      silver.length,
    ]);
    // The catalog came first and knows one item.
    expect(totalOf(lines, 'itemKnown')).toEqual([
      silver.filter((row) => row['item_id'] !== 'I1').length,
      silver.length,
    ]);
    const ids = [...events.values()].map(
      ([row]) => `${String(row['retail_store_id'])} ${String(row['event_id'])}`,
    );
    expect(totalOf(lines, 'tillCounts')).toEqual([ids.length - new Set(ids).size, ids.length]);
    expect(ids.length - new Set(ids).size).toBeGreaterThan(0);

    const [{ counts, score }] = told[POS];
    expect(counts).toContainEqual({ name: 'customerKnown', checked: events.size, failed: without });
    // In the newest hour priceGiven and onTime are met, of eight of equal weight; volume is not judged yet.
    expect(score).toBeCloseTo(100 * (2 / 8), 6);
  });

  it.each([1, 2, 3, 4])('is counted once, wherever the service dies and begins anew (%i)', async (seed) => {
    await send();
    await drain();
    const [calm, catalog] = [await counted(), await counted('dev', ITEM)];
    rmSync(join(folder, 'lake'), { recursive: true });
    const random = createRandom(seed);
    for (let death = 0; death < 8; death++)
      await drain({ store: dyingStore(store, 1 + random.below(12)), rowsMax: 1 + random.below(12) }).catch(
        (error: unknown) => {
          if (!(error instanceof Death)) throw error;
        },
      );
    await Promise.all([drain({ rowsMax: 5 }), drain({ rowsMax: 9 })]);
    expect(await counted()).toEqual(calm);
    expect(await counted('dev', ITEM)).toEqual(catalog);
  });

  it('stops the service where the environment says so, and everything read is published', async () => {
    await send();
    await expect(drain({ environment: 'prod' })).rejects.toMatchObject({
      code: 'expectation_failed',
      canRetry: false,
      message: expect.stringMatching(
        /retail\.pos\.transaction: expectation customerKnown \(completeness\) is not met in the hour .* \d+ of \d+ are not as expected, 10 % may be/,
      ),
    });
    expect(await rowsOf('prod/bronze/events')).toHaveLength(62);
    // What stands in the tables is not judged a second time.
    await drain({ environment: 'prod' });
    expect(totalOf(await counted('prod'), 'sentOnce')[1]).toBe(60);
  });

  it('keeps records out of silver where the environment says so, and counts them', async () => {
    await send();
    await drain({ environment: 'qa' });
    const quarantined = await rowsOf('qa/quarantine');
    expect(quarantined.length).toBeGreaterThan(10);
    for (const row of quarantined)
      expect(row).toMatchObject({
        reason: 'expectation_failed',
        pointer: '/customerId',
        message: 'customerKnown: is expected to be given',
        subject: POS,
      });
    // Each time that they come: no dedupe knows them.
    const values = quarantined.map((row) => Buffer.from(row['value'] as Uint8Array).toString('hex'));
    expect(new Set(values).size).toBeLessThan(values.length);
    const silver = await rowsOf(`qa/silver/${POS}`);
    expect(silver.every((row) => row['customer_id'] !== null)).toBe(true);
    const events = new Set(silver.map((row) => row['sequence_number'])).size;
    expect(totalOf(await counted('qa'), 'customerKnown')).toEqual([
      quarantined.length,
      quarantined.length + events,
    ]);
  });

  it('has no table where nothing is expected', async () => {
    for (const subject of registry.subjects()) {
      const path = join(folder, 'schemas', subject, 'contract.yaml');
      writeFileSync(path, readFileSync(path, 'utf8').replace(/^expectations:[^]*/m, ''));
    }
    registry = loadEmbeddedRegistry(join(folder, 'schemas'));
    await send();
    await drain();
    expect(await readSnapshot(store, 'dev/quality')).toBeNull();
  });
});

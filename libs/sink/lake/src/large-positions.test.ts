import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EventBatch } from '@gondola/events';
import { openTable, readSnapshot } from '@gondola/lake-delta';
import { createLocalDiskStore } from '@gondola/lake-object-store';
import { columnarEncoder, readCheckpoint } from '@gondola/lake-parquet';
import {
  recordBatchOf,
  silentLog,
  systemClock,
  type BatchContext,
  type ObjectStore,
  type RecordBatch,
  type RecordSink,
} from '@gondola/stream';
import { createBronzeSink, createSilverSink, readSilverIdentities, SignalSink } from './index.js';
import { BRONZE_COLUMNS, SILVER_SYSTEM_COLUMNS } from './lake-columns.js';

const NOW_MS = Date.UTC(2026, 10, 23, 12);
const SHARD = 'shardId-000000000001';
/** As Kinesis has them: 56 digits, and six more for the place inside an aggregated record. */
const FAR = 49_590_338_271_490_256_608_559_692_538_361_571_095_921_575_989_136_588_898n * 1_000_000n;

describe('positions of more than 64 bits', () => {
  let folder: string;
  let store: ObjectStore;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'gondola-large-'));
    store = createLocalDiskStore(folder);
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const lake = () => ({
    store,
    encoder: columnarEncoder,
    clock: systemClock,
    log: silentLog,
    environment: 'dev',
  });
  const batch = (first: bigint, count: number): RecordBatch => {
    const record = { key: null, value: new Uint8Array([1]), timestampMs: NOW_MS };
    return recordBatchOf('events', SHARD, first, new Array(count).fill(record));
  };
  const contextOf = (records: RecordBatch): BatchContext => ({ records, rejected: [], nowMs: NOW_MS });
  const bronzeSink = () => createBronzeSink(lake(), { source: 'test', stream: 'events' });
  const snapshotOf = async (path: string) => {
    const snapshot = await readSnapshot(store, path, readCheckpoint);
    if (!snapshot) throw new Error(`no table ${path}`);
    return snapshot;
  };

  async function flush(sink: ReturnType<typeof bronzeSink>, records: RecordBatch): Promise<void> {
    sink.write(records, contextOf(records));
    await sink.commit(new Map([[SHARD, records.nextPosition]]));
  }

  it('come back from a table, never go back, and skip what it has', async () => {
    const sink = bronzeSink();
    expect(await sink.assigned([SHARD])).toEqual(new Map([[SHARD, null]]));
    await flush(sink, batch(FAR, 20));
    await sink.commit(new Map([[SHARD, FAR + 10n]]));
    expect(await sink.assigned([SHARD])).toEqual(new Map([[SHARD, FAR + 20n]]));
    await flush(sink, batch(FAR + 5n, 18));
    expect(await bronzeSink().assigned([SHARD])).toEqual(new Map([[SHARD, FAR + 23n]]));
    const { files } = await snapshotOf('dev/bronze/events');
    expect(files.map(({ stats }) => (JSON.parse(stats) as { numRecords: number }).numRecords)).toEqual([
      20, 3,
    ]);
  });

  it.each([1n, 2n ** 62n, 2n ** 124n, 2n ** 186n])(
    'fence a writer whose partition another one has moved on by %i',
    async (step) => {
      await flush(bronzeSink(), batch(FAR, 1));
      const [old, young] = [bronzeSink(), bronzeSink()];
      for (const sink of [old, young]) await sink.assigned([SHARD]);
      await flush(young, batch(FAR + step, 1));
      for (const far of [FAR + 1n, FAR + step, FAR + 2n ** 187n])
        await expect(flush(old, batch(far, 1))).rejects.toMatchObject({ code: 'fenced' });
      expect(await bronzeSink().assigned([SHARD])).toEqual(new Map([[SHARD, FAR + step + 1n]]));
    },
  );

  it('are kept by the checkpoints of a log whose versions are gone', async () => {
    const sink = bronzeSink();
    for (let commit = 0n; commit < 52n; commit++) await flush(sink, batch(FAR + commit * 2n ** 130n, 1));
    for (const { path } of await store.list('dev/bronze/events/_delta_log'))
      if (/0000[0-4]\d\.json$/.test(path)) await store.delete(path);
    const end = FAR + 51n * 2n ** 130n + 1n;
    expect(await bronzeSink().assigned([SHARD])).toEqual(new Map([[SHARD, end]]));
  });

  it('come to tables that were made for small ones only', async () => {
    const small = new Set(['position', 'source_position']);
    const old = [BRONZE_COLUMNS, SILVER_SYSTEM_COLUMNS].map((columns) =>
      columns
        .filter(({ name }) => name !== 'source_sequence')
        .map((column) => (small.has(column.name) ? { ...column, nullable: false } : column)),
    );
    const properties = { 'gondola.environment': 'dev' };
    for (const [at, path, partitionBy] of [
      [0, 'dev/bronze/events', 'ingest_date'],
      [1, 'dev/silver/sales', 'event_date'],
    ] as const)
      await openTable(store, { path, columns: old[at], partitionBy, properties }, systemClock);
    const bronze = bronzeSink();
    await bronze.assigned([SHARD]);
    await flush(bronze, batch(5n, 2));
    await flush(bronze, batch(FAR, 2));
    expect(await bronzeSink().assigned([SHARD])).toEqual(new Map([[SHARD, FAR + 2n]]));

    const subjects = [{ subject: 'sales', columns: [] }];
    for (const [first, identity] of [
      [7n, 1n],
      [FAR, 2n],
      [FAR + 1n, 3n],
    ] as const) {
      const silver = createSilverSink(lake(), { stream: 'events', subjects, daysMax: 1_000 });
      await silver.assigned([SHARD]);
      const records = batch(first, 1);
      silver.write([eventOf(identity)], contextOf(records));
      await silver.commit(new Map([[SHARD, records.nextPosition]]));
    }
    const remembered = async (start: bigint) => {
      const identity = {
        columns: ['event_id'],
        identityOf: ([id]: readonly unknown[]) => BigInt(String(id)),
      };
      const reading = { store, environment: 'dev', stream: 'events', windowMs: 86_400_000 };
      const seen: bigint[] = [];
      await readSilverIdentities(
        { ...reading, subjects: [{ subject: 'sales', identity }] },
        new Map([[SHARD, start]]),
        (_, one) => seen.push(one),
      );
      return seen.sort();
    };
    expect(await remembered(7n)).toEqual([]);
    expect(await remembered(8n)).toEqual([1n]);
    expect(await remembered(FAR)).toEqual([1n]);
    expect(await remembered(FAR + 1n)).toEqual([1n, 2n]);
    expect(await remembered(FAR + 2n)).toEqual([1n, 2n, 3n]);
  });

  it('belong to the state of the detector as small ones do', async () => {
    const output: RecordSink = { stream: 'signals', append: async () => {}, lastSequence: async () => -1 };
    const sink = (state: number) =>
      new SignalSink(lake(), {
        stream: 'events',
        state: {
          copy: () => {
            const sections = [Uint8Array.of(state)];
            return { next: () => sections.shift() ?? null, stop: () => {} };
          },
          ...{ setup: 'one', policy: { recordsMax: 1, ageMsMax: 1_000 }, allowDifference: false },
          onSnapshot: () => {},
        },
        output,
        encode: () => ({ key: null, value: null, timestampMs: 0 }),
      });
    const first = sink(1);
    await first.assigned([SHARD]);
    await first.commit(new Map([[SHARD, FAR]]));
    const second = sink(2);
    expect(await second.assigned([SHARD])).toEqual(new Map([[SHARD, FAR]]));
    expect(await second.kept(SHARD)).toMatchObject({ sections: [Buffer.from([1])], position: FAR });
    second.ending();
    await second.commit(new Map([[SHARD, FAR + 2n ** 70n]]));
    await expect(first.commit(new Map([[SHARD, FAR + 1n]]))).rejects.toMatchObject({ code: 'fenced' });
    const third = sink(3);
    expect(await third.assigned([SHARD])).toEqual(new Map([[SHARD, FAR + 2n ** 70n]]));
    expect(await third.kept(SHARD)).toMatchObject({ sections: [Buffer.from([2])] });
  });
});

const eventOf = (identity: bigint): EventBatch => ({
  subject: 'sales',
  table: { rows: 1, columns: [] },
  recordIndex: Int32Array.of(0),
  eventId: [String(identity)],
  eventTimeMs: Float64Array.of(NOW_MS),
  schemaVersion: Int32Array.of(1),
  identity: BigInt64Array.of(identity),
  shelf: null,
});

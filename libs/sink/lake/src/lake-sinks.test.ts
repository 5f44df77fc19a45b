import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EventBatch } from '@gondola/events';
import { changesSince, readSnapshot } from '@gondola/lake-delta';
import { createLocalDiskStore } from '@gondola/lake-object-store';
import { columnarEncoder, readParquet } from '@gondola/lake-parquet';
import {
  GondolaError,
  recordBatchOf,
  silentLog,
  systemClock,
  type BatchContext,
  type ObjectStore,
  type RecordBatch,
} from '@gondola/stream';
import { createManualClock, Death, dyingStore, faultyStore } from '@gondola/testing';
import { createBronzeSink, createSilverSink } from './index.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const NOW_MS = Date.UTC(2026, 10, 23, 12);

describe('the sinks of the lake', () => {
  let folder: string;
  let store: ObjectStore;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'gondola-sinks-'));
    store = createLocalDiskStore(folder);
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const lake = (over: ObjectStore = store) => ({
    store: over,
    encoder: columnarEncoder,
    clock: systemClock,
    log: silentLog,
    environment: 'dev',
  });

  const batch = (first: bigint, count: number, partition = '0'): RecordBatch =>
    recordBatchOf(
      'events',
      partition,
      first,
      Array.from({ length: count }, () => ({ key: null, value: new Uint8Array([1]), timestampMs: NOW_MS })),
    );
  const contextOf = (records: RecordBatch): BatchContext => ({ records, rejected: [], nowMs: NOW_MS });

  const eventsOf = (
    subject: string,
    identities: readonly bigint[],
    timesMs: readonly number[],
  ): EventBatch => ({
    subject,
    table: { rows: identities.length, columns: [] },
    recordIndex: Int32Array.from(identities, (_, row) => row),
    eventId: identities.map(String),
    eventTimeMs: Float64Array.from(timesMs),
    schemaVersion: new Int32Array(identities.length).fill(1),
    identity: BigInt64Array.from(identities),
    shelf: null,
  });

  async function rowsOf(path: string): Promise<number> {
    const files = (await readSnapshot(store, path))?.files ?? [];
    return files.reduce(
      (sum, file) => sum + (JSON.parse(file.stats) as { numRecords: number }).numRecords,
      0,
    );
  }

  it('a position never goes back, whatever a flush says', async () => {
    const bronze = createBronzeSink(lake(), { source: 'test', stream: 'events' });
    await bronze.assigned(['0']);
    const records = batch(0n, 20);
    bronze.write(records, contextOf(records));
    await bronze.commit(new Map([['0', 20n]]));
    await bronze.commit(new Map([['0', 10n]]));
    expect(await bronze.assigned(['0'])).toEqual(new Map([['0', 20n]]));
    const again = batch(5n, 18);
    bronze.write(again, contextOf(again));
    await bronze.commit(new Map([['0', 23n]]));
    expect(await rowsOf('dev/bronze/events')).toBe(23);
  });

  it('fences a writer whose partition another one has moved on', async () => {
    const [old, young] = [1, 2].map(() => createBronzeSink(lake(), { source: 'test', stream: 'events' }));
    const records = batch(0n, 3);
    for (const sink of [old, young]) {
      await sink.assigned(['0']);
      sink.write(records, contextOf(records));
    }
    await young.commit(new Map([['0', 3n]]));
    await expect(old.commit(new Map([['0', 3n]]))).rejects.toMatchObject({ code: 'fenced' });
    expect(await rowsOf('dev/bronze/events')).toBe(3);
  });

  describe('records of many days', () => {
    const daysMax = 3;
    const subjects = [{ subject: 'sales', columns: [] }];
    /** Record i of a batch has two rows of day `days[i]`. */
    const eventsOn = (days: readonly number[]): EventBatch => {
      const twice = days.flatMap((day) => [day, day]);
      const times = twice.map((day) => NOW_MS - day * DAY_MS);
      const events = eventsOf('sales', twice.map((_, row) => BigInt(row)), times); // prettier-ignore
      return { ...events, recordIndex: Int32Array.from(twice, (_, row) => Math.floor(row / 2)) };
    };
    /** Commits everything that `days` and then `more` hold, in two partitions. */
    async function commit(
      over: ObjectStore,
      days: readonly number[],
      more: readonly number[] = [],
    ): Promise<number> {
      const silver = createSilverSink(lake(over), { stream: 'events', subjects, daysMax });
      await silver.assigned(['0', '1']);
      const upTo = new Map<string, bigint>();
      for (const [partition, some] of [
        ['0', days],
        ['1', more],
      ] as const) {
        if (some.length === 0) continue;
        const records = batch(0n, some.length, partition);
        silver.write([eventsOn(some)], contextOf(records));
        upTo.set(partition, records.nextPosition);
      }
      const { days: buffered = 0 } = silver.buffered();
      await silver.commit(upTo);
      return buffered;
    }
    const filesByVersion = async () =>
      (await changesSince(store, 'dev/silver/sales', 0)).map(({ added }) => added.length);
    const silverRows = async () => {
      const rows: string[] = [];
      for (const { path } of (await readSnapshot(store, 'dev/silver/sales'))?.files ?? [])
        for (const row of await readParquet(
          (await store.get(`dev/silver/sales/${path}`)) ?? new Uint8Array(),
        ))
          rows.push(`${row['source_partition']}/${row['source_position']}`);
      return rows.sort();
    };
    const wanted = (first: number, second = 0) =>
      [first, second].flatMap((count, partition) =>
        Array.from({ length: count }, (_, position) => Array<string>(2).fill(`${partition}/${position}`)).flat(),
      ).sort(); // prettier-ignore

    it('make versions of at most so many files, and nothing is lost', async () => {
      expect(await commit(store, [0, 1, 0, 2, 1, 3, 4, 0, 5, 6], [6, 7, 8])).toBe(10);
      expect(await filesByVersion()).toEqual([3, 3, 3, 1]);
      expect(await silverRows()).toEqual(wanted(10, 3));
      const positions = (await readSnapshot(store, 'dev/silver/sales'))?.transactions;
      expect([positions?.get('events/0'), positions?.get('events/1')]).toEqual([10n, 3n]);
    });

    it.each([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])(
      'are read again without a double after a death at write %i between the versions',
      async (survives) => {
        const days = [0, 1, 2, 3, 4, 5, 6, 7];
        await commit(dyingStore(store, survives), days, [1, 9]).catch((error: unknown) => {
          if (!(error instanceof Death)) throw error;
        });
        await commit(store, days, [1, 9]);
        expect(await silverRows()).toEqual(wanted(8, 2));
      },
    );

    it('go on where a refused commit stopped', async () => {
      const full = new GondolaError('lake_full', 'no space left', true);
      const refusing = faultyStore(store, (write) => (write % 3 === 2 ? full : null));
      let told = 0;
      const onStored = (_: string, rows: number) => void (told += rows);
      const silver = createSilverSink(lake(refusing), { stream: 'events', subjects, daysMax, onStored });
      await silver.assigned(['0']);
      const records = batch(0n, 8);
      silver.write([eventsOn([0, 1, 2, 3, 4, 5, 6, 7])], contextOf(records));
      const toldByTry: number[] = [];
      for (let refused = true; refused;) {
        refused = await silver.commit(new Map([['0', 8n]])).then(
          () => false,
          () => true,
        );
        toldByTry.push(told);
      }
      expect(await filesByVersion()).toEqual([3, 3, 2]);
      expect(await silverRows()).toEqual(wanted(8));
      // What is readable is told, whatever becomes of the rest.
      expect([...new Set(toldByTry)]).toEqual([0, 6, 12, 16]);
    });
  });

  it('bloom filters that are switched on later become a property of the table, for compaction to go by', async () => {
    const open = (bloomFilters: readonly string[]) =>
      createSilverSink(lake(), {
        stream: 'events',
        subjects: [{ subject: 'sales', columns: [], bloomFilters }],
        daysMax: 1_000,
      });
    const records = batch(0n, 1);
    const before = open([]);
    await before.assigned(['0']);
    before.write([eventsOf('sales', [1n], [NOW_MS])], contextOf(records));
    await before.commit(new Map([['0', records.nextPosition]]));
    const property = async () =>
      (await readSnapshot(store, 'dev/silver/sales'))?.metadata.configuration['gondola.bloomFilters'];
    expect(await property()).toBeUndefined();
    await open(['event_id']).assigned(['0']);
    expect(await property()).toBe('event_id');
    await open([]).assigned(['0']);
    expect(await property()).toBe('event_id');
  });

  it('writes a commit once whose answer was lost', async () => {
    const lost = new GondolaError('lake_unavailable', 'the answer was lost', true);
    // Of the creation of the table, its first file and the commit.
    const losing = faultyStore(store, (write) => (write < 3 ? { afterEffect: lost } : null));
    const bronze = createBronzeSink(lake(losing), { source: 'test', stream: 'events' });
    await bronze.assigned(['0']);
    const records = batch(0n, 4);
    bronze.write(records, contextOf(records));
    const commit = () => bronze.commit(new Map([['0', 4n]]));
    for (let refused = true; refused;)
      refused = await commit().then(
        () => false,
        () => true,
      );
    expect(await rowsOf('dev/bronze/events')).toBe(4);
    expect(await bronze.assigned(['0'])).toEqual(new Map([['0', 4n]]));
  });

  it('writes files again that waited so long for their commit that vacuum may have taken them', async () => {
    const clock = createManualClock(NOW_MS);
    const full = new GondolaError('lake_full', 'no space left', true);
    // Version 0 and the file are written, the commit is refused.
    const refusing = faultyStore(store, (write) => (write === 2 ? full : null));
    const bronze = createBronzeSink({ ...lake(refusing), clock }, { source: 'test', stream: 'events' });
    await bronze.assigned(['0']);
    const records = batch(0n, 4);
    bronze.write(records, contextOf(records));
    const commit = () => bronze.commit(new Map([['0', 4n]]));
    await expect(commit()).rejects.toBe(full);
    for await (const { path } of store.listAll('dev/bronze/events'))
      if (path.endsWith('.parquet')) await store.delete(path);
    clock.advance(13 * HOUR_MS);
    await commit();
    const [file] = (await readSnapshot(store, 'dev/bronze/events'))?.files ?? [];
    expect(await store.get(`dev/bronze/events/${file.path}`)).toHaveLength(file.size);
  });

  it('keeps its buffer when the store refuses', async () => {
    const full = new GondolaError('lake_full', 'no space left', true);
    const refusing = faultyStore(store, (write) => (write === 0 ? full : null));
    const bronze = createBronzeSink(lake(refusing), { source: 'test', stream: 'events' });
    await bronze.assigned(['0']);
    const records = batch(0n, 4);
    bronze.write(records, contextOf(records));
    await expect(bronze.commit(new Map([['0', 4n]]))).rejects.toBe(full);
    expect(bronze.buffered().rows).toBe(4);
    await bronze.commit(new Map([['0', 4n]]));
    expect(await rowsOf('dev/bronze/events')).toBe(4);
  });

  it('writes late rows to a file of their own day and rotates no other', async () => {
    const subject = { subject: 'sales', columns: [] };
    const silver = createSilverSink(lake(), { stream: 'events', subjects: [subject], daysMax: 1_000 });
    await silver.assigned(['0']);
    // Two batches, each with a row that is two days late and one that is a day early.
    for (const first of [0n, 4n]) {
      const records = batch(first, 4);
      const late = [NOW_MS, NOW_MS - 2 * DAY_MS, NOW_MS, NOW_MS + DAY_MS];
      const identities = [0n, 1n, 2n, 3n].map((index) => first + index);
      silver.write([eventsOf('sales', identities, late)], contextOf(records));
    }
    await silver.commit(new Map([['0', 8n]]));
    const files = (await readSnapshot(store, 'dev/silver/sales'))?.files ?? [];
    const rowsByDay = files.map(({ partitionValues, stats }) => [
      partitionValues['event_date'],
      (JSON.parse(stats) as { numRecords: number }).numRecords,
    ]);
    expect(rowsByDay.sort()).toEqual([
      ['2026-11-21', 2],
      ['2026-11-23', 4],
      ['2026-11-24', 2],
    ]);
  });

  it('keeps event times to the microsecond', async () => {
    const micros = [1_795_435_200_000_001, 1_795_435_200_123_457, 1_795_435_200_999_999];
    const silver = createSilverSink(lake(), {
      stream: 'events',
      subjects: [{ subject: 'sales', columns: [] }],
      daysMax: 1_000,
    });
    await silver.assigned(['0']);
    const events = eventsOf(
      'sales',
      [1n, 2n, 3n],
      micros.map((time) => time / 1000),
    );
    silver.write([events], contextOf(batch(0n, 3)));
    await silver.commit(new Map([['0', 3n]]));
    const [file] = (await readSnapshot(store, 'dev/silver/sales'))?.files ?? [];
    const rows = await readParquet((await store.get(`dev/silver/sales/${file.path}`)) ?? Buffer.of());
    expect(rows.map((row) => row['event_time'])).toEqual(micros);
  });
});

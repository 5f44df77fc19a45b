import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EventBatch, IdentityColumns } from '@gondola/events';
import { createLocalDiskStore } from '@gondola/lake-object-store';
import { columnarEncoder } from '@gondola/lake-parquet';
import { createRandom, recordBatchOf, silentLog, systemClock, type ObjectStore } from '@gondola/stream';
import { createSilverSink, readSilverIdentities } from './index.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const NOW_MS = Date.UTC(2026, 10, 23, 12);

/** Of one subject: an event's identity and time. Each comes from a record of its own. */
type Events = readonly (readonly [identity: bigint, timeMs: number])[];
interface Flush {
  readonly partition?: string;
  readonly first: bigint;
  readonly subject?: string;
  readonly events: Events;
}

describe('what dedupe remembers of silver', () => {
  let folder: string;
  let store: ObjectStore;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'gondola-identities-'));
    store = createLocalDiskStore(folder);
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const subjects = ['sales', 'catalog'].map((subject) => ({ subject, columns: [] }));
  const byEventId: IdentityColumns = {
    columns: ['event_id'],
    identityOf: ([eventId]) => BigInt(String(eventId)),
  };

  const batchOf = (subject: string, events: Events): EventBatch => ({
    subject,
    table: { rows: events.length, columns: [] },
    recordIndex: Int32Array.from(events, (_, row) => row),
    eventId: events.map(([identity]) => String(identity)),
    eventTimeMs: Float64Array.from(events, ([, timeMs]) => timeMs),
    schemaVersion: new Int32Array(events.length).fill(1),
    identity: BigInt64Array.from(events, ([identity]) => identity),
    shelf: null,
  });

  /** Each is a version, and in it a file for each day. */
  async function write(flushes: readonly Flush[]): Promise<void> {
    const lake = { store, encoder: columnarEncoder, clock: systemClock, log: silentLog, environment: 'dev' };
    const sink = createSilverSink(lake, { stream: 'events', subjects, daysMax: 1_000 });
    await sink.assigned([...new Set(flushes.map(({ partition = '0' }) => partition))]);
    for (const { partition = '0', first, subject = 'sales', events } of flushes) {
      const one = { key: null, value: new Uint8Array([1]), timestampMs: NOW_MS };
      const records = recordBatchOf('events', partition, first, new Array(events.length).fill(one));
      sink.write([batchOf(subject, events)], { records, rejected: [], nowMs: NOW_MS });
      await sink.commit(new Map([[partition, records.nextPosition]]));
    }
  }

  async function remembered(starts: Record<string, bigint>) {
    const seen: bigint[] = [];
    let filesRead = 0;
    const counting: ObjectStore = {
      ...store,
      get: (path) => {
        if (path.endsWith('.parquet')) filesRead++;
        return store.get(path);
      },
    };
    await readSilverIdentities(
      {
        store: counting,
        environment: 'dev',
        stream: 'events',
        subjects: subjects.map(({ subject }) => ({ subject, identity: byEventId })),
        windowMs: DAY_MS,
      },
      new Map(Object.entries(starts)),
      (_, identity) => seen.push(identity),
    );
    return { seen: seen.sort((left, right) => Number(left - right)), filesRead };
  }

  it('is what lies below the start, not what silver has above it', async () => {
    await write([
      {
        first: 0n,
        events: [
          [1n, NOW_MS],
          [2n, NOW_MS],
        ],
      },
      { first: 2n, events: [[3n, NOW_MS]] },
    ]);
    expect(await remembered({ 0: 2n })).toEqual({ seen: [1n, 2n], filesRead: 1 });
    expect(await remembered({ 0: 3n })).toEqual({ seen: [1n, 2n, 3n], filesRead: 2 });
    expect(await remembered({ 0: 0n, 7: 9n })).toEqual({ seen: [], filesRead: 0 });
  });

  it('leaves out files that are older than the window', async () => {
    await write([
      { first: 0n, events: [[1n, NOW_MS - 5 * DAY_MS]] },
      { first: 1n, events: [[2n, NOW_MS]] },
    ]);
    expect(await remembered({ 0: 2n })).toEqual({ seen: [2n], filesRead: 1 });
  });

  it('reaches back from the newest event below the start, though a newer one lies above it', async () => {
    await write([
      { first: 0n, events: [[7n, NOW_MS - 5 * DAY_MS]] },
      { first: 1n, subject: 'catalog', events: [[8n, NOW_MS - 5 * DAY_MS + HOUR_MS]] },
      { first: 2n, events: [[9n, NOW_MS]] },
    ]);
    expect(await remembered({ 0: 2n })).toEqual({ seen: [7n, 8n], filesRead: 2 });
  });

  const daily = (partition: string, days: readonly number[]): Flush[] =>
    days.map((day, at) => ({
      partition,
      first: BigInt(at),
      events: [[BigInt(1_000 * Number(partition) + day), NOW_MS - day * DAY_MS]],
    }));
  const downFrom = (day: number) => Array.from({ length: day + 1 }, (_, at) => day - at);

  it('has nothing read that others wrote while a partition was quiet for weeks', async () => {
    await write([...daily('1', downFrom(40)), ...daily('2', [42, 41, 40])]);
    const { seen, filesRead } = await remembered({ 1: 41n, 2: 3n });
    expect(seen).toEqual(expect.arrayContaining([1_000n, 1_001n, 2_040n, 2_041n]));
    expect(filesRead).toBeLessThanOrEqual(8);
  });

  it('of a start far in the past has nothing read that came since', async () => {
    await write(daily('1', downFrom(40)));
    const { seen, filesRead } = await remembered({ 1: 11n });
    expect(seen).toEqual(expect.arrayContaining([1_030n, 1_031n]));
    expect(filesRead).toBeLessThanOrEqual(3);
  });

  it.each([1, 2, 3, 4, 5, 6])('has all of the window, whatever was written: %i', async (seed) => {
    const random = createRandom(seed);
    const ends = [0, 0, 0];
    const written: { partition: number; position: number; identity: bigint; timeMs: number }[] = [];
    const flushes = Array.from({ length: 25 }, (_, flush): Flush => {
      const partition = random.below(ends.length);
      const first = ends[partition];
      const events = Array.from({ length: 1 + random.below(4) }, (_, at) => {
        const identity = BigInt(100 * flush + at);
        // Late ones among them, and pauses.
        const timeMs = NOW_MS + flush * (seed % 2 === 0 ? 7 : 40) * HOUR_MS - random.below(60) * HOUR_MS;
        written.push({ partition, position: first + at, identity, timeMs });
        return [identity, timeMs] as const;
      });
      ends[partition] += events.length;
      const subject = random.below(2) === 0 ? 'sales' : 'catalog';
      return { partition: String(partition), first: BigInt(first), subject, events };
    });
    await write(flushes);
    const starts = ends.map((end) => random.below(end + 1));
    const wanted = starts.flatMap((start, partition) => {
      const below = written.filter((one) => one.partition === partition && one.position < start);
      const newestMs = Math.max(...below.map(({ timeMs }) => timeMs));
      return below.filter(({ timeMs }) => timeMs >= newestMs - DAY_MS).map(({ identity }) => identity);
    });
    const { seen } = await remembered(Object.fromEntries(starts.map((start, at) => [at, BigInt(start)])));
    expect(seen).toEqual(expect.arrayContaining(wanted));
    const below = written.filter(({ partition, position }) => position < starts[partition]);
    expect(below.map(({ identity }) => identity)).toEqual(expect.arrayContaining(seen));
  });
});

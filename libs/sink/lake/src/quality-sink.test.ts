import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  FAILS,
  NOT_JUDGED,
  PASSES,
  qualityOfRow,
  sumCounts,
  type Expectation,
  type JudgedBatch,
  type QualityCount,
} from '@gondola/events';
import { readSnapshot } from '@gondola/lake-delta';
import { createLocalDiskStore } from '@gondola/lake-object-store';
import { columnarEncoder, readParquet } from '@gondola/lake-parquet';
import {
  GondolaError,
  recordBatchOf,
  silentLog,
  systemClock,
  type BatchContext,
  type ObjectStore,
  type Rejection,
} from '@gondola/stream';
import { Death, dyingStore, faultyStore } from '@gondola/testing';
import { createQualitySink } from './index.js';

const HOUR_MS = 3_600_000;
const NOON_MS = Date.UTC(2026, 10, 23, 12);
const [P, F, N] = [PASSES, FAILS, NOT_JUDGED];
const NO_BOUNDS = { min: null, max: null };

const expectation = (name: string, change: Partial<Expectation> = {}): Expectation => ({
  name,
  kind: 'completeness',
  action: 'warn',
  atLeast: 0.9,
  weight: 2,
  checkedMin: 1,
  perHour: NO_BOUNDS,
  ofUsual: { min: 0.5, max: null },
  countsDuplicates: false,
  ...change,
});
const EXPECTED = new Map([
  ['sale', [expectation('buyer'), expectation('price'), expectation('once', { countsDuplicates: true })]],
]);

/** Six records from position 10 on: the second has two rows, the fourth is a duplicate, the sixth was held back. */
const records = recordBatchOf(
  'events',
  '0',
  10n,
  Array.from({ length: 6 }, () => ({ key: null, value: new Uint8Array([1]), timestampMs: NOON_MS })),
);
const recordIndex = Int32Array.of(0, 1, 1, 2, 4);
const judged: JudgedBatch = {
  subject: 'sale',
  table: { rows: 5, columns: [] },
  recordIndex,
  eventId: [...recordIndex].map(String),
  eventTimeMs: Float64Array.of(
    NOON_MS,
    NOON_MS + HOUR_MS - 1,
    NOON_MS + HOUR_MS - 1,
    NOON_MS + HOUR_MS,
    NOON_MS,
  ),
  schemaVersion: new Int32Array(5).fill(1),
  identity: new BigInt64Array(5),
  shelf: null,
  verdicts: [
    { rows: Uint8Array.of(P, F, F, F, P), perRow: false },
    { rows: Uint8Array.of(N, F, F, P, P), perRow: true },
    { rows: null, perRow: false },
  ],
};
const rejected: Rejection[] = [
  { kind: 'drop', index: 3, stage: 'dedupe', reason: 'duplicate', subject: 'sale', eventTimeMs: NOON_MS },
  {
    ...{
      kind: 'quarantine',
      index: 5,
      stage: 'validate',
      reason: 'expectation_failed',
      pointer: '',
      message: '',
    },
    ...{ subject: 'sale', schemaVersion: 1, expectation: { name: 'buyer', eventTimeMs: NOON_MS } },
  },
  {
    ...{ kind: 'quarantine', index: 5, stage: 'validate', reason: 'rule_broken', pointer: '', message: '' },
    ...{ subject: 'sale', schemaVersion: 1 },
  },
];
const context: BatchContext = { records, rejected, nowMs: NOON_MS };

/** The same records `[from, to)` as a batch of their own. */
function contextOf(from: number, to: number): BatchContext {
  const sent = Array.from({ length: to - from }, () => ({ key: null, value: null, timestampMs: NOON_MS }));
  const own = rejected.filter(({ index }) => index >= from && index < to);
  return {
    records: recordBatchOf('events', '0', BigInt(10 + from), sent),
    rejected: own.map((one) => ({ ...one, index: one.index - from })),
    nowMs: NOON_MS,
  };
}

function rowsOf(from: number, to: number): JudgedBatch {
  const rows = [...recordIndex.keys()].filter((row) => recordIndex[row] >= from && recordIndex[row] < to);
  return {
    ...judged,
    recordIndex: Int32Array.from(rows, (row) => recordIndex[row] - from),
    eventTimeMs: Float64Array.from(rows, (row) => judged.eventTimeMs[row]),
    verdicts: judged.verdicts.map(({ rows: all, perRow }) => ({
      rows: all && Uint8Array.from(rows, (row) => all[row]),
      perRow,
    })),
  };
}

describe('the table of quality', () => {
  let folder: string;
  let store: ObjectStore;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'gondola-quality-'));
    store = createLocalDiskStore(folder);
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function sinkOver(over: ObjectStore = store) {
    const committed: QualityCount[] = [];
    const deps = { encoder: columnarEncoder, clock: systemClock, log: silentLog, environment: 'dev' };
    const sink = createQualitySink(
      { ...deps, store: over },
      {
        stream: 'events',
        expectations: EXPECTED,
        onAssigned: () => committed.splice(0),
        onCommitted: (counts) => committed.push(...counts),
      },
    );
    return { sink, committed };
  }

  async function counted(): Promise<string[]> {
    const all: QualityCount[] = [];
    for (const { path } of (await readSnapshot(store, 'dev/quality'))?.files ?? [])
      for (const row of await readParquet((await store.get(`dev/quality/${path}`)) ?? new Uint8Array()))
        all.push(qualityOfRow(row));
    return linesOf(sumCounts(all));
  }
  const linesOf = (counts: readonly QualityCount[]) =>
    counts
      .map(({ hourMs, subject, expectation: { name }, checked, failed }) =>
        [new Date(hourMs).toISOString().slice(11, 13), subject, name, `${failed}/${checked}`].join(' '),
      )
      .sort();
  const ALL = [
    '12 sale buyer 2/4',
    '12 sale once 1/4',
    '12 sale price 2/3',
    '13 sale buyer 1/1',
    '13 sale once 0/1',
    '13 sale price 0/1',
  ];

  it('counts records or rows by the hour of their events, with what no batch has any more', async () => {
    const { sink, committed } = sinkOver();
    expect(await sink.assigned(['0'])).toEqual(new Map());
    sink.write([judged], context);
    expect(sink.buffered()).toMatchObject({ rows: 6, days: 1 });
    await sink.commit(new Map([['0', 16n]]));
    expect(sink.buffered().rows).toBe(0);
    expect(await counted()).toEqual(ALL);
    expect(linesOf(committed)).toEqual(ALL);
  });

  it('keeps the terms beside the counts, and nothing of what was not judged', async () => {
    const { sink } = sinkOver();
    await sink.assigned(['0']);
    const none = { rows: new Uint8Array(5).fill(N), perRow: false };
    sink.write([{ ...judged, verdicts: [judged.verdicts[0], none, none] }], { ...context, rejected: [] });
    await sink.commit(new Map([['0', 16n]]));
    const [file, ...others] = (await readSnapshot(store, 'dev/quality'))?.files ?? [];
    const rows = await readParquet((await store.get(`dev/quality/${file.path}`)) ?? new Uint8Array());
    expect([others, file.partitionValues]).toEqual([[], { event_date: '2026-11-23' }]);
    expect(rows).toHaveLength(2);
    expect(qualityOfRow(rows[0])).toMatchObject({
      stream: 'events',
      expectation: { ...expectation('buyer'), checkedMin: 0 },
    });
  });

  it.each([0, 1, 2, 3, 4, 5, 6])(
    'counts everything once when it dies at write %i and reads again in other batches',
    async (survives) => {
      const { sink } = sinkOver(dyingStore(store, survives));
      try {
        await sink.assigned(['0']);
        for (const [from, to] of [
          [0, 3],
          [3, 6],
        ]) {
          sink.write([rowsOf(from, to)], contextOf(from, to));
          await sink.commit(new Map([['0', BigInt(10 + to)]]));
        }
      } catch (error) {
        if (!(error instanceof Death)) throw error;
      }
      const { sink: next } = sinkOver();
      await next.assigned(['0']);
      next.write([judged], context);
      await next.commit(new Map([['0', 16n]]));
      expect(await counted()).toEqual(ALL);
    },
  );

  it('adds nothing when a refused commit is repeated, or one whose answer was lost', async () => {
    const full = new GondolaError('lake_full', 'no space left', true);
    const lost = { afterEffect: new GondolaError('lake_unavailable', 'the answer was lost', true) };
    const { sink, committed } = sinkOver(
      faultyStore(store, (write) => (write < 4 ? [full, lost, full, lost][write] : null)),
    );
    await sink.assigned(['0']);
    sink.write([judged], context);
    for (let refused = true; refused;)
      refused = await sink.commit(new Map([['0', 16n]])).then(
        () => false,
        () => true,
      );
    expect(await counted()).toEqual(ALL);
    expect(linesOf(committed)).toEqual(ALL);
  });

  it('forgets what a lost assignment has read', async () => {
    const { sink, committed } = sinkOver();
    await sink.assigned(['0']);
    sink.write([judged], context);
    sink.discard();
    await sink.commit(new Map([['0', 16n]]));
    expect([await counted(), committed, sink.buffered().rows]).toEqual([[], [], 0]);
  });
});

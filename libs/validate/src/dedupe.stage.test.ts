import fc from 'fast-check';
import type { EventBatch } from '@gondola/events';
import { recordBatchOf, type RecordBatch } from '@gondola/stream';
import { createDedupeStage, type DedupeStage } from './dedupe.stage.js';

const HOUR_MS = 3_600_000;
const START_MS = Date.UTC(2026, 0, 1);
const WINDOW_MS = 4 * HOUR_MS;

/** An event of a test stream, at a position. */
interface Given {
  readonly subject: 'a' | 'b';
  readonly identity: bigint;
  readonly timeMs: number;
  readonly rows: number;
}

const forgetful = async () => {};
const stageOf = (remember: Parameters<typeof createDedupeStage>[0]['remember'] = forgetful) =>
  createDedupeStage({ windowMs: WINDOW_MS, remember });

function recordsOf(count: number, first: number, partition = '0'): RecordBatch {
  const value = new Uint8Array(1);
  return recordBatchOf(
    's',
    partition,
    BigInt(first),
    Array.from({ length: count }, () => ({ key: null, value, timestampMs: 0 })),
  );
}

/** What validate would give: one batch for each subject, rows of a record together. */
function batchesOf(events: readonly Given[]): EventBatch[] {
  return ['a', 'b'].flatMap((subject) => {
    const rows = events.flatMap((event, index) =>
      event.subject === subject ? Array<number>(event.rows).fill(index) : [],
    );
    if (rows.length === 0) return [];
    return [
      {
        subject,
        table: {
          rows: rows.length,
          columns: [
            { spec: { name: 'n', type: { kind: 'int32' }, nullable: false }, values: Int32Array.from(rows) },
          ],
        },
        recordIndex: Int32Array.from(rows),
        eventId: rows.map((row) => `e${row}`),
        eventTimeMs: Float64Array.from(rows, (row) => events[row].timeMs),
        schemaVersion: Int32Array.from(rows, () => 1),
        identity: BigInt64Array.from(rows, (row) => events[row].identity),
        shelf: null,
      },
    ];
  });
}

async function runBatch(stage: DedupeStage, events: readonly Given[], first = 0, partition = '0') {
  const records = recordsOf(events.length, first, partition);
  return stage.run(batchesOf(events), { records, rejected: [], nowMs: 0 });
}

/** Numbers of the events that passed. */
async function passed(
  stage: DedupeStage,
  events: readonly Given[],
  first = 0,
  partition = '0',
): Promise<number[]> {
  const { rejected } = await runBatch(stage, events, first, partition);
  const dropped = new Set(rejected.map(({ index }) => index));
  return events.flatMap((_, index) => (dropped.has(index) ? [] : [first + index]));
}

const event = (identity: number, hours: number, rest: Partial<Given> = {}): Given => ({
  subject: 'a',
  identity: BigInt(identity),
  timeMs: START_MS + hours * HOUR_MS,
  rows: 1,
  ...rest,
});

test('a second record of the same identity is dropped with all its rows, also of the same batch', async () => {
  const { value, rejected } = await runBatch(stageOf(), [
    event(1, 0, { rows: 2 }),
    event(2, 0),
    event(1, 0.5, { rows: 3 }),
    event(3, 0, { rows: 2 }),
  ]);
  expect(rejected).toEqual([
    {
      ...{ kind: 'drop', index: 2, stage: 'dedupe', reason: 'duplicate' },
      ...{ subject: 'a', eventTimeMs: START_MS + 0.5 * HOUR_MS },
    },
  ]);
  expect(value).toHaveLength(1);
  expect(value[0]).toMatchObject({
    recordIndex: Int32Array.of(0, 0, 1, 3, 3),
    eventId: ['e0', 'e0', 'e1', 'e3', 'e3'],
    identity: BigInt64Array.of(1n, 1n, 2n, 3n, 3n),
    table: { rows: 5, columns: [{ values: Int32Array.of(0, 0, 1, 3, 3) }] },
  });
  expect(value[0].eventTimeMs).toHaveLength(5);
  expect(value[0].schemaVersion).toHaveLength(5);
});

test('a batch of nothing but duplicates leaves no event batch', async () => {
  const stage = stageOf();
  await runBatch(stage, [event(1, 0)]);
  expect((await runBatch(stage, [event(1, 0), event(1, 1)], 1)).value).toEqual([]);
});

test('what has no duplicate is handed on as it is', async () => {
  const batches = batchesOf([event(1, 0), event(2, 0)]);
  const { value } = await stageOf().run(batches, { records: recordsOf(2, 0), rejected: [], nowMs: 0 });
  expect(value).toBe(batches);
});

test('the window: the hour of the newest event minus the window is remembered, the one before is not', async () => {
  const stage = stageOf();
  expect(await passed(stage, [event(1, 0.9), event(2, 1), event(3, 5.5)])).toEqual([0, 1, 2]);
  // Newest 5.5, so the window begins with hour 1.
  expect(
    await passed(stage, [event(2, 1), event(1, 0.9), event(1, 0.9), event(1, 2), event(1, 2)], 3),
  ).toEqual([4, 5, 6]);
});

test('partitions remember for themselves', async () => {
  const stage = stageOf();
  expect(await passed(stage, [event(1, 0)], 0, '0')).toEqual([0]);
  expect(await passed(stage, [event(1, 0)], 0, '1')).toEqual([0]);
  expect(await passed(stage, [event(1, 0)], 1, '1')).toEqual([]);
});

test('subjects are judged in the order of the stream', async () => {
  // The last event moves the window past the first two; were it judged before them, the third would pass.
  const events = [
    event(1, 0),
    event(2, 0, { subject: 'b' }),
    event(2, 0, { subject: 'b' }),
    event(3, 100),
    event(4, 100, { subject: 'b' }),
  ];
  expect(await passed(stageOf(), events)).toEqual([0, 1, 3, 4]);
});

test('the same batch again, because a later stage failed, gets the same answer', async () => {
  const stage = stageOf();
  const events = [event(1, 0), event(2, 0), event(1, 0)];
  const records = recordsOf(3, 0);
  const context = { records, rejected: [], nowMs: 0 };
  const first = await stage.run(batchesOf(events), context);
  expect(await stage.run(batchesOf(events), context)).toEqual(first);
  expect(first.rejected.map(({ index }) => index)).toEqual([2]);
});

test('assignment replaces all that was known: what another reads now is not kept', async () => {
  const stage = stageOf(async (starts, tell) => {
    expect(starts).toEqual(new Map([['0', 5n]]));
    tell('0', 7n, START_MS);
    tell('1', 7n, START_MS);
  });
  await runBatch(stage, [event(1, 0)], 0, '0');
  await runBatch(stage, [event(1, 0)], 0, '1');
  await stage.assigned?.(new Map([['0', 5n]]));
  expect(await passed(stage, [event(1, 0), event(7, 0)], 5, '0')).toEqual([5]);
});

const given: fc.Arbitrary<Given> = fc.record({
  subject: fc.constantFrom('a' as const, 'b' as const),
  identity: fc.bigInt({ min: -12n, max: 12n }).map((small) => small << 31n),
  timeMs: fc.integer({ min: 0, max: 14 * 4 }).map((quarter) => START_MS + quarter * (HOUR_MS / 4)),
  rows: fc.integer({ min: 1, max: 3 }),
});

/** The rule itself, in the plainest words there are. */
function passedByTheRule(events: readonly Given[]): number[] {
  const passing: number[] = [];
  events.forEach(({ identity, timeMs }, index) => {
    const newestMs = Math.max(...passing.map((one) => events[one].timeMs), -Infinity);
    const inWindow = (ms: number) => Math.floor(ms / HOUR_MS) >= Math.floor((newestMs - WINDOW_MS) / HOUR_MS);
    const isKnown = passing.some((one) => events[one].identity === identity && inWindow(events[one].timeMs));
    if (!inWindow(timeMs) || !isKnown) passing.push(index);
  });
  return passing;
}

test('any stream, cut into any batches, is judged by the rule', async () => {
  const property = fc.asyncProperty(
    fc.array(given, { maxLength: 60 }),
    fc.integer({ min: 1, max: 20 }),
    async (events, size) => {
      const stage = stageOf();
      const passing: number[] = [];
      for (let first = 0; first < events.length; first += size)
        passing.push(...(await passed(stage, events.slice(first, first + size), first)));
      expect(passing).toEqual(passedByTheRule(events));
    },
  );
  await fc.assert(property, { numRuns: 500 });
});

function sectionsOf(copy: ReturnType<DedupeStage['copy']>): Uint8Array[] {
  const sections: Uint8Array[] = [];
  for (let next = copy.next(); next; next = copy.next()) sections.push(next);
  return sections;
}

test.each([
  ['what passed, in any order', 'silver'],
  ['its snapshot', 'snapshot'],
])('a stage that is rebuilt anywhere from %s answers like one that never stopped', async (_, from) => {
  const property = fc.asyncProperty(
    fc.array(given, { maxLength: 60 }),
    fc.nat(),
    fc.func(fc.integer()),
    async (events, cut, order) => {
      const at = cut % (events.length + 1);
      const before = stageOf();
      const passing = await passed(before, events.slice(0, at));
      const seen = passing
        .map((index) => ({ identity: events[index].identity, eventTimeMs: events[index].timeMs }))
        .toSorted((left, right) => order(left.identity) - order(right.identity));
      const after = stageOf(async (_starts, tell) => {
        for (const { identity, eventTimeMs } of seen) tell('0', identity, eventTimeMs);
      });
      if (from === 'silver') await after.assigned?.(new Map([['0', BigInt(at)]]));
      else after.restore('0', sectionsOf(before.copy('0')));
      passing.push(...(await passed(after, events.slice(at), at)));
      expect(passing).toEqual(passedByTheRule(events));
    },
  );
  await fc.assert(property, { numRuns: 500 });
});

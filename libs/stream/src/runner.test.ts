import { createManualClock } from '@gondola/testing';
import {
  FencedError,
  from,
  GondolaError,
  PipelineRunner,
  recordBatchOf,
  SetupError,
  silentLog,
  silentObserver,
  type CommitSink,
  type Pipeline,
  type PipelineObserver,
  type RecordBatch,
  type Rejection,
  type Source,
  type SourceListener,
  type Stage,
} from './index.js';

const batch = (partition: string, first: bigint, values: readonly string[]): RecordBatch =>
  recordBatchOf(
    'pos',
    partition,
    first,
    values.map((value) => ({ key: null, value: new TextEncoder().encode(value), timestampMs: 0 })),
  );

/** Every effect on the world outside, in order: what these tests compare. */
type Effects = string[];

function scriptedSource(effects: Effects, polls: (RecordBatch | null | Error)[]): Source {
  const ends = new Map<string, bigint>();
  for (const one of polls) if (one && !(one instanceof Error)) ends.set(one.partition, one.nextPosition);
  const all = [...polls];
  return {
    stream: 'pos',
    open: async (listener) => {
      const starts = await listener.assigned([...ends.keys()]);
      effects.push(`opened at ${[...starts].map(([p, at]) => `${p}:${at}`).join(' ') || 'the oldest'}`);
      polls = all.filter(
        (one) =>
          one === null || one instanceof Error || one.nextPosition > (starts.get(one.partition) ?? -1n),
      );
    },
    poll: async () => {
      const next = polls.shift() ?? null;
      if (next instanceof Error) throw next;
      return next;
    },
    lag: async () => ({ unit: 'records', partitions: new Map() }),
    caughtUp: async () => (polls.length === 0 ? [...ends.keys()] : []),
    checkpoint: async (upTo) => {
      effects.push(`checkpointed ${[...upTo].map(([p, at]) => `${p}:${at}`).join(' ')}`);
    },
    close: async () => {
      effects.push('closed');
    },
  };
}

function recordingSink<T>(
  name: string,
  effects: Effects,
  options: { rowsOf: (value: T) => number; failures?: unknown[]; at?: Map<string, bigint | null> },
): CommitSink<T> {
  let rows = 0;
  return {
    name,
    assigned: async () => options.at ?? new Map(),
    write: (value) => {
      rows += options.rowsOf(value);
    },
    buffered: () => ({ rows, bytes: rows }),
    commit: async (upTo) => {
      const failure = options.failures?.shift();
      if (failure) {
        effects.push(`${name} refused`);
        throw failure;
      }
      effects.push(`${name} committed ${rows} up to ${[...upTo.values()].join(' ')}`);
      rows = 0;
    },
    discard: () => {
      effects.push(`${name} discarded ${rows}`);
      rows = 0;
    },
  };
}

/** Values beginning with ! are bad. */
const validate: Stage<RecordBatch, number> = {
  name: 'validate',
  run: (records) => {
    const rejected: Rejection[] = [];
    for (let index = 0; index < records.count; index++)
      if (records.bytes[records.valueStart[index]] === '!'.charCodeAt(0))
        rejected.push({
          kind: 'quarantine',
          index,
          stage: 'validate',
          reason: 'decode_failed',
          pointer: '',
          message: 'bad',
          subject: null,
          schemaVersion: null,
        });
    return { value: records.count - rejected.length, rejected };
  },
};

interface Setup {
  polls: (RecordBatch | null | Error)[];
  silverFailures?: unknown[];
  silverAt?: Map<string, bigint | null>;
  quarantineAt?: Map<string, bigint | null>;
  stage?: Stage<RecordBatch, number>;
  shareMax?: number;
  rowsMax?: number;
  ageMsMax?: number;
  pipeline?: Pipeline;
  prepare?: () => Promise<void>;
  once?: boolean;
  isPartOfOnce?: boolean;
  observer?: Partial<PipelineObserver>;
  guard?: () => GondolaError | null;
  readonly holdsBatches?: boolean;
}

/** As a reference stream is while `detect --once` reads. */
const FOLLOWED = { once: false, isPartOfOnce: true };

function runnerOf(setup: Setup) {
  const effects: Effects = [];
  const clock = createManualClock(0, { autoAdvance: true });
  const silver = recordingSink<number>('silver', effects, {
    rowsOf: (rows) => rows,
    failures: setup.silverFailures ?? [],
    at: setup.silverAt ?? new Map(),
  });
  const pipeline = from(scriptedSource(effects, setup.polls))
    .tee(recordingSink<RecordBatch>('bronze', effects, { rowsOf: (records) => records.count }))
    .through(setup.stage ?? validate)
    .into(silver, {
      quarantine: recordingSink<readonly Rejection[]>('quarantine', effects, {
        rowsOf: (rejected) => rejected.length,
        at: setup.quarantineAt ?? new Map(),
      }),
    })
    .thenCheckpoint();
  const runner = new PipelineRunner(
    setup.pipeline ?? pipeline,
    {
      name: 'ingest',
      policy: {
        rowsMax: setup.rowsMax ?? 1_000,
        bytesMax: 1e9,
        ageMsMax: setup.ageMsMax ?? 1e9,
        daysMax: 1e9,
        memoryBytesMax: 1e9,
      },
      quarantineLimit: { shareMax: setup.shareMax ?? 1, windowRecords: 2 },
      pollMs: 10,
      once: setup.once ?? true,
      ...(setup.isPartOfOnce === undefined ? {} : { isPartOfOnce: setup.isPartOfOnce }),
      ...(setup.guard ? { guard: setup.guard } : {}),
      ...(setup.holdsBatches === undefined ? {} : { holdsBatches: setup.holdsBatches }),
    },
    {
      ...(setup.prepare ? { prepare: setup.prepare } : {}),
      clock,
      observer: { ...silentObserver, ...setup.observer },
      log: silentLog,
      random: () => 0.5,
      memoryBytes: () => 0,
    },
  );
  return { runner, effects, clock };
}

describe('the runner', () => {
  it('commits bronze, silver, quarantine in that order, and only then checkpoints the broker', async () => {
    const { runner, effects } = runnerOf({
      polls: [batch('0', 0n, ['a', '!b', 'c']), batch('1', 0n, ['d'])],
    });
    await runner.run(new AbortController().signal);
    expect(effects).toEqual([
      'opened at the oldest',
      'bronze committed 4 up to 3 1',
      'silver committed 3 up to 3 1',
      'quarantine committed 1 up to 3 1',
      'checkpointed 0:3 1:1',
      'closed',
    ]);
    expect(runner.health().state).toBe('stopped');
  });

  it('tells the lag while the lake refuses and nothing is read, not at every step', async () => {
    const refused = new GondolaError('lake_unavailable', '503', true);
    let told = 0;
    const setup = { observer: { lag: () => void told++ } };
    await runnerOf({ ...setup, polls: [batch('0', 0n, ['a'])] }).runner.run(new AbortController().signal);
    expect(told).toBe(1);
    // Tries come 5 s after each other, about, in the end.
    const silverFailures = Array<GondolaError>(20).fill(refused);
    await runnerOf({ ...setup, polls: [batch('0', 0n, ['a'])], silverFailures }).runner.run(
      new AbortController().signal,
    );
    expect(told).toBeGreaterThan(10);
    expect(told).toBeLessThan(22);
  });

  it('flushes when the batch policy says so', async () => {
    const { runner, effects } = runnerOf({
      polls: [batch('0', 0n, ['a', 'b']), batch('0', 2n, ['c'])],
      rowsMax: 2,
    });
    await runner.run(new AbortController().signal);
    expect(effects.filter((effect) => effect.startsWith('silver'))).toEqual([
      'silver committed 2 up to 2',
      'silver committed 1 up to 3',
      'silver committed 0 up to 3',
    ]);
  });

  it('publishes the few records of a quiet stream when they have waited long enough', async () => {
    const { runner, effects, clock } = runnerOf({
      polls: [batch('0', 0n, ['a']), null, batch('0', 1n, ['b'])],
      ageMsMax: 50,
      observer: { received: () => clock.advance(50) },
    });
    await runner.run(new AbortController().signal);
    expect(effects.filter((effect) => effect.startsWith('silver'))).toEqual([
      'silver committed 1 up to 1',
      'silver committed 1 up to 2',
      // The end of the drain.
      'silver committed 0 up to 2',
    ]);
  });

  it('starts at the least position that any sink needs; a sink that knows none needs the oldest', async () => {
    const polls = [batch('0', 0n, ['a', 'b', 'c'])];
    const some = runnerOf({ polls, silverAt: new Map([['0', 2n]]), quarantineAt: new Map([['0', 1n]]) });
    await some.runner.run(new AbortController().signal);
    expect(some.effects[0]).toBe('opened at 0:1');
    const none = runnerOf({ polls, silverAt: new Map([['0', 2n]]), quarantineAt: new Map([['0', null]]) });
    await none.runner.run(new AbortController().signal);
    expect(none.effects[0]).toBe('opened at the oldest');
  });

  it('tries a refused commit again, keeps what it buffers and does not repeat the commits before it', async () => {
    const refused = new GondolaError('lake_unavailable', '503', true);
    const { runner, effects } = runnerOf({
      polls: [batch('0', 0n, ['a'])],
      silverFailures: [refused, refused],
    });
    await runner.run(new AbortController().signal);
    expect(effects).toEqual([
      'opened at the oldest',
      'bronze committed 1 up to 1',
      'silver refused',
      'silver refused',
      'silver committed 1 up to 1',
      'quarantine committed 0 up to 1',
      'checkpointed 0:1',
      'closed',
    ]);
  });

  it('drops its buffers and starts again from the tables when it is fenced', async () => {
    const fenced = new FencedError('silver', '0', '0', '1');
    const { runner, effects } = runnerOf({ polls: [batch('0', 0n, ['a'])], silverFailures: [fenced] });
    await runner.run(new AbortController().signal);
    expect(effects.slice(1)).toEqual([
      'bronze committed 1 up to 1',
      'silver refused',
      'bronze discarded 0',
      'silver discarded 1',
      'quarantine discarded 0',
      'opened at the oldest',
      'bronze committed 1 up to 1',
      'silver committed 1 up to 1',
      'quarantine committed 0 up to 1',
      'checkpointed 0:1',
      'closed',
    ]);
  });

  it('repeats a whole batch when a stage could not reach the world, and writes it once', async () => {
    let outages = 2;
    const stage: Stage<RecordBatch, number> = {
      name: 'validate',
      run: (records, context) => {
        if (outages-- > 0) throw new GondolaError('stream_unavailable', 'registry down', true);
        return validate.run(records, context);
      },
    };
    const { runner, effects } = runnerOf({ polls: [batch('0', 0n, ['a', 'b'])], stage });
    await runner.run(new AbortController().signal);
    expect(effects).toContain('bronze committed 2 up to 2');
  });

  it('ends with the error when no retry can help, publishing nothing more', async () => {
    const broken = new GondolaError('lake_corrupt', 'half a commit', false);
    const { runner, effects } = runnerOf({ polls: [batch('0', 0n, ['a'])], silverFailures: [broken] });
    await expect(runner.run(new AbortController().signal)).rejects.toBe(broken);
    expect(effects.slice(-2)).toEqual(['silver refused', 'closed']);
    expect(runner.health()).toMatchObject({ state: 'stopped', detail: 'half a commit' });
  });

  it('publishes, then stops with the reason when too many records are bad', async () => {
    const { runner, effects } = runnerOf({ polls: [batch('0', 0n, ['!a', '!b', 'c'])], shareMax: 0.5 });
    await expect(runner.run(new AbortController().signal)).rejects.toMatchObject({
      code: 'quarantine_limit',
    });
    expect(effects).toContain('quarantine committed 2 up to 3');
  });

  it('publishes and checkpoints, then ends with what its guard says', async () => {
    const broken = new GondolaError('expectation_failed', 'too many without a price', false);
    const answers = [null, broken];
    const { runner, effects } = runnerOf({
      polls: [batch('0', 0n, ['a', 'b']), batch('0', 2n, ['c']), batch('0', 3n, ['d'])],
      rowsMax: 1,
      guard: () => answers.shift() ?? null,
    });
    await expect(runner.run(new AbortController().signal)).rejects.toBe(broken);
    expect(effects.slice(-3)).toEqual(['quarantine committed 0 up to 3', 'checkpointed 0:3', 'closed']);
  });

  it('publishes what it has read when it is told to stop', async () => {
    const stop = new AbortController();
    const stage: Stage<RecordBatch, number> = {
      name: 'validate',
      run: (records, context) => {
        stop.abort();
        return validate.run(records, context);
      },
    };
    const { runner, effects } = runnerOf({ polls: [batch('0', 0n, ['a']), batch('0', 1n, ['b'])], stage });
    await runner.run(stop.signal);
    expect(effects.filter((effect) => effect.includes('committed'))).toEqual([
      'bronze committed 1 up to 1',
      'silver committed 1 up to 1',
      'quarantine committed 0 up to 1',
    ]);
  });

  it('told to stop while a sink refuses, commits nothing after it and ends in peace', async () => {
    const stop = new AbortController();
    const refused = new GondolaError('lake_unavailable', '503', true);
    const failures = { shift: () => (stop.abort(), refused) } as unknown as unknown[];
    const { runner, effects } = runnerOf({ polls: [batch('0', 0n, ['a'])], silverFailures: failures });
    await runner.run(stop.signal);
    expect(effects).toEqual([
      'opened at the oldest',
      'bronze committed 1 up to 1',
      'silver refused',
      'closed',
    ]);
  });

  it.each([
    [true, ['bronze committed', 'silver committed', 'quarantine committed', '0 released', '1 released']],
    [false, ['0 released', '1 released', 'bronze committed', 'silver committed', 'quarantine committed']],
  ])('gives the memory of batches back, sinks holding on to it: %s', async (holdsBatches, expected) => {
    const released: string[] = [];
    const owned = (partition: string): RecordBatch => ({
      ...batch(partition, 0n, ['a']),
      release: () => void released.push(`${partition} released`),
    });
    const { runner, effects } = runnerOf({
      polls: [owned('0'), owned('1')],
      silverFailures: [new GondolaError('lake_unavailable', 'busy', true)],
      observer: { committed: (_stream, sink) => void released.push(`${sink} committed`) },
      holdsBatches,
    });
    await runner.run(new AbortController().signal);
    expect(effects).toContain('silver refused');
    expect(released).toEqual(expected);
  });

  it('tells how old the oldest record of a commit is, of sinks that have rows, and what it waits for', async () => {
    const told: string[] = [];
    const timed = (partition: string, takenMs: number, value: string): RecordBatch => ({
      ...batch(partition, 0n, [value, value]),
      timestampMs: Float64Array.of(takenMs, takenMs + 7),
    });
    const { runner, clock } = runnerOf({
      polls: [timed('0', 70, 'a'), timed('1', 40, 'b')],
      silverFailures: [new GondolaError('lake_unavailable', 'busy', true)],
      observer: {
        readable: (stream, sink, ageMs) => void told.push(`${stream} ${sink} ${ageMs}`),
        received: () => clock.advance(500),
        waiting: (waiter, code) => void told.push(`${waiter} waits for ${code}`),
      },
    });
    await runner.run(new AbortController().signal);
    expect(told.filter((one) => !one.startsWith('pos silver'))).toEqual([
      'pos bronze 960',
      'pos waits for lake_unavailable',
      'pos waits for null',
    ]);
    // It waited between: longer than bronze, by the pause.
    expect(told.find((one) => one.startsWith('pos silver'))).toMatch(/^pos silver 1\d\d\d$/);
  });

  it('counts what was quarantined by contract', async () => {
    const told: unknown[][] = [];
    const rejection = (subject: string | null, reason: 'decode_failed' | 'value_empty'): Rejection => ({
      ...{ kind: 'quarantine', index: 0, stage: 'validate', reason, pointer: '', message: '' },
      ...{ subject, schemaVersion: null },
    });
    const duplicate: Rejection = {
      ...{ kind: 'drop', index: 1, stage: 'dedupe', reason: 'duplicate', subject: 'sale', eventTimeMs: 0 },
    };
    const rejected = [
      ...[rejection('sale', 'decode_failed'), rejection(null, 'value_empty'), duplicate],
      rejection('sale', 'decode_failed'),
    ];
    const stage: Stage<RecordBatch, number> = { name: 'all', run: () => ({ value: 1, rejected }) };
    const observer = { quarantined: (...all: unknown[]) => void told.push(all) };
    await runnerOf({ polls: [batch('0', 0n, ['a'])], stage, observer }).runner.run(
      new AbortController().signal,
    );
    expect(told).toEqual([
      ['pos', 'sale', 'decode_failed', 2],
      ['pos', null, 'value_empty', 1],
    ]);
  });

  it('publishes nothing that was read under an assignment that is lost', async () => {
    const effects: Effects = [];
    const first = batch('0', 0n, ['a', 'b']);
    let listener: SourceListener | null = null;
    let polled = 0;
    const source: Source = {
      ...scriptedSource(effects, []),
      open: async (one) => {
        listener = one;
        await one.assigned(['0']);
      },
      poll: async () => {
        if (++polled === 2) {
          await listener?.revoked();
          await listener?.assigned(['0', '1']);
        }
        return polled <= 2 ? first : null;
      },
      caughtUp: async () => (polled > 2 ? ['0', '1'] : []),
    };
    const bronze = recordingSink<RecordBatch>('bronze', effects, { rowsOf: (records) => records.count });
    const { runner } = runnerOf({ polls: [], pipeline: from(source).into(bronze).thenCheckpoint() });
    await runner.run(new AbortController().signal);
    expect(effects.filter((effect) => effect.startsWith('bronze'))).toEqual([
      'bronze discarded 2',
      'bronze committed 2 up to 2',
    ]);
  });

  describe('before the streams are there', () => {
    const unreachable = new GondolaError('stream_unavailable', 'nobody answers', true);

    it('waits for them, and is not ready meanwhile', async () => {
      let attempts = 0;
      const states: string[] = [];
      const prepare = async () => {
        states.push(`${runner.health().state}: ${runner.health().detail}`);
        if (++attempts < 20) throw unreachable;
      };
      const { runner, effects } = runnerOf({ polls: [batch('0', 0n, ['a'])], prepare, once: false });
      runner.stopWhenDrained();
      await runner.run(new AbortController().signal);
      expect(states.slice(1)).toEqual(new Array(19).fill('starting: nobody answers'));
      expect(effects.slice(-2)).toEqual(['checkpointed 0:1', 'closed']);
    });

    it.each([
      ['that may come, gives up after some tries with --once', unreachable, 6, {}],
      ['that may come, gives up as well for who waits with --once', unreachable, 6, FOLLOWED],
      ['that will not come, ends at once', new SetupError('stream_unavailable', 'no such topic'), 1, {}],
    ])('%s', async (_, error, attemptsWanted, options) => {
      let attempts = 0;
      const prepare = async () => {
        attempts++;
        throw error;
      };
      const { runner, effects } = runnerOf({ polls: [], prepare, ...options });
      await expect(runner.run(new AbortController().signal)).rejects.toBe(error);
      expect([attempts, effects]).toEqual([attemptsWanted, ['closed']]);
    });
  });
});

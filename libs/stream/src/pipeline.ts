import type { Rejection } from './outcome.js';
import { withoutHeaders, type RecordBatch } from './record-batch.js';
import type { CommitSink } from './sink.js';
import type { Source } from './source.js';
import type { BatchContext, Stage } from './stage.js';

/**
 * A service's flow, written as one expression:
 *
 *     from(source).tee(bronze).through(validate).into(silver, { quarantine }).thenCheckpoint()
 *
 * It only says what follows what; the runner drives it.
 */
export interface Pipeline {
  readonly source: Source;
  readonly stages: readonly Stage<unknown, unknown>[];
  /** In the order in which they are written and committed. */
  readonly sinks: readonly CommitSink<unknown>[];
  /**
   * Takes one batch all the way into the sinks' buffers. All or nothing: when a stage throws, no sink has seen
   * the batch and the call may be repeated. Returns what was rejected.
   */
  process(records: RecordBatch, nowMs: number): Promise<readonly Rejection[]>;
  /** Lets stages speak that have something to say because time passed for partitions that are read to the end. */
  idle(nowMs: number, caughtUp: readonly string[]): Promise<void>;
}

type Step =
  | { readonly kind: 'stage'; readonly stage: Stage<unknown, unknown> }
  | { readonly kind: 'sink'; readonly sink: CommitSink<unknown> };

export interface Flow<T> {
  /** Gives what flows here to a sink and lets it flow on. */
  tee(sink: CommitSink<T>): Flow<T>;
  /** `tee`, where there is such a sink. */
  teeIf(sink: CommitSink<T> | null): Flow<T>;
  through<O>(stage: Stage<T, O>): Flow<O>;
  into(sink: CommitSink<T>, options?: { quarantine?: CommitSink<readonly Rejection[]> }): Ending;
}

export interface Ending {
  /** The broker's checkpoint follows the sinks' commits, never the other way round. */
  thenCheckpoint(): Pipeline;
}

export function from(source: Source): Flow<RecordBatch> {
  return flow<RecordBatch>(source, []);
}

function flow<T>(source: Source, steps: readonly Step[]): Flow<T> {
  const withSink = (sink: CommitSink<T>): Step[] => [
    ...steps,
    { kind: 'sink', sink: sink as CommitSink<unknown> },
  ];
  return {
    tee: (sink) => flow<T>(source, withSink(sink)),
    teeIf: (sink) => flow<T>(source, sink ? withSink(sink) : steps),
    through: <O>(stage: Stage<T, O>) =>
      flow<O>(source, [...steps, { kind: 'stage', stage: stage as Stage<unknown, unknown> }]),
    into: (sink, { quarantine } = {}) => ({
      thenCheckpoint: () => pipeline(source, withSink(sink), quarantine ?? null),
    }),
  };
}

function pipeline(
  source: Source,
  steps: readonly Step[],
  quarantine: CommitSink<readonly Rejection[]> | null,
): Pipeline {
  async function process(records: RecordBatch, nowMs: number): Promise<readonly Rejection[]> {
    return runSteps(steps, records, { records, rejected: [], nowMs }, quarantine);
  }

  async function idle(nowMs: number, caughtUp: readonly string[]): Promise<void> {
    for (let index = 0; index < steps.length; index++) {
      const step = steps[index];
      const value = step.kind === 'stage' && step.stage.idle ? step.stage.idle(nowMs, caughtUp) : null;
      if (value === null) continue;
      const records = emptyBatch(source.stream);
      await runSteps(steps.slice(index + 1), value, { records, rejected: [], nowMs }, null);
    }
  }

  const sinks = steps.flatMap((step) => (step.kind === 'sink' ? [step.sink] : []));
  if (quarantine) sinks.push(quarantine as CommitSink<unknown>);
  return {
    source,
    stages: steps.flatMap((step) => (step.kind === 'stage' ? [step.stage] : [])),
    sinks,
    process,
    idle,
  };
}

/** Stages first, writes last: a stage that throws leaves no trace in any sink. */
async function runSteps(
  steps: readonly Step[],
  first: unknown,
  context: BatchContext,
  quarantine: CommitSink<readonly Rejection[]> | null,
): Promise<readonly Rejection[]> {
  const writes: (() => void)[] = [];
  let value = first;
  let rejected = context.rejected;
  for (const step of steps) {
    const now: BatchContext = { ...context, rejected };
    if (step.kind === 'stage') {
      const result = await step.stage.run(value, now);
      value = result.value;
      if (result.rejected.length > 0) rejected = [...rejected, ...result.rejected];
    } else {
      const item = value;
      writes.push(() => step.sink.write(item, now));
    }
  }
  const last: BatchContext = { ...context, rejected };
  for (const write of writes) write();
  quarantine?.write(rejected, last);
  return rejected;
}

function emptyBatch(stream: string): RecordBatch {
  const none = new Int32Array(0);
  return {
    stream,
    partition: '',
    count: 0,
    bytes: new Uint8Array(0),
    keyStart: none,
    keyLength: none,
    valueStart: none,
    valueLength: none,
    timestampMs: new Float64Array(0),
    positions: new Float64Array(0),
    nextPosition: 0n,
    headersAt: withoutHeaders,
  };
}

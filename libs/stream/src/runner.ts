import { isFlushDue, type BatchPolicy, type BufferState } from './batch-policy.js';
import type { Clock } from './clock.js';
import { FencedError, GondolaError } from './errors.js';
import type { Log, PipelineObserver } from './observer.js';
import { countQuarantined, countRejections, isBad } from './outcome.js';
import type { Pipeline } from './pipeline.js';
import type { Checkpoint, Position } from './position.js';
import { QuarantineGuard, type QuarantineLimit } from './quarantine-limit.js';
import type { RecordBatch } from './record-batch.js';
import { isRetriable, Retry, type RetryAbout } from './retry.js';
import { stateWhenAway, type Service, type ServiceHealth, type ServiceState } from './service.js';
import { inTrace } from './trace-context.js';
import type { PipelineWatcher, SinkCommit } from './watcher.js';

export interface RunnerOptions {
  readonly name: string;
  readonly policy: BatchPolicy;
  readonly quarantineLimit: QuarantineLimit;
  /** How long one poll waits for records; also how often idle stages are asked. */
  readonly pollMs: number;
  /** Stop by itself once everything that is in the stream has been read and published. */
  readonly once: boolean;
  /** Who waits for this one stops by itself: a stream that is not there is given up as with `once`. */
  readonly isPartOfOnce?: boolean;
  /** Whether sinks hold on to the memory of a batch until their commit; default true. Else it is given back once processed. */
  readonly holdsBatches?: boolean;
  /** Asked after each flush, when everything that was read is published: an error ends the run. */
  readonly guard?: () => GondolaError | null;
  /** Follows what is done, for traces and lineage; left out or null: nobody does. */
  readonly watcher?: PipelineWatcher | null;
}

export interface RunnerDeps {
  /** Makes or looks for the streams before they are opened, as `Broker.prepare` does; left out when they are there. */
  readonly prepare?: () => Promise<void>;
  /** For waiting, retrying and the age of what is buffered. */
  readonly clock: Clock;
  /** What time it is for events. The clock, but in a simulation. */
  readonly eventNowMs?: () => number;
  readonly observer: PipelineObserver;
  readonly log: Log;
  /** 0..1, for jitter. */
  readonly random: () => number;
  /** Memory of the whole process. */
  readonly memoryBytes: () => number;
}

const RESTART_MS_MIN = 250;
const RESTART_MS_MAX = 2_000;
/** Who drains a stream waits a few seconds for it to be there. */
const PREPARE_ATTEMPTS_MAX = 6;
const LAG_MS = 5_000;
/** How old what is known of the process's memory may be. */
const MEMORY_MS = 25;

/**
 * Drives one pipeline:
 *
 *     open -> (poll -> process -> [commit the sinks in order -> checkpoint the broker])* -> close
 *
 * World failures that can be retried are, for ever, with jitter, while nothing is read (backpressure) and the
 * buffers stay as they are. A fenced commit drops the buffers and starts again from what the tables say. Anything
 * else ends the run with that error.
 */
export class PipelineRunner implements Service {
  readonly name: string;
  /** In every line of the log. */
  private readonly about: RetryAbout;
  private memory = { atMs: -Infinity, bytes: 0 };
  private readonly read = new Map<string, Position>();
  /** Read, and not published yet: the sinks' rows stand in their bytes. */
  private buffered: RecordBatch[] = [];
  /** When the broker took the oldest record since the last commit, of each batch the first; Infinity when there is none. */
  private oldestTakenMs = Infinity;
  private readonly quarantine: QuarantineGuard;
  private readonly retry: Retry;
  private oldestMs: number | null = null;
  /** When the buffers got their first row. */
  private rowsSinceMs: number | null = null;
  private idleMs = -Infinity;
  private lagToldMs = -Infinity;
  /** Commits that were fenced one after the other. */
  private fenced = 0;
  private assignedPartitions = 0;
  private draining: boolean;
  private current: ServiceHealth;

  constructor(
    private readonly pipeline: Pipeline,
    private readonly options: RunnerOptions,
    private readonly deps: RunnerDeps,
  ) {
    this.name = options.name;
    this.about = { pipeline: options.name, stream: pipeline.source.stream };
    this.draining = options.once;
    this.quarantine = new QuarantineGuard(options.quarantineLimit);
    this.current = { state: 'starting', detail: 'joining the stream', sinceMs: deps.clock.nowMs() };
    this.retry = new Retry(deps, {
      about: this.about,
      onAway: (message) => this.become(stateWhenAway(this.current.state), message),
      onWaiting: () => this.tellLag(),
      onBack: () => {
        if (this.current.state === 'disconnected') this.become('healthy', '');
      },
    });
  }

  health(): ServiceHealth {
    return this.current;
  }

  /** From now on, stop as soon as everything in the stream has been read and published. */
  stopWhenDrained(): void {
    this.draining = true;
  }

  async run(signal: AbortSignal): Promise<void> {
    try {
      await this.work(signal);
      this.become('stopped', '');
      this.options.watcher?.ended(null);
    } catch (error) {
      this.become('stopped', error instanceof Error ? error.message : String(error));
      this.options.watcher?.ended(error);
      if (!signal.aborted || !isRetriable(error)) throw error;
      // Told to stop while the world is down: what was not committed is read again by the next start.
      const { code, message } = error;
      this.deps.log.warn({ ...this.about, code }, `stopping without the last commit: ${message}`);
    } finally {
      await this.pipeline.source.close();
    }
  }

  private async work(signal: AbortSignal): Promise<void> {
    const { prepare } = this.deps;
    const { once, isPartOfOnce = once } = this.options;
    const attemptsMax = isPartOfOnce ? PREPARE_ATTEMPTS_MAX : Infinity;
    if (prepare) await this.retrying(prepare, signal, attemptsMax);
    if (signal.aborted) return;
    await this.retrying(() => this.open(), signal);
    for (;;) {
      while (!signal.aborted && !(this.draining && (await this.isDrained(signal)))) await this.step(signal);
      for (const sink of this.pipeline.sinks) sink.ending?.();
      // A last commit that was fenced has published nothing: read again, unless the next owner does.
      if ((await this.flush(signal)) || signal.aborted) return;
    }
  }

  private async step(signal: AbortSignal): Promise<void> {
    const { clock } = this.deps;
    const batch = await this.retrying(() => this.pipeline.source.poll(this.options.pollMs), signal);
    if (batch) await this.process(batch, signal);
    await this.idle(signal);
    await this.tellLag();
    const buffer = this.bufferState();
    if (buffer.rows > 0) this.oldestMs ??= clock.nowMs();
    if (isFlushDue(this.options.policy, buffer)) await this.flush(signal);
    // Batches may be served without ever waiting: let HTTP and timers have their turn.
    await new Promise(setImmediate);
  }

  /** By the clock, and only for partitions that are read to the end: silence of a full partition is our own. */
  private async idle(signal: AbortSignal): Promise<void> {
    const nowMs = this.deps.clock.nowMs();
    if (nowMs - this.idleMs < this.options.pollMs) return;
    this.idleMs = nowMs;
    const caughtUp = await this.retrying(() => this.pipeline.source.caughtUp(), signal);
    if (caughtUp.length > 0) await this.pipeline.idle(this.eventNowMs(), caughtUp);
  }

  /** Between polls and while something is tried again: while the lake refuses, nothing is read and the lag grows. */
  private async tellLag(): Promise<void> {
    const { source } = this.pipeline;
    const nowMs = this.deps.clock.nowMs();
    if (nowMs - this.lagToldMs < LAG_MS) return;
    this.lagToldMs = nowMs;
    try {
      this.deps.observer.lag(source.stream, await source.lag());
    } catch (error) {
      // That the stream is away is said by reading, which goes on trying.
      if (!(error instanceof GondolaError)) throw error;
    }
  }

  private async process(batch: RecordBatch, signal: AbortSignal): Promise<void> {
    const { clock, observer } = this.deps;
    const { watcher } = this.options;
    const trace = watcher?.reading(batch) ?? null;
    const process = () => this.pipeline.process(batch, this.eventNowMs());
    const rejected = await inTrace(trace, () => this.retrying(process, signal));
    watcher?.processed(batch, rejected);
    this.read.set(batch.partition, batch.nextPosition);
    if (this.options.holdsBatches ?? true) this.buffered.push(batch);
    this.oldestMs ??= clock.nowMs();
    if (batch.count > 0) this.oldestTakenMs = Math.min(this.oldestTakenMs, batch.timestampMs[0]);
    observer.received(batch.stream, batch.count, batch.bytes.length);
    for (const { stage, reason, records } of countRejections(rejected))
      observer.rejected(batch.stream, stage, reason, records);
    for (const { subject, reason, records } of countQuarantined(rejected))
      observer.quarantined(batch.stream, subject, reason, records);
    const broken = this.quarantine.add(batch.count, rejected.filter(isBad).length);
    if (!(this.options.holdsBatches ?? true)) batch.release?.();
    if (!broken) return;
    // What was read so far is still published: people need to see the quarantined records to mend their producer.
    await this.flush(signal);
    throw broken;
  }

  private async open(): Promise<void> {
    this.read.clear();
    this.oldestMs = null;
    await this.pipeline.source.open({
      assigned: (partitions) => this.assigned(partitions),
      revoked: async () => this.revoked(),
    });
    this.become('healthy', '');
  }

  private async assigned(partitions: readonly string[]): Promise<Checkpoint> {
    const { stream } = this.pipeline.source;
    this.assignedPartitions = partitions.length;
    this.lagToldMs = -Infinity;
    this.deps.observer.assigned(stream, partitions.length);
    this.deps.log.info(
      { ...this.about, partitions: partitions.length },
      `reading ${partitions.length} partitions of ${stream}`,
    );
    const needed = new Map<string, Position | null>();
    for (const sink of this.pipeline.sinks) {
      for (const [partition, position] of await sink.assigned(partitions)) {
        const known = needed.get(partition);
        const isLess = known === undefined || (known !== null && (position === null || position < known));
        if (isLess) needed.set(partition, position);
      }
    }
    const starts = new Map<string, Position>();
    for (const [partition, position] of needed) if (position !== null) starts.set(partition, position);
    for (const stage of this.pipeline.stages)
      await stage.assigned?.(
        new Map(partitions.map((partition) => [partition, starts.get(partition) ?? 0n])),
      );
    for (const [partition, position] of starts) this.read.set(partition, position);
    this.options.watcher?.assigned(stream, starts);
    return starts;
  }

  /** Nothing that was read under a lost assignment may be published by us: the new owner reads it again. */
  private revoked(): void {
    for (const sink of this.pipeline.sinks) sink.discard();
    this.options.watcher?.discarded();
    this.buffered = [];
    this.oldestTakenMs = Infinity;
    this.read.clear();
    this.oldestMs = null;
  }

  /** Returns false when the commit was fenced and reading starts again from the tables. */
  private async flush(signal: AbortSignal): Promise<boolean> {
    const { watcher } = this.options;
    const upTo = new Map(this.read);
    try {
      const sinks = await inTrace(watcher?.committing() ?? null, () => this.commitSinks(upTo, signal));
      watcher?.committed({ stream: this.pipeline.source.stream, upTo, sinks });
    } catch (error) {
      if (!(error instanceof FencedError)) throw error;
      await this.startAgain(error, signal);
      return false;
    }
    // Left to the collector, the dead memory of a flush or two would make it walk all objects each time.
    for (const batch of this.buffered) batch.release?.();
    this.buffered = [];
    this.oldestTakenMs = Infinity;
    this.oldestMs = null;
    this.fenced = 0;
    if (!signal.aborted) await this.retrying(() => this.pipeline.source.checkpoint(upTo), signal);
    const broken = this.options.guard?.();
    if (broken) throw broken;
    return true;
  }

  private async commitSinks(upTo: Checkpoint, signal: AbortSignal): Promise<SinkCommit[]> {
    const { clock, observer } = this.deps;
    const { stream } = this.pipeline.source;
    const takenMs = this.oldestTakenMs;
    const commits: SinkCommit[] = [];
    for (const sink of this.pipeline.sinks) {
      const { rows } = sink.buffered();
      const startMs = clock.nowMs();
      await this.retrying(() => sink.commit(upTo), signal);
      const endMs = clock.nowMs();
      observer.committed(stream, sink.name, rows, endMs - startMs);
      if (rows > 0 && takenMs < Infinity) observer.readable(stream, sink.name, this.eventNowMs() - takenMs);
      commits.push({ sink: sink.name, rows, startMs, endMs, published: sink.published?.() ?? [] });
    }
    this.deps.log.debug?.({ ...this.about, sinks: commits.map(rowsOf) }, 'committed');
    return commits;
  }

  private async startAgain(error: FencedError, signal: AbortSignal): Promise<void> {
    this.deps.log.warn(
      { ...this.about, code: error.code },
      `${error.message}; reading again from the tables`,
    );
    this.deps.observer.retried(this.pipeline.source.stream, error.code);
    this.revoked();
    // At a hand-over the last owner's last commit fences once; two writers of one partition would else go on as fast as they can.
    const ceilingMs = Math.min(RESTART_MS_MAX, RESTART_MS_MIN * 2 ** this.fenced++);
    await this.deps.clock.sleep(this.retry.jitterMs(ceilingMs), signal);
    if (!signal.aborted) await this.retrying(() => this.open(), signal);
  }

  private async isDrained(signal: AbortSignal): Promise<boolean> {
    const caughtUp = await this.retrying(() => this.pipeline.source.caughtUp(), signal);
    return caughtUp.length >= this.assignedPartitions;
  }

  private bufferState(): BufferState {
    let rows = 0;
    let bytes = 0;
    let days = 0;
    for (const sink of this.pipeline.sinks) {
      const buffered = sink.buffered();
      days = Math.max(days, buffered.days ?? 0);
      rows += buffered.rows;
      bytes += buffered.bytes;
    }
    const nowMs = this.deps.clock.nowMs();
    const ageMs = this.oldestMs === null ? 0 : nowMs - this.oldestMs;
    this.rowsSinceMs = rows === 0 ? null : (this.rowsSinceMs ?? nowMs);
    const rowsAgeMs = nowMs - (this.rowsSinceMs ?? nowMs);
    return { rows, bytes, days, ageMs, rowsAgeMs, memoryBytes: this.memoryBytes(nowMs) };
  }

  /** Asking takes as long as some twenty records, and a batch may be small. */
  private memoryBytes(nowMs: number): number {
    if (nowMs - this.memory.atMs >= MEMORY_MS) this.memory = { atMs: nowMs, bytes: this.deps.memoryBytes() };
    return this.memory.bytes;
  }

  private retrying<T>(action: () => Promise<T>, signal: AbortSignal, attemptsMax = Infinity): Promise<T> {
    return this.retry.run(action, signal, attemptsMax);
  }

  private eventNowMs(): number {
    return this.deps.eventNowMs?.() ?? this.deps.clock.nowMs();
  }

  private become(state: ServiceState, detail: string): void {
    this.current = { state, detail, sinceMs: this.deps.clock.nowMs() };
  }
}

const rowsOf = ({ sink, rows, startMs, endMs }: SinkCommit) => ({ sink, rows, durationMs: endMs - startMs });

import {
  GondolaError,
  stateWhenAway,
  type Clock,
  type Log,
  type OutgoingRecord,
  type RecordSink,
  type Service,
  type ServiceHealth,
} from '@gondola/stream';

export interface GroupOptions {
  /** How long the first request waits for others to share its append. */
  readonly lingerMs: number;
  /** Of one append, unless one request alone has more. */
  readonly recordsMax: number;
}

export interface GroupDeps {
  readonly sink: RecordSink;
  /** Asked first of all, and while the stream refuses, when nobody sends: resolves once it answers. */
  readonly probe: () => Promise<void>;
  readonly clock: Clock;
  readonly log: Log;
  /** 0..1, for jitter. */
  readonly random: () => number;
  /** After each append that worked. */
  readonly onAppended: (records: number, durationMs: number) => void;
}

interface Waiting {
  readonly records: readonly OutgoingRecord[];
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** A stream that is busy for a moment should cost its producers nothing; one that is gone should be told soon. */
const PATIENCE_MS = 1_000;
const RETRY_MS_MAX = 100;
const PROBE_MS = 1_000;

/**
 * Gathers the records of many requests into one append at a time: a sync to disk or an acknowledgement of replicas costs
 * the same for one record as for thousands. What came while an append was under way is the next one.
 */
export class GroupCommit implements Service {
  readonly name = 'collector';
  private waiting: Waiting[] = [];
  private arrived = Promise.withResolvers<void>();
  private current: ServiceHealth;

  constructor(
    private readonly options: GroupOptions,
    private readonly deps: GroupDeps,
  ) {
    this.current = { state: 'starting', detail: '', sinceMs: deps.clock.nowMs() };
  }

  private get isDown(): boolean {
    return this.current.state !== 'healthy';
  }

  health(): ServiceHealth {
    return this.current;
  }

  /**
   * Resolves once the records are durable, rejects when they are not: then they may be sent again, unless `isUntakeable`.
   * Whoever calls bounds how many wait.
   */
  append(records: readonly OutgoingRecord[]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ records, resolve, reject });
      this.arrived.resolve();
    });
  }

  /** Appends what comes until `signal`, and then what is there. Rejects when the stream cannot be had by waiting for it. */
  async run(signal: AbortSignal): Promise<void> {
    signal.addEventListener('abort', () => this.arrived.resolve(), { once: true });
    await this.probe();
    while (!signal.aborted || this.waiting.length > 0) {
      if (this.waiting.length === 0) await this.idle(signal);
      else await this.appendGroup(this.nextGroup());
    }
    this.become('stopped', '');
  }

  /** Until somebody comes, and then a little longer: others may. */
  private async idle(signal: AbortSignal): Promise<void> {
    const { clock } = this.deps;
    const { isDown } = this;
    await (isDown ? Promise.race([this.arrived.promise, clock.sleep(PROBE_MS)]) : this.arrived.promise);
    if (this.waiting.length === 0 && isDown && !signal.aborted) await this.probe();
    else if (this.options.lingerMs > 0) await clock.sleep(this.options.lingerMs, signal);
  }

  private nextGroup(): readonly Waiting[] {
    let records = 0;
    let size = 0;
    while (size < this.waiting.length) {
      records += this.waiting[size].records.length;
      if (size > 0 && records > this.options.recordsMax) break;
      size++;
    }
    const group = this.waiting.splice(0, size);
    if (this.waiting.length === 0) this.arrived = Promise.withResolvers<void>();
    return group;
  }

  private async appendGroup(group: readonly Waiting[]): Promise<void> {
    const { clock, onAppended } = this.deps;
    const records = group.flatMap((one) => one.records);
    const startMs = clock.nowMs();
    try {
      await this.appendPatiently(records, startMs);
    } catch (error) {
      if (!isRetriable(error) && group.length > 1) {
        // What the stream will never take is one request's: the others must not be refused with it.
        for (const one of group) await this.appendGroup([one]);
        return;
      }
      // It says something of the records, nothing of the stream.
      if (!isUntakeable(error)) this.failed(error);
      for (const one of group) one.reject(error);
      return;
    }
    onAppended(records.length, clock.nowMs() - startMs);
    this.recovered();
    for (const one of group) one.resolve();
  }

  private async appendPatiently(records: readonly OutgoingRecord[], startMs: number): Promise<void> {
    const { sink, clock, random } = this.deps;
    for (;;) {
      try {
        return await sink.append(records);
      } catch (error) {
        const isOver = clock.nowMs() - startMs >= PATIENCE_MS || this.isDown;
        if (!isRetriable(error) || isOver) throw error;
        await clock.sleep(1 + random() * RETRY_MS_MAX);
      }
    }
  }

  private async probe(): Promise<void> {
    try {
      await this.deps.probe();
      this.recovered();
    } catch (error) {
      if (this.current.state === 'starting' && !isRetriable(error)) throw error;
      this.failed(error);
    }
  }

  private failed(error: unknown): void {
    const { state, detail } = this.current;
    if (detail !== '') return;
    const message = error instanceof Error ? error.message : String(error);
    this.become(stateWhenAway(state), message);
    const code = error instanceof GondolaError ? error.code : 'failed';
    this.deps.log.warn({ service: this.name, code }, `${message}; producers are told to come again`);
  }

  private recovered(): void {
    if (!this.isDown) return;
    const wasRefused = this.current.detail !== '';
    this.become('healthy', '');
    if (wasRefused) this.deps.log.info({ service: this.name }, 'the stream is available again');
  }

  private become(state: ServiceHealth['state'], detail: string): void {
    this.current = { state, detail, sinceMs: this.deps.clock.nowMs() };
  }
}

/** The stream is there and will never take one of these records: it is too large, its key too long, or the like. */
export function isUntakeable(error: unknown): error is GondolaError {
  return error instanceof GondolaError && error.code === 'input_invalid' && !error.canRetry;
}

function isRetriable(error: unknown): boolean {
  return error instanceof GondolaError && error.canRetry;
}

import type { RemoteRegistry, RemoteSchema, SchemaId } from '@gondola/contract';
import { GondolaError, SetupError, type Clock, type Log } from '@gondola/stream';

export interface AskerDeps {
  readonly registry: RemoteRegistry;
  readonly clock: Clock;
  readonly log: Log;
  /** 0..1, for jitter. */
  readonly random: () => number;
  /** A schema that is there. Called once for each id. */
  readonly onFound: (id: SchemaId, schema: RemoteSchema) => void;
  /** Told whenever it fails, with the error's code, and with null once it answers again. */
  readonly onAway?: (code: string | null) => void;
}

export interface AskerLimits {
  /** For one answer. */
  readonly deadlineMs: number;
  /** How long a registry's "there is none" is believed. */
  readonly unknownMs: number;
  /** Requests at the same time. */
  readonly requestsMax: number;
}

type Asked =
  | { readonly state: 'waiting'; readonly fromMs: number; readonly failures: number }
  | { readonly state: 'asking' }
  | { readonly state: 'absent'; readonly untilMs: number };

/** Ids that are remembered: garbage that looks framed may name any of two thousand million. */
const IDS_MAX = 10_000;
const PAUSE_MS_MIN = 500;
const PAUSE_MS_MAX = 30_000;
const LATE = 'late';

/**
 * Asks a registry for schemas, each id by one request at a time, a few ids at once. Nobody waits here: an answer comes
 * through `onFound`. What fails is asked again, later and later, when time or another question passes by: while the
 * registry fails for one id it is left alone for a while; an id that it is slow to answer for only holds up itself.
 */
export class SchemaAsker {
  private readonly asked = new Map<SchemaId, Asked>();
  private readonly running = new Set<Promise<void>>();
  private readonly stopping = new AbortController();
  private pausedUntilMs = -Infinity;
  private failures = 0;
  private waiting = 0;
  private isAway = false;
  /** What somebody has to mend before the registry answers us. */
  refusal: SetupError | null = null;
  /** Ids that were answered for, found or not. */
  answers = 0;

  constructor(
    private readonly deps: AskerDeps,
    private readonly limits: AskerLimits,
  ) {}

  /** `absent`: the registry said so not long ago. Else it is being asked, or will be. */
  ask(id: SchemaId): 'absent' | 'pending' {
    const nowMs = this.deps.clock.nowMs();
    const known = this.asked.get(id);
    if (known?.state === 'absent' && known.untilMs > nowMs) return 'absent';
    if (!known || known.state === 'absent') {
      this.wait(id, nowMs, 0);
      this.pump();
    }
    return 'pending';
  }

  /** Starts what is due. */
  pump(): void {
    const nowMs = this.deps.clock.nowMs();
    if (this.running.size >= this.limits.requestsMax || this.waiting === 0) return;
    if (nowMs < this.pausedUntilMs || this.stopping.signal.aborted) return;
    for (const [id, asked] of this.asked) {
      if (asked.state !== 'waiting' || asked.fromMs > nowMs) continue;
      this.start(id, asked.failures);
      if (this.running.size >= this.limits.requestsMax) return;
    }
  }

  /** Whether an answer is on its way. */
  get isAsking(): boolean {
    return this.running.size > 0;
  }

  /** Resolves when no answer is on its way. */
  async settled(): Promise<void> {
    while (this.running.size > 0) await Promise.all(this.running);
  }

  close(): void {
    this.stopping.abort();
  }

  private wait(id: SchemaId, fromMs: number, failures: number): void {
    if (!this.asked.has(id) && this.asked.size >= IDS_MAX && !this.forgetOne()) return;
    this.asked.delete(id);
    this.asked.set(id, { state: 'waiting', fromMs, failures });
    this.waiting++;
  }

  /** An absent one may be asked again; one that waits or is asked is not forgotten. */
  private forgetOne(): boolean {
    for (const [id, { state }] of this.asked) {
      if (state !== 'absent') continue;
      this.asked.delete(id);
      return true;
    }
    return false;
  }

  private start(id: SchemaId, failures: number): void {
    this.asked.set(id, { state: 'asking' });
    this.waiting--;
    const running = this.findOne(id, failures).finally(() => {
      this.running.delete(running);
      this.pump();
    });
    this.running.add(running);
  }

  private async findOne(id: SchemaId, failures: number): Promise<void> {
    const { registry, clock, onFound } = this.deps;
    const deadline = new AbortController();
    const signal = AbortSignal.any([this.stopping.signal, deadline.signal]);
    const answersBefore = this.answers;
    const late = clock.sleep(this.limits.deadlineMs, signal).then(() => LATE as typeof LATE);
    try {
      const found = await Promise.race([registry.find(id, signal), late]);
      if (found === LATE) {
        if (this.stopping.signal.aborted) return;
        // Slow for this id alone, unless nothing else was answered either.
        if (this.answers === answersBefore) this.tellAway('registry_unavailable');
        this.later(id, failures, null);
        return;
      }
      this.recovered();
      this.answers++;
      if (found === null)
        this.asked.set(id, { state: 'absent', untilMs: clock.nowMs() + this.limits.unknownMs });
      else {
        this.asked.delete(id);
        onFound(id, found);
      }
    } catch (error) {
      this.later(id, failures, error);
    } finally {
      deadline.abort();
    }
  }

  /** `error`: null when the answer only took too long. */
  private later(id: SchemaId, failures: number, error: unknown): void {
    const { clock, log, registry } = this.deps;
    const nowMs = clock.nowMs();
    this.asked.delete(id);
    this.wait(id, nowMs + this.pauseMs(failures), failures + 1);
    if (error === null) return;
    const code = error instanceof GondolaError ? error.code : 'registry_unavailable';
    this.tellAway(code);
    if (this.failures === 0) {
      const why = error instanceof Error ? error.message : String(error);
      log.warn(
        { registry: registry.address, code },
        `${why}; records of schemas that are not known yet cannot be read until it does`,
      );
    }
    this.refusal = error instanceof SetupError ? error : null;
    this.pausedUntilMs = nowMs + this.pauseMs(this.failures);
    this.failures++;
  }

  private recovered(): void {
    this.tellAway(null);
    if (this.failures > 0)
      this.deps.log.info({ registry: this.deps.registry.address }, 'the registry answers again');
    this.failures = 0;
    this.refusal = null;
    this.pausedUntilMs = -Infinity;
  }

  private tellAway(code: string | null): void {
    if (code === null && !this.isAway) return;
    this.isAway = code !== null;
    this.deps.onAway?.(code);
  }

  private pauseMs(failures: number): number {
    const ceilingMs = Math.min(PAUSE_MS_MAX, PAUSE_MS_MIN * 2 ** failures);
    return ceilingMs * (0.5 + this.deps.random() / 2);
  }
}

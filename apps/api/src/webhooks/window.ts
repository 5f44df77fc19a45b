import type { Signal } from '@gondola/events';
import type { DeadReason } from './dead-letters.js';
import { isFinal, type Failure, type PostOutcome } from './post.js';
import type { LoggedSignal, Place } from './signal-log.js';
import type { Subscription } from './webhooks.config.js';

/** A signal that is to be sent. */
export interface Waiting {
  readonly signal: Signal;
  readonly place: Place;
  readonly writtenMs: number;
  attempts: number;
  failure: Failure | null;
  status: number | null;
  /** Not before. */
  dueMs: number;
  state: 'waiting' | 'sending' | 'done';
}

export interface GivenUp {
  readonly one: Waiting;
  readonly reason: DeadReason;
}

export type WindowLimits = Pick<
  Subscription,
  'format' | 'batchMax' | 'parallelMax' | 'attemptsMax' | 'ageHoursMax' | 'backoffMs' | 'backoffMsMax'
>;

const HOUR_MS = 3_600_000;

/**
 * Signals of one subscription between its place in the log and where it was read to, in the log's order. A shelf's next signal is not
 * sent before the one before it is sent or given up. A failure makes its signal wait by itself, and all others for as long as failures
 * follow each other: then one request at a time looks whether the receiver is back.
 */
export class Window {
  private list: Waiting[] = [];
  private requests = 0;
  private failuresInRow = 0;
  private pausedUntilMs = -Infinity;
  private lastDone: Place | null = null;

  constructor(
    private readonly limits: WindowLimits,
    /** In [0, 1). */
    private readonly random: () => number,
  ) {}

  add({ signal, place, writtenMs }: LoggedSignal): void {
    const fresh = { attempts: 0, failure: null, status: null, dueMs: -Infinity, state: 'waiting' as const };
    this.list.push({ signal, place, writtenMs, ...fresh });
  }

  get size(): number {
    return this.list.length;
  }

  /** When the oldest of them was written; null: there is none. */
  get oldestMs(): number | null {
    return this.list[0]?.writtenMs ?? null;
  }

  /** Right after the last one of which it and all before it are done; null: there is none yet. */
  get doneTo(): Place | null {
    return this.lastDone;
  }

  /**
   * How long nothing will be due, at most `longestMs`, when `take` has given all that it gives now. What is due and was not taken
   * waits for a request under way, whose end is told; looking for it meanwhile would ask the lake many times a second.
   */
  idleMs(nowMs: number, longestMs: number): number {
    const isHeld = this.requests > 0 && nowMs >= this.pausedUntilMs;
    const dues = this.list.flatMap(({ state, dueMs }) =>
      state === 'waiting' && !(isHeld && dueMs <= nowMs) ? [dueMs] : [],
    );
    const dueMs = dues.reduce((soonest, due) => Math.min(soonest, due), nowMs + longestMs);
    return Math.max(dueMs, Math.min(this.pausedUntilMs, nowMs + longestMs)) - nowMs;
  }

  /** What one request may carry now; empty: nothing. They are `sending` until `settle` or `giveUp`. */
  take(nowMs: number): Waiting[] {
    const { format, batchMax, parallelMax } = this.limits;
    const isBatch = format === 'batch';
    const requestsMax = isBatch || this.failuresInRow > 0 ? 1 : parallelMax;
    if (this.requests >= requestsMax || nowMs < this.pausedUntilMs) return [];
    const taken: Waiting[] = [];
    const heldShelves = new Set<string>();
    for (const one of this.list) {
      if (one.state === 'done') continue;
      const shelf = JSON.stringify([one.signal.storeId, one.signal.itemId]);
      if (one.state === 'sending' || one.dueMs > nowMs) heldShelves.add(shelf);
      if (heldShelves.has(shelf)) continue;
      taken.push(one);
      if (taken.length >= (isBatch ? batchMax : 1)) break;
    }
    for (const one of taken) one.state = 'sending';
    if (taken.length > 0) this.requests++;
    return taken;
  }

  /** Those too old to be sent. They are `sending` until `drop`. */
  takeOld(nowMs: number): GivenUp[] {
    const oldestMs = nowMs - this.limits.ageHoursMax * HOUR_MS;
    const old = this.list.filter(({ state, writtenMs }) => state === 'waiting' && writtenMs < oldestMs);
    for (const one of old) one.state = 'sending';
    return old.map((one) => ({ one, reason: 'age' }));
  }

  /** Returns those that are to be given up; they stay `sending` until `drop`. */
  settle(taken: readonly Waiting[], outcome: PostOutcome, nowMs: number): GivenUp[] {
    this.requests--;
    if (outcome.isSent) {
      this.failuresInRow = 0;
      this.drop(taken);
      return [];
    }
    const { failure, status, retryAfterMs } = outcome;
    const askedMs = nowMs + (retryAfterMs ?? 0);
    if (isFinal(failure)) this.failuresInRow = 0;
    else this.pause(askedMs, nowMs);
    const givenUp: GivenUp[] = [];
    for (const one of taken) {
      Object.assign(one, { failure, status, attempts: one.attempts + 1 });
      if (isFinal(failure)) givenUp.push({ one, reason: 'refused' });
      else if (one.attempts >= this.limits.attemptsMax) givenUp.push({ one, reason: 'attempts' });
      else {
        one.dueMs = Math.max(askedMs, nowMs + this.backoff(one.attempts));
        one.state = 'waiting';
      }
    }
    return givenUp;
  }

  /** They are sent or dead letters. */
  drop(done: readonly Waiting[]): void {
    for (const one of done) one.state = 'done';
    const undone = this.list.findIndex(({ state }) => state !== 'done');
    const gone = this.list.splice(0, undone < 0 ? this.list.length : undone);
    this.lastDone = gone.at(-1)?.place ?? this.lastDone;
  }

  /** Requests that were under way together are one failure. */
  private pause(askedMs: number, nowMs: number): void {
    if (nowMs >= this.pausedUntilMs) this.failuresInRow++;
    const untilMs = Math.max(askedMs, nowMs + this.backoff(this.failuresInRow));
    this.pausedUntilMs = Math.max(this.pausedUntilMs, untilMs);
  }

  /** Doubles with each failure, and is between a half and all of that: senders that failed together come back apart. */
  private backoff(failures: number): number {
    const { backoffMs, backoffMsMax } = this.limits;
    const longestMs = Math.min(backoffMs * 2 ** Math.min(failures - 1, 30), backoffMsMax);
    return longestMs * (0.5 + this.random() / 2);
  }
}

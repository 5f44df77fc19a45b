import { GondolaError, type Clock } from '@gondola/stream';
import type { Refusal } from './cloud-objects.js';
import { failureOf, lakeErrorOf, type Failure } from './failure.js';

/** Together with their pauses well below the time after which a runner is thought dead. */
const ATTEMPTS_MAX = 4;
const PAUSE_MS_FIRST = 200;
/** The slowest upload that is waited for. */
const BYTES_PER_MS_MIN = 500;

export interface AttemptsDeps {
  readonly address: string;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** How long a request may stay without an answer, or an answer without a further byte. */
  readonly silenceMsMax: number;
  refusalOf(error: unknown): Refusal | null;
}

/** One attempt's time: when it is over, `signal` aborts. */
export interface Deadline {
  readonly signal: AbortSignal;
  /** Something came: wait as long again. */
  extend(): void;
}

class SilenceError extends Error {}

/** A body of another length than was said, from a connection or a proxy that broke without an error. */
export class ShortReadError extends Error {}

/**
 * Repeats requests that got no answer or a passing refusal, and says what is wrong in the words of the lake. The
 * SDKs' own retries are off: they would hide that an earlier attempt may have taken effect.
 */
export class Attempts {
  private wasLetIn = false;

  constructor(private readonly deps: AttemptsDeps) {}

  /** The refusal behind an error, null when it is not the service's or the network's. */
  refusalOf(error: unknown): Refusal | null {
    if (error instanceof SilenceError || error instanceof ShortReadError)
      return { status: null, code: error.message, requestId: undefined };
    return error instanceof GondolaError ? null : this.deps.refusalOf(error);
  }

  isFailure(error: unknown, failure: Failure): boolean {
    const refusal = this.refusalOf(error);
    return refusal !== null && failureOf(refusal) === failure;
  }

  /** Requests of one kind, each within its time. `isUnsure`: an earlier attempt may have taken effect. */
  request<T>(
    operation: string,
    bytes: number,
    work: (deadline: Deadline, isUnsure: boolean) => Promise<T>,
  ): Promise<T> {
    return this.repeat(operation, (isUnsure) => this.once(bytes, (deadline) => work(deadline, isUnsure)));
  }

  /** Repeats `work` while it fails with passing refusals. What it throws as an error of the lake is final. */
  async repeat<T>(operation: string, work: (isUnsure: boolean) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        const result = await work(attempt > 1);
        this.wasLetIn = true;
        return result;
      } catch (error) {
        const refusal = this.refusalOf(error);
        if (refusal === null) throw error;
        const failure = failureOf(refusal);
        const mayPass = failure === 'unavailable' || failure === 'unsettled';
        if (!mayPass || attempt === ATTEMPTS_MAX)
          throw lakeErrorOf(refusal, operation, this.deps.address, this.wasLetIn);
      }
      await this.deps.clock.sleep(this.deps.random() * PAUSE_MS_FIRST * 2 ** attempt);
    }
  }

  /** `work` within the time that `bytes` to send may take; `patience`: times as long as others may stay silent. */
  async once<T>(bytes: number, work: (deadline: Deadline) => Promise<T>, patience = 1): Promise<T> {
    const msMax = this.deps.silenceMsMax * patience + bytes / BYTES_PER_MS_MIN;
    const abort = new AbortController();
    const { promise: isOver, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      reject(new SilenceError(`no answer in ${Math.round(msMax)} ms`));
      abort.abort();
    }, msMax);
    try {
      return await Promise.race([work({ signal: abort.signal, extend: () => timer.refresh() }), isOver]);
    } finally {
      clearTimeout(timer);
    }
  }
}

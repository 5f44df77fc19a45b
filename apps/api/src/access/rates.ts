import { TokenBucket } from '@gondola/access';
import type { HttpReply } from '@gondola/nest';
import type { Caller } from './callers.js';
import { Refusal } from './refusal.js';

/** Callers, or addresses, that are remembered; who comes again after being forgotten starts anew. */
const REMEMBERED_MAX = 10_000;
/** Wrong keys of an address: a few at once, then one a second. */
const WRONG_PER_SECOND = 1;
const WRONG_AT_ONCE = 10;

/** The oldest go when there are too many. */
class Buckets {
  private readonly kept = new Map<string, TokenBucket>();

  get(name: string, make: () => TokenBucket): TokenBucket {
    const known = this.kept.get(name);
    if (known) return known;
    const [oldest] = this.kept.keys();
    if (this.kept.size >= REMEMBERED_MAX) this.kept.delete(oldest);
    const made = make();
    this.kept.set(name, made);
    return made;
  }
}

/** How often each caller may ask, and all of them together. */
export class Rates {
  private readonly callers = new Buckets();
  private readonly environment: TokenBucket;

  constructor(environmentPerSecond: number, nowMs: number) {
    this.environment = new TokenBucket(environmentPerSecond, nowMs);
  }

  /** Tells the caller how many are left. Errors: 429. */
  take({ id, requestsPerSecond }: Caller, reply: HttpReply, nowMs: number): void {
    if (requestsPerSecond === null) return;
    const own = this.callers.get(
      `${id} ${requestsPerSecond}`,
      () => new TokenBucket(requestsPerSecond, nowMs),
    );
    const waitSeconds = Math.max(own.waitSeconds(nowMs), this.environment.waitSeconds(nowMs));
    if (waitSeconds === 0) {
      own.take(1, nowMs);
      this.environment.take(1, nowMs);
    }
    this.show(own, reply, nowMs);
    if (waitSeconds === 0) return;
    const detail =
      own.waitSeconds(nowMs) > 0
        ? `this key may ask ${requestsPerSecond} times a second`
        : 'more is asked than this environment may answer: try again in a moment';
    throw new Refusal(429, 'rate_exceeded', detail, { 'retry-after': String(waitSeconds) });
  }

  /** draft-ietf-httpapi-ratelimit-headers, as the collector has it. */
  private show(own: TokenBucket, reply: HttpReply, nowMs: number): void {
    const all = this.environment;
    reply.header('ratelimit-policy', `"caller";${quotaOf(own)}, "environment";${quotaOf(all)}`);
    reply.header('ratelimit', `"caller";${leftOf(own, nowMs)}, "environment";${leftOf(all, nowMs)}`);
  }
}

const quotaOf = (bucket: TokenBucket) => `q=${Math.max(1, Math.floor(bucket.burst))};w=1`;
const leftOf = (bucket: TokenBucket, nowMs: number) =>
  `r=${Math.max(0, Math.floor(bucket.left(nowMs)))};t=${bucket.waitSeconds(nowMs)}`;

/**
 * Wrong keys, by address. Only who has a wrong one is held up: 256 bits are not found by guessing, so that what is to be slowed
 * is what it costs us, and nobody may lock out those who share an address with him.
 */
export class WrongKeys {
  private readonly addresses = new Buckets();

  /** Seconds that this address has to wait before it is told anything again; 0: none. */
  add(address: string, nowMs: number): number {
    const bucket = this.addresses.get(address, () => new TokenBucket(WRONG_PER_SECOND, nowMs, WRONG_AT_ONCE));
    const waitSeconds = bucket.waitSeconds(nowMs);
    if (waitSeconds === 0) bucket.take(1, nowMs);
    return waitSeconds;
  }
}

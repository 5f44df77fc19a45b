/**
 * So many events a second on the long run, and a few more at once after a pause. A request is let in while there is anything
 * left and then pays for all of its events, so that one larger than a second's worth is possible and waited for afterwards.
 */
export class TokenBucket {
  private tokens: number;
  private atMs: number;

  constructor(
    readonly perSecond: number,
    nowMs: number,
    /** As many at once after a pause; left out: a second's worth. */
    readonly burst: number = perSecond,
  ) {
    this.tokens = burst;
    this.atMs = nowMs;
  }

  /** Events that may still come, below 0 when too many have. */
  left(nowMs: number): number {
    // A clock that was set back must not take anything away.
    const elapsedMs = Math.max(0, nowMs - this.atMs);
    this.tokens = Math.min(this.burst, this.tokens + (elapsedMs / 1000) * this.perSecond);
    this.atMs = nowMs;
    return this.tokens;
  }

  take(events: number, nowMs: number): void {
    this.tokens = this.left(nowMs) - events;
  }

  /** Whole seconds until there is at least one again. */
  waitSeconds(nowMs: number): number {
    return Math.max(0, Math.ceil((1 - this.left(nowMs)) / this.perSecond));
  }
}

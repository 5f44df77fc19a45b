import type { Clock } from '@gondola/stream';

const MINUTE_MS = 60_000;

/** So many a minute, in bursts of at most as many. */
export class Rate {
  private left: number;
  private atMs: number;

  constructor(
    private readonly perMinute: number,
    private readonly clock: Pick<Clock, 'nowMs'>,
  ) {
    this.left = perMinute;
    this.atMs = clock.nowMs();
  }

  /** Null: go on; else seconds after which it is worth another try. */
  take(): number | null {
    const nowMs = this.clock.nowMs();
    // A clock that was set back gives nothing, and takes nothing.
    const gained = (Math.max(0, nowMs - this.atMs) * this.perMinute) / MINUTE_MS;
    this.left = Math.min(this.perMinute, this.left + gained);
    this.atMs = nowMs;
    if (this.left < 1) return Math.ceil(((1 - this.left) * MINUTE_MS) / this.perMinute / 1_000);
    this.left--;
    return null;
  }
}

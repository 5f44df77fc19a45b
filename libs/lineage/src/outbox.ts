import type { Clock, Log } from '@gondola/stream';
import type { RunEvent } from './run-event.js';

/** Where events go. `write` takes the first ones and says how many it took: all, or some. */
export interface LineageWriter {
  /** For people: names no secret. */
  readonly address: string;
  /** Throws when it cannot now; `LineageRefused` when it never will take the first one. */
  write(events: readonly RunEvent[]): Promise<number>;
}

export class LineageRefused extends Error {
  override readonly name = 'LineageRefused';
}

type LineageDropReason = 'queue_full' | 'write_failed' | 'refused';

export interface OutboxOptions {
  readonly writer: LineageWriter;
  readonly clock: Clock;
  readonly log: Log;
  readonly onWritten: (events: number) => void;
  readonly onDropped: (events: number, reason: LineageDropReason) => void;
}

const WAITING_MAX = 1_000;
const AT_ONCE = 100;
const RETRY_MS_MIN = 500;
const RETRY_MS_MAX = 30_000;
const CLOSE_MS_MAX = 2_000;

/**
 * Events wait here for their writer, so many at the most: the oldest are forgotten and counted, and the line never waits. That
 * they cannot be delivered is logged once, and once when they can again.
 */
export class Outbox {
  private readonly waiting: RunEvent[] = [];
  private readonly closing = new AbortController();
  private sending: Promise<void> | null = null;
  private isSending = false;
  private isAway = false;

  constructor(private readonly options: OutboxOptions) {}

  add(event: RunEvent): void {
    this.waiting.push(event);
    if (this.waiting.length > WAITING_MAX) {
      this.waiting.shift();
      this.options.onDropped(1, 'queue_full');
    }
    if (!this.isSending) this.sending = this.send();
  }

  /** What waits has one more chance, for a few seconds. */
  async close(): Promise<void> {
    this.closing.abort();
    const giveUp = new AbortController();
    await Promise.race([this.sending, this.options.clock.sleep(CLOSE_MS_MAX, giveUp.signal)]);
    giveUp.abort();
    const left = this.waiting.splice(0).length;
    if (left > 0) this.options.onDropped(left, 'write_failed');
  }

  private async send(): Promise<void> {
    const { clock } = this.options;
    this.isSending = true;
    try {
      for (let attempt = 0; this.waiting.length > 0; attempt++) {
        if (await this.sendSome()) attempt = -1;
        else if (this.closing.signal.aborted) return;
        else await clock.sleep(Math.min(RETRY_MS_MAX, RETRY_MS_MIN * 2 ** attempt), this.closing.signal);
      }
    } finally {
      this.isSending = false;
    }
  }

  /** False: the writer cannot now. */
  private async sendSome(): Promise<boolean> {
    const { writer, log, onWritten, onDropped } = this.options;
    const some = this.waiting.splice(0, AT_ONCE);
    try {
      const taken = await writer.write(some);
      this.putBack(some.slice(taken));
      onWritten(taken);
      if (this.isAway) log.info({ to: writer.address }, 'lineage events are taken again');
      this.isAway = false;
      return true;
    } catch (error) {
      const isRefused = error instanceof LineageRefused;
      this.putBack(isRefused ? some.slice(1) : some);
      if (isRefused) onDropped(1, 'refused');
      if (!this.isAway) {
        const why = error instanceof Error ? error.message : String(error);
        log.warn(
          { to: writer.address },
          `lineage events cannot be delivered: ${why}; the line goes on without`,
        );
      }
      this.isAway = true;
      return isRefused;
    }
  }

  private putBack(events: readonly RunEvent[]): void {
    this.waiting.unshift(...events);
    const over = this.waiting.splice(0, Math.max(0, this.waiting.length - WAITING_MAX)).length;
    if (over > 0) this.options.onDropped(over, 'queue_full');
  }
}

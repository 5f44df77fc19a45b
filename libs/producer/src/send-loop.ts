import { GondolaError, type Clock } from '@gondola/stream';
import { messageOf, type EventQueue, type QueuedEvent } from './event-queue.js';
import { postEvents, type EventAnswer, type PostOptions } from './post-events.js';

export interface BatchLimits {
  readonly eventsMax: number;
  readonly bytesMax: number;
  /** How long the first event waits for others. */
  readonly lingerMs: number;
}

export interface SendLoopOptions {
  readonly post: PostOptions;
  readonly batch: BatchLimits;
  readonly clock: Clock;
  /** 0..1, for jitter. */
  readonly random: () => number;
  /** Neither of these throws. */
  readonly onAnswer: (event: QueuedEvent, answer: EventAnswer) => void;
  readonly onTrouble: (message: string | null) => void;
}

const RETRY_MS_MIN = 100;
const RETRY_MS_MAX = 30_000;

/** Sends the head of the queue, one request at a time, until it is answered: only so do events stay in order. */
export class SendLoop {
  private readonly stopping = new AbortController();
  private readonly ended: Promise<void>;
  private woken = Promise.withResolvers<void>();
  private flushes: { events: number; resolve: () => void; reject: (error: unknown) => void }[] = [];
  private eventsMax: number;
  private attempts = 0;

  constructor(
    private readonly queue: EventQueue,
    private readonly options: SendLoopOptions,
  ) {
    this.eventsMax = options.batch.eventsMax;
    this.ended = this.run();
  }

  wake(): void {
    this.woken.resolve();
  }

  /** Resolves once what is in the queue now was answered, rejects when the loop is stopped before. */
  flush(): Promise<void> {
    if (this.queue.events === 0) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.flushes.push({ events: this.queue.events, resolve, reject });
      this.wake();
    });
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    this.wake();
    await this.ended;
    const error = new GondolaError('stream_unavailable', 'closed before everything was answered', true);
    for (const { reject } of this.flushes.splice(0)) reject(error);
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      if (this.queue.events === 0) {
        await this.woken.promise;
        this.woken = Promise.withResolvers();
        continue;
      }
      await this.linger();
      if (signal.aborted) break;
      try {
        await this.sendHead();
      } catch (error) {
        // A disk that is full, say: the queue still has what was not forgotten, and it is sent again.
        await this.wait(0, `the queue cannot be read or written: ${messageOf(error)}`);
      }
    }
  }

  private async linger(): Promise<void> {
    const { batch, clock } = this.options;
    const isEnough = () =>
      this.queue.events >= batch.eventsMax || this.flushes.length > 0 || this.attempts > 0;
    const enough = new AbortController();
    const over = clock.sleep(isEnough() ? 0 : batch.lingerMs, enough.signal);
    for (let isOver = false; !isOver && !isEnough() && !this.stopping.signal.aborted;) {
      isOver = await Promise.race([over.then(() => true), this.woken.promise.then(() => false)]);
      this.woken = Promise.withResolvers();
    }
    enough.abort();
  }

  private async sendHead(): Promise<void> {
    const { batch, post, onAnswer } = this.options;
    const head = this.queue.head(this.eventsMax, batch.bytesMax);
    const outcome = await postEvents(head, post, this.stopping.signal);
    if (outcome.kind === 'later') return this.wait(outcome.afterMs, outcome.message);
    let answers: readonly EventAnswer[];
    if (outcome.kind === 'answered') {
      answers = outcome.answers;
      this.eventsMax = Math.min(batch.eventsMax, this.eventsMax * 2);
    } else if (head.length > 1) {
      // Whichever event it is, it will be alone in the end, and the others go through.
      this.eventsMax = Math.ceil(head.length / 2);
      return;
    } else {
      answers = [{ status: 'rejected', reason: 'request_refused', pointer: '', message: outcome.message }];
    }
    this.queue.forget(head);
    if (this.attempts > 0) this.options.onTrouble(null);
    this.attempts = 0;
    head.forEach((event, index) => onAnswer(event, answers[index]));
    for (const flush of this.flushes) flush.events -= head.length;
    for (const { resolve } of this.flushes.filter(({ events }) => events <= 0)) resolve();
    this.flushes = this.flushes.filter(({ events }) => events > 0);
  }

  /** With jitter, or all tills of a chain would come back in the same second. */
  private async wait(afterMs: number, message: string): Promise<void> {
    const { clock, random, onTrouble } = this.options;
    if (this.stopping.signal.aborted) return;
    if (this.attempts === 0) onTrouble(message);
    const ceilingMs = Math.min(RETRY_MS_MAX, RETRY_MS_MIN * 2 ** this.attempts++);
    const spreadMs = random() * Math.max(ceilingMs, afterMs / 4);
    await clock.sleep(afterMs + Math.max(RETRY_MS_MIN / 2, spreadMs), this.stopping.signal);
  }
}

import { EVENT_ID_FIELDS } from '@gondola/events';
import {
  createUuidV7,
  GondolaError,
  parseTraceparent,
  SetupError,
  systemClock,
  systemRandom,
  type Clock,
} from '@gondola/stream';
import type { EventInput, Subject } from './event-input.js';
import { EventQueue, messageOf } from './event-queue.js';
import type { EventAnswer } from './post-events.js';
import { SendLoop, type BatchLimits } from './send-loop.js';

/** `unsent`: closed before there was an answer. With a `queueFile` the next start sends it, without one it is gone. */
export type EventResult = (EventAnswer | { readonly status: 'unsent' }) & { readonly eventId: string };

export interface ProducerOptions {
  /** Where the collector is, e.g. `https://events.example.com`. */
  readonly url: string;
  /** Of `npx gondola keys new`. */
  readonly apiKey: string;
  /** Who sends, as a URI or a path: CloudEvents' `source`, e.g. `/stores/17/tills/3`. */
  readonly source: string;
  /**
   * SQLite file that keeps what was not answered yet over restarts and kill -9, one for each producer. Without it the
   * queue is memory.
   */
  readonly queueFile?: string;
  /** Of the events in the queue: beyond it `send` fails with `queue_full`. Default 64 MiB. */
  readonly queueBytesMax?: number;
  /** What is sent at once. Default 100 events, 512 KiB, 20 ms. */
  readonly batch?: Partial<BatchLimits>;
  /** How long one request may take. Default 30 s. */
  readonly requestMsMax?: number;
  /** Every answer, also to events that an earlier process sent. */
  readonly onResult?: (subject: string, result: EventResult) => void;
  /**
   * Once when the collector stops answering, refuses the key or the like, or the queue's disk fails, and with null when it
   * is over. Also the first time that `onResult` throws: what it throws stops nothing, nor does what this one throws.
   */
  readonly onTrouble?: (message: string | null) => void;
  readonly clock?: Clock;
  /** 0..1, for jitter. */
  readonly random?: () => number;
}

export interface Producer {
  /**
   * Puts the event into the queue, where it is safe when this returns, and resolves with the collector's answer, however
   * long that takes: bad events resolve as `rejected` with the reason. Errors: `queue_full`. `traceparent` is that of the span
   * in which the event was made (W3C Trace Context): where its flag is set, the way of the event is traced up to the signal.
   * A malformed one is left out.
   */
  send<S extends Subject>(
    subject: S,
    event: EventInput<S>,
    options?: { readonly traceparent?: string },
  ): Promise<EventResult>;
  /** Resolves once everything sent so far was answered. Errors: `stream_unavailable` when the producer is closed before. */
  flush(): Promise<void>;
  /** Sends what it can within `msMax` (5 s) and stops. */
  close(options?: { msMax?: number }): Promise<void>;
  queued(): { readonly events: number; readonly bytes: number };
}

const BATCH: BatchLimits = { eventsMax: 100, bytesMax: 512 << 10, lingerMs: 20 };
const CLOSE_MS_MAX = 5_000;

/** A client of the collector. Events leave in the order in which they were sent. Errors: `config_invalid`. */
export function createProducer(options: ProducerOptions): Producer {
  const { url, apiKey, source, clock = systemClock, random = systemRandom } = options;
  if (!URL.canParse(url)) throw new SetupError('config_invalid', `url: ${url} is no URL`);
  if (source === '')
    throw new SetupError('config_invalid', 'source: must say who sends, e.g. /stores/17/tills/3');
  const queue = new EventQueue(options.queueFile ?? null, options.queueBytesMax ?? 64 << 20);
  const waiting = new Map<number, (result: EventResult) => void>();
  const tellTrouble = (message: string | null) => {
    try {
      options.onTrouble?.(message);
    } catch {
      // Nobody is left to tell, and events must go on: they are worth more than an answer to a broken callback.
    }
  };
  let hasThrown = false;
  const tellResult = (subject: string, result: EventResult) => {
    try {
      options.onResult?.(subject, result);
    } catch (error) {
      if (!hasThrown) tellTrouble(`onResult throws: ${messageOf(error)}`);
      hasThrown = true;
    }
  };
  const loop = new SendLoop(queue, {
    post: { url, apiKey, requestMsMax: options.requestMsMax ?? 30_000, nowMs: () => clock.nowMs() },
    batch: { ...BATCH, ...options.batch },
    clock,
    random,
    onAnswer({ number, subject, eventId }, answer) {
      const result = { ...answer, eventId };
      waiting.get(number)?.(result);
      waiting.delete(number);
      tellResult(subject, result);
    },
    onTrouble: tellTrouble,
  });
  const newId = createUuidV7(() => clock.nowMs());
  let isClosed = false;

  return {
    async send(subject, event, { traceparent } = {}) {
      if (isClosed) throw new GondolaError('stream_unavailable', 'this producer is closed', false);
      const field: string = EVENT_ID_FIELDS[subject];
      const eventId = (event as Readonly<Record<string, string | undefined>>)[field] ?? newId();
      const data = { ...event, [field]: eventId };
      const isTraced = traceparent !== undefined && parseTraceparent(traceparent) !== null;
      const trace = isTraced ? { traceparent } : {};
      const envelope = { specversion: '1.0', type: subject, source, id: eventId, ...trace, data };
      const number = queue.append({ subject, eventId, body: Buffer.from(JSON.stringify(envelope)) });
      loop.wake();
      const result = await new Promise<EventAnswer | { status: 'unsent' }>((resolve) =>
        waiting.set(number, resolve),
      );
      return { ...result, eventId };
    },
    flush: () => loop.flush(),
    async close({ msMax = CLOSE_MS_MAX } = {}) {
      if (isClosed) return;
      isClosed = true;
      const over = new AbortController();
      await Promise.race([loop.flush(), clock.sleep(msMax, over.signal)]);
      over.abort();
      await loop.stop();
      queue.close();
      for (const resolve of waiting.values()) resolve({ status: 'unsent', eventId: '' });
      waiting.clear();
    },
    queued: () => ({ events: queue.events, bytes: queue.bytes }),
  };
}

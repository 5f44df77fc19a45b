import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { QueuedEvent } from './event-queue.js';

/** What the collector says of one event. */
export type EventAnswer =
  | { readonly status: 'accepted' }
  | {
      readonly status: 'rejected';
      /** A reason of quarantine, `subject_denied`, or `request_refused` when the collector never looked at the event itself. */
      readonly reason: string;
      /** JSON pointer to the field at fault, '' for the whole event. */
      readonly pointer: string;
      readonly message: string;
    };

/** What became of a request. */
export type PostOutcome =
  | { readonly kind: 'answered'; readonly answers: readonly EventAnswer[] }
  /** The request as a whole was not to the collector's liking: fewer events may be. */
  | { readonly kind: 'refused'; readonly message: string }
  /** Try again, not before `afterMs`. */
  | { readonly kind: 'later'; readonly afterMs: number; readonly message: string };

export interface PostOptions {
  readonly url: string;
  readonly apiKey: string;
  readonly requestMsMax: number;
  readonly nowMs: () => number;
}

const GZIP_BYTES_MIN = 1_024;
const compress = promisify(gzip);

export async function postEvents(
  events: readonly QueuedEvent[],
  { url, apiKey, requestMsMax, nowMs }: PostOptions,
  signal: AbortSignal,
): Promise<PostOutcome> {
  const text = Buffer.concat(
    events.flatMap(({ body }, index) => [index === 0 ? OPEN : COMMA, body]).concat(CLOSE),
  );
  const isLarge = text.length >= GZIP_BYTES_MIN;
  const headers = {
    authorization: `Bearer ${apiKey}`,
    'content-type': 'application/cloudevents-batch+json',
    ...(isLarge ? { 'content-encoding': 'gzip' } : {}),
  };
  try {
    const body = isLarge ? await compress(text) : text;
    const response = await fetch(new URL('/v1/events', url), {
      method: 'POST',
      headers,
      body: new Uint8Array(body),
      signal: AbortSignal.any([signal, AbortSignal.timeout(requestMsMax)]),
    });
    return outcomeOf(response, await bodyOf(response), events.length, nowMs());
  } catch (error) {
    return { kind: 'later', afterMs: 0, message: `the collector does not answer: ${causeOf(error)}` };
  }
}

const [OPEN, COMMA, CLOSE] = ['[', ',', ']'].map((text) => Buffer.from(text));

interface Body {
  readonly detail?: unknown;
  readonly results?: unknown;
}

async function bodyOf(response: Response): Promise<Body> {
  const text = await response.text();
  try {
    const body: unknown = JSON.parse(text);
    return typeof body === 'object' && body !== null ? body : {};
  } catch {
    return {};
  }
}

function outcomeOf({ status, headers }: Response, body: Body, events: number, nowMs: number): PostOutcome {
  const message = `the collector answered ${status}: ${typeof body.detail === 'string' ? body.detail : 'no reason given'}`;
  const isAnswer = (status === 202 || status === 422) && Array.isArray(body.results);
  if (isAnswer && (body.results as unknown[]).length === events)
    return { kind: 'answered', answers: (body.results as Partial<EventAnswer>[]).map(answerOf) };
  if (status === 400 || status === 413) return { kind: 'refused', message };
  // Keys and addresses can be mended while the events wait: they are no more to blame than for a broken wire.
  return { kind: 'later', afterMs: retryAfterMs(headers.get('retry-after'), nowMs), message };
}

function answerOf(answer: Partial<EventAnswer & { status: 'rejected' }> | Partial<EventAnswer>): EventAnswer {
  if (answer.status === 'accepted') return { status: 'accepted' };
  const {
    reason = 'request_refused',
    pointer = '',
    message = '',
  } = answer as Partial<EventAnswer & { status: 'rejected' }>;
  return { status: 'rejected', reason, pointer, message };
}

/** Seconds or an HTTP date; 0 when there is neither. */
export function retryAfterMs(header: string | null, nowMs: number): number {
  if (header === null) return 0;
  if (/^\d{1,9}$/.test(header)) return Number(header) * 1_000;
  const atMs = Date.parse(header);
  return Number.isNaN(atMs) ? 0 : Math.max(0, atMs - nowMs);
}

/** fetch says "fetch failed"; why stands behind it. */
function causeOf(error: unknown): string {
  const { cause, message } = error as { cause?: { code?: unknown; message?: unknown }; message?: unknown };
  return String(cause?.code ?? cause?.message ?? message ?? error);
}

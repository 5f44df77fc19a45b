import { request as requestHttp, type ClientRequest, type IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP } from 'node:net';
import { addressOf, type Address, type AddressRules, type Lookup } from './addresses.js';

/** Why a receiver does not have a message. */
export const FAILURES = [
  'name_unknown',
  'address_refused',
  'unreachable',
  'timed_out',
  'redirected',
  'denied',
  'busy',
  'failed',
  'refused',
] as const;
export type Failure = (typeof FAILURES)[number];

export type PostOutcome =
  | { readonly isSent: true }
  | {
      readonly isSent: false;
      readonly failure: Failure;
      /** null: there was no answer. */
      readonly status: number | null;
      /** What the receiver asks us to wait; null: it does not say. */
      readonly retryAfterMs: number | null;
    };

export interface PostOptions {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly deadlineMs: number;
  readonly rules: AddressRules;
  readonly lookup: Lookup;
  readonly nowMs: number;
}

/** Of an answer nothing but its status and `Retry-After` counts; more of its body is not waited for. */
const ANSWER_BYTES_MAX = 65_536;
const RETRY_AFTER_MS_MAX = 3_600_000;
/** The receiver has judged what the message says, or says that it wants no more: another attempt would hear the same. */
const FINAL = new Set([400, 410, 413, 415, 422]);
const BUSY = new Set([408, 425, 429, 503]);

export const isFinal = (failure: Failure): boolean => failure === 'refused';

/**
 * One attempt to post one message, over a connection of its own to the address that its host was found to have. Redirects are not
 * followed: they would lead around all that was looked at.
 */
export async function post(options: PostOptions): Promise<PostOutcome> {
  const { url, rules, lookup, deadlineMs } = options;
  const deadline = AbortSignal.timeout(deadlineMs);
  const found = await foundBefore(deadline, addressOf(url.hostname, rules, lookup));
  if (typeof found === 'string') return failed(found);
  if (!found || (url.protocol === 'http:' && !rules.isNamed(found))) return failed('address_refused');
  return exchange(options, found, deadline);
}

function foundBefore(
  deadline: AbortSignal,
  looking: Promise<Address | null>,
): Promise<Address | null | 'timed_out' | 'name_unknown'> {
  return new Promise((resolve) => {
    deadline.addEventListener('abort', () => resolve('timed_out'), { once: true });
    looking.then(resolve, () => resolve('name_unknown'));
  });
}

function exchange(
  { url, headers, body, nowMs }: PostOptions,
  { address, family }: Address,
  deadline: AbortSignal,
): Promise<PostOutcome> {
  const isTls = url.protocol === 'https:';
  return new Promise((resolve) => {
    const options = {
      ...{ method: 'POST', host: address, family, port: url.port || (isTls ? 443 : 80) },
      path: url.pathname + url.search,
      headers: { ...headers, host: url.host, 'content-length': Buffer.byteLength(body) },
      ...{ signal: deadline, agent: false as const },
    };
    const request: ClientRequest = isTls
      ? requestHttps({ ...options, servername: serverNameOf(url) })
      : requestHttp(options);
    // What is wrong with the body of an answer does not change what its status said.
    let answered: PostOutcome | null = null;
    const end = () => resolve(answered ?? failed(deadline.aborted ? 'timed_out' : 'unreachable'));
    request.on('response', (response) => {
      answered = outcomeOf(response, nowMs);
      response.on('error', end);
      drop(response);
    });
    request.on('error', end);
    request.on('close', end);
    request.end(body);
  });
}

/** Of an address none is sent (RFC 6066 §3): the certificate is held against the address then. */
const serverNameOf = ({ hostname }: URL): string =>
  isIP(hostname.replace(/^\[|\]$/g, '')) === 0 ? hostname : '';

function drop(response: IncomingMessage): void {
  let bytes = 0;
  response.on('data', (part: Buffer) => {
    bytes += part.length;
    if (bytes > ANSWER_BYTES_MAX) response.destroy();
  });
}

function outcomeOf({ statusCode: status = 0, headers }: IncomingMessage, nowMs: number): PostOutcome {
  if (status >= 200 && status < 300) return { isSent: true };
  return {
    isSent: false,
    failure: failureOf(status),
    status,
    retryAfterMs: waitOf(headers['retry-after'], nowMs),
  };
}

function failureOf(status: number): Failure {
  if (status < 400) return 'redirected';
  if (FINAL.has(status)) return 'refused';
  if (BUSY.has(status)) return 'busy';
  return status < 500 ? 'denied' : 'failed';
}

/** Seconds or a date (RFC 9110, 10.2.3); an hour at most, as a mistake there would silence us. */
function waitOf(text: string | undefined, nowMs: number): number | null {
  if (text === undefined) return null;
  const waitMs = /^\d{1,9}$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - nowMs;
  return Number.isNaN(waitMs) ? null : Math.min(Math.max(waitMs, 0), RETRY_AFTER_MS_MAX);
}

const failed = (failure: Failure): PostOutcome => ({
  ...{ isSent: false, failure },
  ...{ status: null, retryAfterMs: null },
});

import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { GondolaError, type Log } from '@gondola/stream';
import { cardOf, messageSchema } from './card.js';

const BODY_BYTES_MAX = 1 << 20;

export interface RelayOptions {
  /** Of the Teams workflow: who knows it may post, so it is a secret. */
  readonly url: string;
  /** What Alertmanager shows as its bearer token. */
  readonly token: string;
  readonly lang: 'en' | 'es';
  readonly deadlineMs: number;
  readonly log: Pick<Log, 'warn'>;
}

/**
 * `POST /alerts` from Alertmanager becomes a card in Teams. Answers 200 once Teams has it; 401 and 400 for what is not from
 * Alertmanager; 502 when Teams did not take it, upon which Alertmanager sends again.
 */
export function createTeamsRelay(options: RelayOptions): Server {
  return createServer((request, reply) => {
    answerOf(request, options).then(
      (status) => reply.writeHead(status).end(),
      (error: unknown) => {
        const code = error instanceof GondolaError ? error.code : 'unknown';
        options.log.warn({ code }, 'a message could not be handed to Teams; Alertmanager sends it again');
        reply.writeHead(502).end();
      },
    );
  });
}

async function answerOf(request: IncomingMessage, options: RelayOptions): Promise<number> {
  if (request.method === 'GET' && request.url === '/health/live') return 200;
  if (request.method !== 'POST' || request.url !== '/alerts') return 404;
  if (!isEqual(request.headers.authorization ?? '', `Bearer ${options.token}`)) return 401;
  const body = await bodyOf(request);
  if (body === null) return 413;
  const message = messageSchema.safeParse(jsonOf(body));
  if (!message.success) return 400;
  await post(cardOf(message.data, options.lang), options);
  return 200;
}

/** The address never stands in an error: it is a secret. */
async function post(card: object, { url, deadlineMs }: RelayOptions): Promise<void> {
  let status: number;
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(card),
      redirect: 'error',
      signal: AbortSignal.timeout(deadlineMs),
    });
    await response.arrayBuffer();
    status = response.status;
  } catch {
    throw new GondolaError('teams_unavailable', 'Teams does not answer', true);
  }
  if (status < 200 || status > 299)
    throw new GondolaError('teams_unavailable', `Teams answered ${status}`, true);
}

/** Null: too long. */
async function bodyOf(request: IncomingMessage): Promise<string | null> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > BODY_BYTES_MAX) return null;
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Nothing that the schema takes.
    return null;
  }
}

/** In the same time whatever was given. */
function isEqual(given: string, wanted: string): boolean {
  return timingSafeEqual(hashOf(given), hashOf(wanted));
}

const hashOf = (text: string): Buffer => createHash('sha256').update(text).digest();

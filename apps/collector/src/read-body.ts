import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { constants, gunzip, zstdDecompress } from 'node:zlib';
import { refuse } from './refuse.js';

export type Encoding = 'identity' | 'gzip' | 'zstd';

/** A frame may ask for a window of gigabytes before it has given a byte: 8 MiB is what every encoder can do with. */
const ZSTD_WINDOW_LOG_MAX = 23;

const inflateGzip = promisify(gunzip);
const inflateZstd = promisify(zstdDecompress);

/** Errors: 415. */
export function encodingOf(header: string | undefined): Encoding {
  const encoding = header === undefined ? 'identity' : header.trim().toLowerCase();
  if (encoding === 'identity' || encoding === 'gzip' || encoding === 'zstd') return encoding;
  throw refuse(415, 'content-encoding must be gzip, zstd or identity, and only one');
}

export interface BodyLimits {
  /** Of the body as it comes and again of what it inflates to. */
  readonly bodyBytesMax: number;
  /** Asked before bytes are kept: false when there is no room for so many more. */
  readonly reserve: (bytes: number) => boolean;
}

/** There was room for the request, but not for its body. */
export class NoRoom extends Error {}

/** The whole body, inflated. Errors: 400, 413, `NoRoom`. */
export async function readBody(
  raw: IncomingMessage,
  encoding: Encoding,
  { bodyBytesMax, reserve }: BodyLimits,
): Promise<Buffer> {
  const announced = Number(raw.headers['content-length'] ?? 0);
  if (announced > bodyBytesMax) throw tooLarge(bodyBytesMax);
  const body = await collect(raw, announced, { bodyBytesMax, reserve });
  if (encoding === 'identity') return body;
  // No room for what it may become is known before the work, not after it.
  if (!reserve(bodyBytesMax)) throw new NoRoom();
  return inflate(body, encoding, bodyBytesMax);
}

async function collect(raw: IncomingMessage, announced: number, limits: BodyLimits): Promise<Buffer> {
  if (announced > 0 && !limits.reserve(announced)) throw new NoRoom();
  const chunks: Buffer[] = [];
  let bytes = 0;
  // Leaving the loop early must not cut the connection: the answer says what was wrong.
  for await (const chunk of raw.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > limits.bodyBytesMax) throw tooLarge(limits.bodyBytesMax);
    if (bytes > announced && !limits.reserve(chunk.length)) throw new NoRoom();
    chunks.push(chunk);
  }
  return chunks.length === 1 ? chunks[0] : Buffer.concat(chunks, bytes);
}

async function inflate(body: Buffer, encoding: 'gzip' | 'zstd', bodyBytesMax: number): Promise<Buffer> {
  // Ends as soon as there is more than the limit: a bomb costs no more than an honest body.
  const maxOutputLength = bodyBytesMax;
  try {
    if (encoding === 'gzip') return await inflateGzip(body, { maxOutputLength });
    const params = { [constants.ZSTD_d_windowLogMax]: ZSTD_WINDOW_LOG_MAX };
    return await inflateZstd(body, { maxOutputLength, params });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(bodyBytesMax);
    throw refuse(400, `the body is not ${encoding}, as content-encoding says, or it is cut short`);
  }
}

const tooLarge = (bodyBytesMax: number) =>
  refuse(413, `at most ${bodyBytesMax} bytes a body, inflated: send the events in several requests`, {
    bodyBytesMax,
  });

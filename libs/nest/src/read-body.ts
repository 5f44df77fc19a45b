import { HttpException } from '@nestjs/common';
import type { HttpRequest } from './http-types.js';

/** The whole body; null when it has more than `bytesMax` bytes. Errors: 400 when it is cut short. */
export async function readBody({ raw }: Pick<HttpRequest, 'raw'>, bytesMax: number): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  // Leaving the loop early must not cut the connection: the answer says what was wrong.
  try {
    for await (const chunk of raw.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > bytesMax) return null;
      chunks.push(chunk);
    }
  } catch {
    // Gone, or cut off for being slow: nobody is there to be answered, and it is no failure of ours.
    throw new HttpException({ detail: 'the body ended before it was whole' }, 400);
  }
  return Buffer.concat(chunks, bytes);
}

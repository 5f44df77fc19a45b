import type { HttpRequest } from './http-types.js';

/** The whole body; null when it has more than `bytesMax` bytes. */
export async function readBody({ raw }: Pick<HttpRequest, 'raw'>, bytesMax: number): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  // Leaving the loop early must not cut the connection: the answer says what was wrong.
  for await (const chunk of raw.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > bytesMax) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, bytes);
}

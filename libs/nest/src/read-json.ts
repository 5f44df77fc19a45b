import { HttpException } from '@nestjs/common';
import type { HttpRequest } from './http-types.js';
import { readBody } from './read-body.js';

/** A body that is a JSON object. Errors: 415, 413, 400. */
export async function readJsonObject(request: HttpRequest, bytesMax: number): Promise<object> {
  // A page elsewhere cannot send this type without asking first, and is not answered then.
  if (!/^application\/json\b/i.test(request.headers['content-type'] ?? ''))
    throw refuse(415, 'the body is JSON: content-type must be application/json');
  const bytes = await readBody(request, bytesMax);
  if (!bytes) throw refuse(413, `at most ${bytesMax} bytes`);
  try {
    const body: unknown = JSON.parse(bytes.toString('utf8'));
    if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body;
  } catch {
    // Said below.
  }
  throw refuse(400, 'the body is no JSON object');
}

const refuse = (status: number, detail: string) => new HttpException({ detail }, status);

import { createHash, timingSafeEqual } from 'node:crypto';
import type { HttpRequest } from '@gondola/nest';
import { ChoiceError, parseFilter, type ListOptions, type QuarantineFilter } from '@gondola/quarantine';
import { BadRequestException, HttpException } from '@nestjs/common';
import { z } from 'zod';
import { readBody } from '../read-body.js';
import { limit, parse } from '../request.js';
import type { ReplayChoice } from './replays.js';

const BODY_BYTES_MAX = 16_384;
/** Rows that are held for one answer: those of all pages up to the one that is asked for. */
const ROWS_HELD_MAX = 10_000;

const text = z.string('must be given once').min(1).max(512);
const choice = {
  /** Several with commas. */
  reason: text.optional(),
  subject: text.optional(),
  since: text.optional(),
  until: text.optional(),
};
const listQuery = z.strictObject({
  ...choice,
  producer: text.optional(),
  stream: text.optional(),
  limit: limit(20, 1_000),
  page: limit(1, ROWS_HELD_MAX),
});
const replayBody = z.strictObject({
  ...choice,
  /** Nothing is changed unless one says so. */
  dryRun: z.boolean().default(true),
  force: z.boolean().default(false),
});

export function parseListQuery(query: unknown): ListOptions {
  const { producer, stream, limit: rows, page, ...chosen } = parse(listQuery, query);
  if (rows * page > ROWS_HELD_MAX)
    throw badRequest(
      'page',
      `no page reaches beyond the newest ${ROWS_HELD_MAX} rows: choose by since, until or reason`,
    );
  return { filter: filterOf(chosen), producer: producer ?? null, stream: stream ?? null, rows, page };
}

export async function readReplayChoice(request: HttpRequest): Promise<ReplayChoice> {
  // A page elsewhere cannot send this type without asking first, and is not answered then.
  if (!/^application\/json\b/i.test(request.headers['content-type'] ?? ''))
    throw refuse(415, 'the body is JSON: content-type must be application/json');
  const { dryRun, force, ...chosen } = parse(replayBody, await readJson(request));
  return { filter: filterOf(chosen), dryRun, force };
}

function filterOf(chosen: Readonly<Record<string, string | undefined>>): QuarantineFilter {
  try {
    return parseFilter(chosen);
  } catch (error) {
    throw error instanceof ChoiceError
      ? badRequest(error.parameter, `${error.parameter} ${error.message}`)
      : error;
  }
}

async function readJson(request: HttpRequest): Promise<unknown> {
  const bytes = await readBody(request, BODY_BYTES_MAX);
  if (!bytes) throw refuse(413, `at most ${BODY_BYTES_MAX} bytes`);
  try {
    const body: unknown = JSON.parse(bytes.toString('utf8'));
    if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body;
  } catch {
    // Said below.
  }
  throw refuse(400, 'the body is no JSON object');
}

/** Errors: 401. Compared by their hashes, which takes as long whatever was sent. */
export function requireToken({ headers }: HttpRequest, token: string): void {
  const [, sent = ''] = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '') ?? [];
  const hashOf = (secret: string) => createHash('sha256').update(secret).digest();
  if (timingSafeEqual(hashOf(sent), hashOf(token))) return;
  throw refuse(401, 'replays take the token of quarantine.tokenFile: Authorization: Bearer TOKEN');
}

export const refuse = (status: number, detail: string, members: object = {}): HttpException =>
  new HttpException({ detail, ...members }, status);

export const badRequest = (parameter: string, detail: string): BadRequestException =>
  new BadRequestException({ detail, parameter });

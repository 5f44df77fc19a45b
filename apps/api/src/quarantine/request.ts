import { readJsonObject, type HttpRequest } from '@gondola/nest';
import { ChoiceError, parseFilter, type ListOptions, type QuarantineFilter } from '@gondola/quarantine';
import { z } from 'zod';
import { Cursors, once } from '../cursors.js';
import { badRequest } from '../refusals.js';
import { limit, parse } from '../request.js';
import type { ReplayChoice } from './replays.js';

const BODY_BYTES_MAX = 16_384;
/** Rows that are held for one answer: those of all pages up to the one that is asked for. */
const ROWS_HELD_MAX = 10_000;

const text = z.string(once).min(1).max(512);
const choice = {
  /** Several with commas. */
  reason: text.optional(),
  subject: text.optional(),
  since: text.optional(),
  until: text.optional(),
};
export const rowCursors = new Cursors('quarantine', z.object({ ingestMs: z.number(), id: z.string() }));
export const listQuery = z.strictObject({
  ...choice,
  producer: text.optional(),
  stream: text.optional(),
  limit: limit(20, 1_000),
  page: limit(1, ROWS_HELD_MAX),
  cursor: rowCursors.parameter,
});
export const replayBody = z.strictObject({
  ...choice,
  /** Nothing is changed unless one says so. */
  dryRun: z.boolean().default(true),
  force: z.boolean().default(false),
});

export function parseListQuery(query: unknown): ListOptions {
  const { producer, stream, limit: rows, page, cursor: after = null, ...chosen } = parse(listQuery, query);
  if (after && page > 1) throw badRequest('page', 'page: must be left out with cursor');
  if (rows * page > ROWS_HELD_MAX)
    throw badRequest(
      'page',
      `no page reaches beyond the newest ${ROWS_HELD_MAX} rows: go on with cursor, or choose by since, until or reason`,
    );
  return { filter: filterOf(chosen), producer: producer ?? null, stream: stream ?? null, rows, page, after };
}

export async function readReplayChoice(request: HttpRequest): Promise<ReplayChoice> {
  const { dryRun, force, ...chosen } = parse(replayBody, await readJsonObject(request, BODY_BYTES_MAX));
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

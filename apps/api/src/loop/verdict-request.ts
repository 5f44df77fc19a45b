import { randomUUID } from 'node:crypto';
import { VERDICTS, type ShelfVerdict, type Signal } from '@gondola/events';
import { readJsonObject, type HttpRequest } from '@gondola/nest';
import { z } from 'zod';
import { Cursors } from '../cursors.js';
import { badRequest } from '../refusals.js';
import { id, limit, parse, since } from '../request.js';
import type { VerdictFilter, VerdictPlace } from './verdict-store.js';

const BODY_BYTES_MAX = 8_192;

const name = z.string('must be text').min(1).max(256);
export const verdictBody = z.strictObject({
  /** The same for a repeat; left out: a new one. */
  eventId: name.optional(),
  signalId: name.optional(),
  checkId: name.optional(),
  /** May be left out where the signal, or the verdict that is taken back, is known here. */
  storeId: name.optional(),
  itemId: name.optional(),
  verdict: z.enum(VERDICTS, `must be one of ${VERDICTS.join(', ')}`),
  undoes: name.optional(),
  /** When somebody looked; left out: now. */
  at: z.preprocess((value) => (typeof value === 'number' ? String(value) : value), since.optional()),
  actor: name.optional(),
  note: z.string('must be text').max(1_000).optional(),
  channel: name.optional(),
});
export type VerdictBody = z.output<typeof verdictBody>;

export const verdictCursors = new Cursors('verdicts', z.object({ atMs: z.number(), eventId: z.string() }));
export const verdictsQuery = z.strictObject({
  signal: id.optional(),
  check: id.optional(),
  store: id.optional(),
  since: since.optional(),
  limit: limit(100, 1_000),
  cursor: verdictCursors.parameter,
});

export function parseVerdictsQuery(query: unknown): {
  filter: VerdictFilter;
  limit: number;
  after: VerdictPlace | null;
} {
  const parsed = parse(verdictsQuery, query);
  const { signal, check, store, since: sinceMs, limit: most, cursor: after = null } = parsed;
  return { filter: { signalId: signal, checkId: check, storeId: store, sinceMs }, limit: most, after };
}

export async function readVerdict(request: HttpRequest): Promise<VerdictBody> {
  return parse(verdictBody, await readJsonObject(request, BODY_BYTES_MAX));
}

/** What `POST /verdicts` may leave out, from what is known. */
export interface Known {
  signalOf(signalId: string): Signal | undefined;
  verdictOf(eventId: string): ShelfVerdict | undefined;
  readonly nowMs: number;
}

/** Errors: 400, naming what is missing or says something else than what is known. */
export function completedVerdict(body: VerdictBody, { signalOf, verdictOf, nowMs }: Known): ShelfVerdict {
  const { eventId = randomUUID(), verdict, undoes = null, at: atMs = nowMs } = body;
  const taken = undoes === null ? undefined : verdictOf(undoes);
  const signalId = body.signalId ?? taken?.signalId ?? null;
  const checkId = body.checkId ?? taken?.checkId ?? null;
  const known = taken ?? (signalId === null ? undefined : signalOf(signalId));
  const shelf = (field: 'storeId' | 'itemId'): string => {
    const value = body[field] ?? known?.[field];
    if (value === undefined)
      throw badRequest(
        field,
        `${field}: must be given, since ${undoes ?? signalId ?? 'a check'} is not known here`,
      );
    if (known && value !== known[field])
      throw badRequest(field, `${field}: ${signalId ?? undoes} is of ${known[field]}`);
    return value;
  };
  return {
    ...{ eventId, signalId, checkId, storeId: shelf('storeId'), itemId: shelf('itemId') },
    ...{ verdict, undoes, atMs, channel: body.channel ?? null },
    // Nobody's name stays in this process: silver has their token.
    actor: null,
  };
}

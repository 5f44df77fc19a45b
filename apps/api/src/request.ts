import { INCIDENT_KINDS, SIGNAL_KINDS } from '@gondola/events';
import { BadRequestException } from '@nestjs/common';
import { z } from 'zod';
import type { IncidentFilter } from './incidents/incident-store.js';
import type { QualityFilter } from './quality/quality-store.js';
import type { SignalFilter } from './signals/signal-filter.js';
import type { SignalCursor } from './signals/time-order.js';

const ID_CHARACTERS_MAX = 256;
/** The largest time JavaScript knows. */
const TIME_MS_MAX = 8.64e15;

export const id = z.string('must be given once').min(1).max(ID_CHARACTERS_MAX);
export const limit = (byDefault: number, max: number) =>
  z
    .string('must be given once')
    .regex(/^\d{1,6}$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.int().min(1).max(max))
    .default(byDefault)
    .describe(`1 to ${max}; ${byDefault} when left out`);

/** `kind=a&kind=b` and `kind=a,b` mean the same. */
const kindsOf = <const K extends readonly string[]>(names: K) =>
  z
    .union([z.string(), z.array(z.string())])
    .transform((value) => [value].flat().flatMap((part) => part.split(',')))
    .pipe(z.array(z.enum(names, `must be of ${names.join(', ')}`)))
    .transform((list) => new Set(list))
    .describe(`of ${names.join(', ')}; several with commas`);
const kinds = kindsOf(SIGNAL_KINDS);
/** Leaves out what an incident stands for. */
const folded = z
  .enum(['true', 'false'], 'must be true or false')
  .default('false')
  .describe('true: without what an incident stands for');

export const since = z
  .string('must be given once')
  .transform((text, context) => {
    const timeMs = parseTime(text);
    if (timeMs !== null) return timeMs;
    context.addIssue('must be ISO 8601 with a zone, like 2026-05-01T08:00:00Z, or milliseconds since 1970');
    return z.NEVER;
  })
  .describe('ISO 8601 with a zone, or milliseconds since 1970');

const CURSOR = '`nextCursor` of an earlier answer';
const cursor = z
  .string('must be given once')
  .transform((text, context): SignalCursor => {
    const [, atMs, signalId] =
      /^(-?\d+(?:\.\d+)?)~(.+)$/s.exec(Buffer.from(text, 'base64url').toString()) ?? [];
    if (signalId !== undefined) return { atMs: Number(atMs), signalId };
    context.addIssue(`must be ${CURSOR}`);
    return z.NEVER;
  })
  .describe(CURSOR);

const filter = {
  environment: id.optional(),
  store: id.optional(),
  item: id.optional(),
  kind: kinds.optional(),
  since: since.optional(),
  arm: z
    .enum(['treated', 'hold_out', 'all'], 'must be treated, hold_out or all')
    .optional()
    .describe('treated when left out'),
};
const key = z
  .string('must be given once')
  .transform((text, context): string => {
    const decoded = Buffer.from(text, 'base64url').toString();
    if (/^\d{4}-\d\d-\d\dT\d\d:00:00\.000Z \S+ \S+$/.test(decoded)) return decoded;
    context.addIssue(`must be ${CURSOR}`);
    return z.NEVER;
  })
  .describe(CURSOR);

export const streamQuery = z.strictObject(filter);
export const signalsQuery = z.strictObject({
  ...filter,
  folded,
  limit: limit(100, 1_000),
  cursor: cursor.optional(),
});
export const shelvesQuery = z.strictObject({
  store: filter.store,
  kind: filter.kind,
  folded,
  limit: limit(10, 1_000),
});
export const incidentsQuery = z.strictObject({
  state: z.enum(['open', 'closed'], 'must be open or closed').optional(),
  kind: kindsOf(INCIDENT_KINDS).optional(),
  store: id.optional(),
  limit: limit(100, 1_000),
});
export const qualityQuery = z.strictObject({
  stream: id.optional(),
  subject: id.optional(),
  since: since.optional(),
  limit: limit(100, 1_000),
  cursor: key.optional(),
});
export const storesQuery = z.strictObject({ limit: limit(200, 10_000) });

export function encodeCursor({ atMs, signalId }: SignalCursor): string {
  return Buffer.from(`${atMs}~${signalId}`).toString('base64url');
}

export function parseSignalsQuery(query: unknown): {
  filter: SignalFilter;
  folded: boolean;
  limit: number;
  after: SignalCursor | null;
} {
  const parsed = parse(signalsQuery, query);
  const isFolded = parsed.folded === 'true';
  return { filter: filterOf(parsed), folded: isFolded, limit: parsed.limit, after: parsed.cursor ?? null };
}

export const encodeKey = (text: string): string => Buffer.from(text).toString('base64url');

export function parseQualityQuery(query: unknown): {
  filter: QualityFilter;
  limit: number;
  after: string | null;
} {
  const { stream, subject, since: sinceMs, limit: hours, cursor: after } = parse(qualityQuery, query);
  return { filter: { stream, subject, sinceMs }, limit: hours, after: after ?? null };
}

export function parseStreamQuery(query: unknown): SignalFilter {
  return filterOf(parse(streamQuery, query));
}

export function parseShelvesQuery(query: unknown): {
  filter: SignalFilter;
  folded: boolean;
  limit: number;
} {
  const parsed = parse(shelvesQuery, query);
  return { filter: filterOf(parsed), folded: parsed.folded === 'true', limit: parsed.limit };
}

export function parseIncidentsQuery(query: unknown): { filter: IncidentFilter; limit: number } {
  const { state, kind, store, limit: most } = parse(incidentsQuery, query);
  return { filter: { state, kinds: kind, storeId: store }, limit: most };
}

export function parseStoresQuery(query: unknown): { limit: number } {
  return parse(storesQuery, query);
}

function filterOf(parsed: Partial<z.output<typeof streamQuery>>): SignalFilter {
  const { environment, store, item, kind, since, arm } = parsed;
  return { environment, storeId: store, itemId: item, kinds: kind, sinceMs: since, arm };
}

/** Errors: 400 naming the first bad parameter. An unknown one is bad: a typo must not widen what is asked for. */
export function parse<S extends z.ZodType>(schema: S, query: unknown): z.output<S> {
  const parsed = schema.safeParse({ ...(query as object) });
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const unknownName = issue.code === 'unrecognized_keys' ? issue.keys[0] : null;
  const parameter = unknownName ?? String(issue.path[0]);
  const detail = unknownName === null ? `${parameter}: ${issue.message}` : `${parameter}: no such parameter`;
  throw new BadRequestException({ detail, parameter });
}

/** Milliseconds since 1970, null when it is no time. Without a zone it would mean another time on each machine. */
function parseTime(text: string): number | null {
  if (/^\d{1,16}$/.test(text)) return Number(text) <= TIME_MS_MAX ? Number(text) : null;
  // An unescaped + of a zone arrives as a space.
  const iso = text.replace(/ (\d\d:\d\d)$/, '+$1');
  if (!/^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d))?$/.test(iso)) return null;
  const timeMs = Date.parse(iso);
  // Date.parse takes the 30th of February for the 2nd of March.
  const day = Date.parse(iso.slice(0, 10));
  const isADay = !Number.isNaN(day) && new Date(day).toISOString().startsWith(iso.slice(0, 10));
  return Number.isNaN(timeMs) || !isADay ? null : timeMs;
}

import { INCIDENT_KINDS, SIGNAL_KINDS } from '@gondola/events';
import { BadRequestException } from '@nestjs/common';
import { z } from 'zod';
import { Cursors, once } from './cursors.js';
import type { IncidentFilter, IncidentPlace } from './incidents/incident-store.js';
import type { QualityFilter } from './quality/quality-store.js';
import type { SignalFilter } from './signals/signal-filter.js';
import type { LossPlace } from './shelves/views.js';
import type { SignalCursor } from './signals/time-order.js';

/** What open shelves are ordered by. */
const lossPlace = z.object({
  ...{ kind: z.enum(SIGNAL_KINDS), lostSalesPerHour: z.number().nullable(), demandPerHour: z.number() },
  ...{ sinceMs: z.number(), signalId: z.string() },
});
const ID_CHARACTERS_MAX = 256;
/** The largest time JavaScript knows. */
const TIME_MS_MAX = 8.64e15;

export const id = z.string(once).min(1).max(ID_CHARACTERS_MAX);
export const limit = (byDefault: number, max: number) =>
  z
    .string(once)
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
  .string(once)
  .transform((text, context) => {
    const timeMs = parseTime(text);
    if (timeMs !== null) return timeMs;
    context.addIssue('must be ISO 8601 with a zone, like 2026-05-01T08:00:00Z, or milliseconds since 1970');
    return z.NEVER;
  })
  .describe('ISO 8601 with a zone, or milliseconds since 1970');

export const signalCursors = new Cursors('signals', z.object({ atMs: z.number(), signalId: z.string() }));
export const shelfCursors = new Cursors('shelves', lossPlace);
export const storeCursors = new Cursors('stores', z.object({ openTotal: z.number(), storeId: z.string() }));
/** Open shelves come first: `open` is the last of them, `well` the last of those that are well. */
export const storeShelfCursors = new Cursors(
  'store-shelves',
  z.object({ open: lossPlace.nullable(), well: z.string() }),
);
export const incidentCursors = new Cursors(
  'incidents',
  z.object({
    ...{ state: z.enum(['open', 'closed']), lostSalesPerHour: z.number().nullable() },
    ...{ atMs: z.number(), incidentId: z.string() },
  }),
);
export const qualityCursors = new Cursors('quality', z.object({ key: z.string() }));

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
export const streamQuery = z.strictObject(filter);
export const signalsQuery = z.strictObject({
  ...filter,
  folded,
  limit: limit(100, 1_000),
  cursor: signalCursors.parameter,
});
export const shelvesQuery = z.strictObject({
  store: filter.store,
  kind: filter.kind,
  folded,
  limit: limit(10, 1_000),
  cursor: shelfCursors.parameter,
});
export const incidentsQuery = z.strictObject({
  state: z.enum(['open', 'closed'], 'must be open or closed').optional(),
  kind: kindsOf(INCIDENT_KINDS).optional(),
  store: id.optional(),
  limit: limit(100, 1_000),
  cursor: incidentCursors.parameter,
});
export const qualityQuery = z.strictObject({
  stream: id.optional(),
  subject: id.optional(),
  since: since.optional(),
  limit: limit(100, 1_000),
  cursor: qualityCursors.parameter,
});
export const storesQuery = z.strictObject({ limit: limit(200, 10_000), cursor: storeCursors.parameter });
export const storeShelvesQuery = z.strictObject({
  limit: limit(1_000, 10_000),
  cursor: storeShelfCursors.parameter,
});

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

export function parseQualityQuery(query: unknown): {
  filter: QualityFilter;
  limit: number;
  after: string | null;
} {
  const { stream, subject, since: sinceMs, limit: hours, cursor: after } = parse(qualityQuery, query);
  return { filter: { stream, subject, sinceMs }, limit: hours, after: after?.key ?? null };
}

export function parseStreamQuery(query: unknown): SignalFilter {
  return filterOf(parse(streamQuery, query));
}

export function parseShelvesQuery(query: unknown): {
  filter: SignalFilter;
  folded: boolean;
  limit: number;
  after: LossPlace | null;
} {
  const parsed = parse(shelvesQuery, query);
  const isFolded = parsed.folded === 'true';
  return { filter: filterOf(parsed), folded: isFolded, limit: parsed.limit, after: parsed.cursor ?? null };
}

export function parseIncidentsQuery(query: unknown): {
  filter: IncidentFilter;
  limit: number;
  after: IncidentPlace | null;
} {
  const { state, kind, store, limit: most, cursor = null } = parse(incidentsQuery, query);
  return { filter: { state, kinds: kind, storeId: store }, limit: most, after: cursor };
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

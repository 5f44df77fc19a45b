import { HOUR_MS, type LocalHour } from './local-time.js';
import type { StoreState } from './store-state.js';
import { usualShare } from './store-watch.js';

/** [weekday * 24 + hour] of local time: whether the store is open in some of that hour. */
export type OpeningHours = readonly boolean[];

const DAYS = ['Mo', 'Tu', 'We', 'Th', 'Fr', 'Sa', 'Su'];
const WEEK_HOURS = 7 * 24;
const SPAN = /^(?<from>\d\d):(?<fromMinute>[0-5]\d)-(?<to>\d\d):(?<toMinute>[0-5]\d)$/;
/** A time for which the store is closed on purpose, beside its hours: `closed <from>/<until>`, as ISO 8601 writes them. */
const CLOSURE = /^closed (?<from>[^/\s]+)\/(?<until>[^/\s]+)$/;
/** Of one store; those that end last. */
const CLOSURES_MAX = 20;
/** Texts are few: those of a chain's formats, and of stores that are closed for a while. */
const READ_MAX = 10_000;
const read = new Map<string, GivenTimes>();

/** Event time, `untilMs` no more. */
export interface ClosedTime {
  readonly fromMs: number;
  readonly untilMs: number;
}

interface GivenTimes {
  readonly week: OpeningHours | null;
  readonly closures: readonly ClosedTime[];
}

/** Opening hours with closures, as one text: it is kept and replayed as hours are. Null where there are none of either. */
export function hoursWithClosures(hours: string | null, closures: readonly ClosedTime[]): string | null {
  const iso = (ms: number) => new Date(ms).toISOString();
  const last = closures.toSorted((a, b) => a.untilMs - b.untilMs || a.fromMs - b.fromMs).slice(-CLOSURES_MAX);
  const parts = last.map(({ fromMs, untilMs }) => `closed ${iso(fromMs)}/${iso(untilMs)}`);
  return [...(hours === null ? [] : [hours]), ...parts].join('; ') || null;
}

/** What two sources say of a store's hours: the first one's, and where that knows of closures alone, those of the second as well. */
export function joinedHours(first: string | null, second: string | null): string | null {
  return first?.startsWith('closed ') && second !== null ? `${second}; ${first}` : (first ?? second);
}

/**
 * The `openingHours` of schema.org, parts separated by semicolons: `Mo-Sa 07:00-22:00; Su 08:00-13:00,15:00-20:00`. A day
 * that is not named is closed, a span that ends before it begins ends on the next day. Null for text that is none of this: a store
 * whose hours nobody can read goes by those that it is known for.
 */
export function openingHoursOf(text: string | null): OpeningHours | null {
  return text === null ? null : timesOf(text).week;
}

/** Whether the store is open in some of that hour as the catalog has it, null where it does not say. */
export function isGivenOpen(store: StoreState, at: LocalHour): boolean | null {
  if (store.givenHours === null) return null;
  if (isInClosure(store, at)) return false;
  return openingHoursOf(store.givenHours)?.[at.weekday * 24 + at.hour] ?? null;
}

/** Whether all of that hour is in a closure that the catalog tells. What a store does then is not what it usually does. */
export function isInClosure({ givenHours, clock }: StoreState, { day, hour }: LocalHour): boolean {
  if (givenHours === null) return false;
  const { closures } = timesOf(givenHours);
  if (closures.length === 0) return false;
  const startMs = (day * 24 + hour) * HOUR_MS;
  const local = (ms: number) => ms + clock.offsetMsAt(ms);
  return closures.some(
    ({ fromMs, untilMs }) => local(fromMs) <= startMs && startMs + HOUR_MS <= local(untilMs),
  );
}

/** Share of such hours in which the store sells something, 0..1: as the catalog has it, else as it is known. */
export function openShare(store: StoreState, at: LocalHour): number {
  const open = isGivenOpen(store, at);
  return open === null ? usualShare(store.watch, at) : Number(open);
}

function timesOf(text: string): GivenTimes {
  const known = read.get(text);
  if (known !== undefined) return known;
  if (read.size >= READ_MAX) read.clear();
  const parts = text.split(';').map((part) => part.trim());
  const week = readHours(parts.filter((part) => !CLOSURE.test(part)));
  const closures = parts.flatMap((part): ClosedTime[] => {
    const at = CLOSURE.exec(part)?.groups;
    return at ? [{ fromMs: Date.parse(at['from']), untilMs: Date.parse(at['until']) }] : [];
  });
  const times = { week, closures };
  read.set(text, times);
  return times;
}

function readHours(parts: readonly string[]): OpeningHours | null {
  if (parts.length === 0) return null;
  const open = new Array<boolean>(WEEK_HOURS).fill(false);
  for (const part of parts) {
    const [days, spans, ...rest] = part.split(/\s+/);
    const named = daysOf(days);
    const times = (spans ?? '').split(',').map(spanOf);
    if (!named || rest.length > 0 || times.includes(null)) return null;
    for (const day of named)
      for (const span of times)
        for (let hour = span?.from ?? 0; hour < (span?.end ?? 0); hour++)
          open[(day * 24 + hour) % WEEK_HOURS] = true;
  }
  return open;
}

/** `Mo,We`, `Mo-Fr`, `Sa-Mo`. */
function daysOf(text: string): number[] | null {
  const days: number[] = [];
  for (const range of text.split(',')) {
    const [first, last = first, ...rest] = range.split('-').map((name) => DAYS.indexOf(name));
    if (first < 0 || last < 0 || rest.length > 0) return null;
    for (let day = first; ; day = (day + 1) % 7) {
      days.push(day);
      if (day === last) break;
    }
  }
  return days;
}

/** First hour that is open, and the one after the last. */
function spanOf(text: string): { from: number; end: number } | null {
  const at = SPAN.exec(text)?.groups;
  if (!at) return null;
  const from = Number(at['from']) * 60 + Number(at['fromMinute']);
  const to = Number(at['to']) * 60 + Number(at['toMinute']);
  if (from >= 24 * 60 || to > 24 * 60) return null;
  const end = to <= from ? to + 24 * 60 : to;
  return { from: Math.floor(from / 60), end: Math.ceil(end / 60) };
}

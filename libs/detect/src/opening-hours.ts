import type { LocalHour } from './local-time.js';
import type { StoreState } from './store-state.js';
import { usualShare } from './store-watch.js';

/** [weekday * 24 + hour] of local time: whether the store is open in some of that hour. */
export type OpeningHours = readonly boolean[];

const DAYS = ['Mo', 'Tu', 'We', 'Th', 'Fr', 'Sa', 'Su'];
const WEEK_HOURS = 7 * 24;
const SPAN = /^(?<from>\d\d):(?<fromMinute>[0-5]\d)-(?<to>\d\d):(?<toMinute>[0-5]\d)$/;
/** Texts are few: those of a chain's formats. */
const READ_MAX = 10_000;
const read = new Map<string, OpeningHours | null>();

/**
 * The `openingHours` of schema.org, parts separated by semicolons: `Mo-Sa 07:00-22:00; Su 08:00-13:00,15:00-20:00`. A day
 * that is not named is closed, a span that ends before it begins ends on the next day. Null for text that is none of this: a store
 * whose hours nobody can read goes by those that it is known for.
 */
export function openingHoursOf(text: string | null): OpeningHours | null {
  if (text === null) return null;
  const known = read.get(text);
  if (known !== undefined) return known;
  if (read.size >= READ_MAX) read.clear();
  const hours = readHours(text);
  read.set(text, hours);
  return hours;
}

/** Whether the store is open in some of that hour as the catalog has it, null where it does not say. */
export function isGivenOpen({ givenHours }: StoreState, { weekday, hour }: LocalHour): boolean | null {
  return openingHoursOf(givenHours ?? null)?.[weekday * 24 + hour] ?? null;
}

/** Share of such hours in which the store sells something, 0..1: as the catalog has it, else as it is known. */
export function openShare(store: StoreState, at: LocalHour): number {
  const open = isGivenOpen(store, at);
  return open === null ? usualShare(store.watch, at) : Number(open);
}

function readHours(text: string): OpeningHours | null {
  const open = new Array<boolean>(WEEK_HOURS).fill(false);
  for (const part of text.split(';')) {
    const [days, spans, ...rest] = part.trim().split(/\s+/);
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

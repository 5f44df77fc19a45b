const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

/** Date, hour, minute, second, fraction, offset. A space, T or nothing parts them, as tills, databases and SAP write them. */
const TIME =
  /^(\d{4})-?(\d{2})-?(\d{2})(?:[Tt ]?(\d{2}):?(\d{2})(?::?(\d{2})(?:[.,](\d{1,12}))?)?)? ?(?:UTC|([Zz])|([+-]\d{2}):?(\d{2})?)?$/;
const DIGITS = /^\d{9,19}$/;
/** 14 digits would be the year 2286 and later in milliseconds: they are a local time without marks. */
const COMPACT = /^(19|20)\d{12}$/;

/** A time, and the day of the place where it was written down. */
export interface LocalTime {
  /** Milliseconds since 1970; what is finer is cut off. */
  readonly atMs: number;
  /** Days since 1970 in the producer's zone; without one, by the offset that stands in the text. */
  readonly day: number;
}

/** Null: no time. 'no zone': a local time, and nobody says of where. */
export function timeOf(text: string, timeZone: string | null): LocalTime | null | 'no zone' {
  if (DIGITS.test(text) && !COMPACT.test(text)) return inZone(epochMs(text), timeZone, 0);
  const parts = TIME.exec(text);
  if (!parts || parts[4] === undefined) return null;
  const localMs = utcMs(parts);
  if (localMs === null) return null;
  if (parts[9] !== undefined) {
    const minutes = Number(parts[9].slice(1)) * 60 + Number(parts[10] ?? 0);
    if (minutes > 18 * 60) return null;
    const offsetMs = minutes * 60_000 * (parts[9][0] === '-' ? -1 : 1);
    return inZone(localMs - offsetMs, timeZone, offsetMs);
  }
  if (parts[8] !== undefined || text.endsWith('UTC')) return inZone(localMs, timeZone, 0);
  if (timeZone === null) return 'no zone';
  return { atMs: utcOfLocal(localMs, timeZone), day: Math.floor(localMs / DAY_MS) };
}

/** Days since 1970 of a date, with or without marks, with whatever stands behind it. Null: none. */
export function dayOf(text: string): number | null {
  const parts = TIME.exec(text);
  const dateMs = parts && utcMs(parts);
  return dateMs === null ? null : Math.floor(dateMs / DAY_MS);
}

export const isTimeZone = (name: string): boolean => {
  try {
    return formatOf(name) !== null;
  } catch {
    return false;
  }
};

function inZone(atMs: number, timeZone: string | null, offsetMs: number): LocalTime {
  const localMs = timeZone === null ? atMs + offsetMs : atMs + zoneOffsetMs(atMs, timeZone);
  return { atMs, day: Math.floor(localMs / DAY_MS) };
}

/** Seconds, milliseconds, microseconds or nanoseconds since 1970: their sizes do not meet between 1998 and 5000. */
function epochMs(digits: string): number {
  if (digits.length <= 11) return Number(digits) * 1000;
  if (digits.length <= 14) return Number(digits);
  return Number(digits.slice(0, digits.length <= 17 ? -3 : -6));
}

function utcMs(parts: readonly (string | undefined)[]): number | null {
  const [year, month, day, hour, minute, second] = [1, 2, 3, 4, 5, 6].map((at) => Number(parts[at] ?? 0));
  if (hour > 23 || minute > 59 || second > 59) return null;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return null;
  const ms = Number((parts[7] ?? '').padEnd(3, '0').slice(0, 3));
  return date.getTime() + hour * HOUR_MS + minute * 60_000 + second * 1000 + ms;
}

/** A time that the clock shows twice is its first; one that it skips is as far after the skip. */
function utcOfLocal(localMs: number, timeZone: string): number {
  const before = zoneOffsetMs(localMs - DAY_MS, timeZone);
  const after = zoneOffsetMs(localMs + DAY_MS, timeZone);
  const fits = [before, after]
    .filter((offsetMs) => zoneOffsetMs(localMs - offsetMs, timeZone) === offsetMs)
    .map((offsetMs) => localMs - offsetMs);
  return fits.length > 0 ? Math.min(...fits) : localMs - before;
}

const formats = new Map<string, Intl.DateTimeFormat>();
function formatOf(timeZone: string): Intl.DateTimeFormat {
  let format = formats.get(timeZone);
  if (!format) {
    format = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' });
    formats.set(timeZone, format);
  }
  return format;
}

function zoneOffsetMs(atMs: number, timeZone: string): number {
  // An offset is its own answer, and documents may name very many of them.
  if (OFFSET.test(timeZone)) return offsetMsOf(timeZone);
  const parts = formatOf(timeZone).formatToParts(atMs);
  return offsetMsOf(parts.find(({ type }) => type === 'timeZoneName')?.value ?? '');
}

const OFFSET = /^[+-]\d{2}:\d{2}$/;

function offsetMsOf(text: string): number {
  const offset = /([+-])(\d{2}):(\d{2})(?::(\d{2}))?$/.exec(text);
  if (!offset) return 0;
  const seconds = Number(offset[2]) * 3600 + Number(offset[3]) * 60 + Number(offset[4] ?? 0);
  return seconds * 1000 * (offset[1] === '-' ? -1 : 1);
}

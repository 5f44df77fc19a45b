import { SetupError } from '@gondola/stream';

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;
/** Offsets of all time zones are multiples of this, so are their changes. */
export const QUARTER_MS = 900_000;
const CACHED_OFFSETS_MAX = 4096;

/** Local time of one time zone. */
export interface LocalClock {
  readonly timeZone: string;
  /** Local minus UTC, milliseconds, at that moment. */
  offsetMsAt(utcMs: number): number;
}

/** Where a tick stands in local time. */
export interface LocalHour {
  /** 0..23 */
  readonly hour: number;
  /** Monday is 0. */
  readonly weekday: number;
  /** Days since 1970-01-01, local. */
  readonly day: number;
}

const clocks = new Map<string, LocalClock>();

/** Throws `SetupError` `config_invalid` for a name that is no IANA time zone. */
export function localClock(timeZone: string): LocalClock {
  const known = clocks.get(timeZone);
  if (known) return known;
  const clock = timeZone === 'UTC' ? { timeZone, offsetMsAt: () => 0 } : zonedClock(timeZone);
  clocks.set(timeZone, clock);
  return clock;
}

export function localHourAt(clock: LocalClock, utcMs: number): LocalHour {
  const localMs = utcMs + clock.offsetMsAt(utcMs);
  const day = Math.floor(localMs / DAY_MS);
  // 1970-01-01 was a Thursday.
  return { hour: Math.floor((localMs - day * DAY_MS) / HOUR_MS), weekday: (((day + 3) % 7) + 7) % 7, day };
}

/** Start of the local hour that holds this moment. */
export function hourStartMs(clock: LocalClock, utcMs: number): number {
  const offsetMs = clock.offsetMsAt(utcMs);
  return Math.floor((utcMs + offsetMs) / HOUR_MS) * HOUR_MS - offsetMs;
}

/** End of the local hour that holds this moment: always after it, also where clocks change. */
export function hourEndMs(clock: LocalClock, utcMs: number): number {
  return hourStartMs(clock, utcMs) + HOUR_MS;
}

function zonedClock(timeZone: string): LocalClock {
  const format = formatterOf(timeZone);
  const offsets = new Map<number, number>();
  return {
    timeZone,
    offsetMsAt(utcMs) {
      const quarter = Math.floor(utcMs / QUARTER_MS);
      const known = offsets.get(quarter);
      if (known !== undefined) return known;
      if (offsets.size >= CACHED_OFFSETS_MAX) offsets.clear();
      const quarterMs = quarter * QUARTER_MS;
      const part: Record<string, number> = {};
      for (const { type, value } of format.formatToParts(quarterMs)) part[type] = Number(value);
      const localMs = Date.UTC(part.year, part.month - 1, part.day, part.hour, part.minute, part.second);
      offsets.set(quarter, localMs - quarterMs);
      return localMs - quarterMs;
    },
  };
}

function formatterOf(timeZone: string): Intl.DateTimeFormat {
  const two = '2-digit';
  try {
    return new Intl.DateTimeFormat('en-US', {
      ...{ timeZone, hourCycle: 'h23', year: 'numeric', month: two, day: two },
      ...{ hour: two, minute: two, second: two },
    });
  } catch (cause) {
    throw new SetupError('config_invalid', `${timeZone} is not an IANA time zone`, { cause });
  }
}

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

export const OPENS_AT = 7;
const CLOSES_AT = 22;
export const OPEN_HOURS = CLOSES_AT - OPENS_AT;

/** An hour of the simulation, which starts on a whole UTC hour, and what the store's clock shows then. */
export interface Hour {
  readonly startMs: number;
  /** 0 to 23. */
  readonly localHour: number;
  /** Days since 1970 of the local date. */
  readonly localDay: number;
  readonly isOpen: boolean;
}

/** Sunday first. */
const WEEKDAY_SHARE = [1.12, 0.9, 0.88, 0.92, 0.98, 1.1, 1.25];
/** From opening to closing: the noon and the evening rush. */
const HOUR_WEIGHT = [3, 5, 6, 6, 7, 9, 9, 7, 6, 6, 8, 11, 12, 9, 5];
const HOUR_WEIGHT_SUM = HOUR_WEIGHT.reduce((sum, weight) => sum + weight, 0);

/** Throws RangeError when the time zone is not an IANA name. */
export function createCalendar(timeZone: string): (startMs: number) => Hour {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
  });
  return (startMs) => {
    const parts = new Map(format.formatToParts(startMs).map(({ type, value }) => [type, Number(value)]));
    const part = (name: 'year' | 'month' | 'day' | 'hour') => parts.get(name) ?? NaN;
    const localHour = part('hour');
    return {
      startMs,
      localHour,
      localDay: Date.UTC(part('year'), part('month') - 1, part('day')) / DAY_MS,
      isOpen: localHour >= OPENS_AT && localHour < CLOSES_AT,
    };
  };
}

/** Which part of an average day's demand falls into this hour; 0 when the store is closed. */
export function demandShare(hour: Hour): number {
  if (!hour.isOpen) return 0;
  const weekday = (hour.localDay + 4) % 7; // 1970 began on a Thursday
  return (WEEKDAY_SHARE[weekday] * HOUR_WEIGHT[hour.localHour - OPENS_AT]) / HOUR_WEIGHT_SUM;
}

import { localHours, type HourPeriod } from './grouping.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** No clock is further from UTC. */
const ZONE_HOURS_MAX = 15;

/** The hours of a day, `2026-05-01`, by the clocks of a zone: 23 or 25 where they change. */
export function hoursOfDay(day: string, zone: string): HourPeriod {
  const localHour = localHours(zone);
  const midnight = Date.parse(day) / HOUR_MS;
  const isOf = (hour: number) => localHour(hour * HOUR_MS).startsWith(day);
  let fromHour = midnight - ZONE_HOURS_MAX;
  while (!isOf(fromHour)) {
    fromHour++;
    // A day that a zone left out, where it went over the date line.
    if (fromHour > midnight + ZONE_HOURS_MAX) return { fromHour: midnight, untilHour: midnight };
  }
  let untilHour = fromHour;
  while (isOf(untilHour)) untilHour++;
  return { fromHour, untilHour };
}

/** The day that is `days` after another one. */
export const dayAfter = (day: string, days: number): string =>
  new Date(Date.parse(day) + days * DAY_MS).toISOString().slice(0, 10);

/** `2026-05-01`, of a day that there is: Date.parse takes the 30th of February for the 2nd of March. */
export function isDay(text: string): boolean {
  if (!/^[12]\d{3}-\d\d-\d\d$/.test(text)) return false;
  const dayMs = Date.parse(text);
  return !Number.isNaN(dayMs) && new Date(dayMs).toISOString().startsWith(text);
}

/** The day of a moment by the clocks of a zone, by UTC where the machine does not know it. */
export const localDay = (timeMs: number, zone: string | undefined): string =>
  new Intl.DateTimeFormat('en-CA', { timeZone: knownZone(zone) }).format(timeMs);

/** A zone that the machine knows, else UTC. */
export function knownZone(zone: string | undefined): string {
  return zone !== undefined && isZone(zone) ? zone : 'UTC';
}

export function isZone(name: string): boolean {
  try {
    localHours(name);
    return true;
  } catch {
    return false;
  }
}

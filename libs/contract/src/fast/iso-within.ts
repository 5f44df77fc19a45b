import { daysOfIsoDate, microsOfIsoTime } from '../iso-time.js';

const ZERO = 0x30;
const DASH = 0x2d;
const COLON = 0x3a;
const POINT = 0x2e;
const DATE_BYTES = 10;
const TIME_BYTES_MIN = 20; // YYYY-MM-DDTHH:MM:SSZ
const MS_PER_DAY = 86_400_000;
/** `Date.UTC` takes the years 0 to 99 for others. */
const YEAR_MIN = 100;

/** Days since 1970 of the YYYY-MM-DD that is `bytes[start, end)`, NaN when it is none. */
export function isoDaysWithin(bytes: Buffer, start: number, end: number): number {
  if (end - start !== DATE_BYTES) return NaN;
  const days = plainDays(bytes, start);
  return days === days ? days : (daysOfIsoDate(bytes.toString('latin1', start, end)) ?? NaN);
}

/**
 * Microseconds since 1970 of the time that is `bytes[start, end)`, NaN when it is none. The usual form in UTC costs no
 * object; for any other, and to say that it is none, `microsOfIsoTime` is asked.
 */
export function isoMicrosWithin(bytes: Buffer, start: number, end: number): number {
  const micros = plainMicros(bytes, start, end);
  return micros === micros ? micros : (microsOfIsoTime(bytes.toString('latin1', start, end)) ?? NaN);
}

/** YYYY-MM-DDTHH:MM:SS[.f]Z; NaN for what has any other form. */
function plainMicros(bytes: Buffer, start: number, end: number): number {
  if (end - start < TIME_BYTES_MIN || bytes[start + 10] !== 0x54 || bytes[end - 1] !== 0x5a) return NaN;
  if (bytes[start + 13] !== COLON || bytes[start + 16] !== COLON) return NaN;
  const hour = twoDigits(bytes, start + 11);
  const minute = twoDigits(bytes, start + 14);
  const second = twoDigits(bytes, start + 17);
  if (!(hour < 24 && minute < 60 && second < 60)) return NaN;
  const micros = fractionMicros(bytes, start + 19, end - 1);
  return (plainDays(bytes, start) * 86_400 + (hour * 60 + minute) * 60 + second) * 1_000_000 + micros;
}

/** Of a point and one to nine digits, or of nothing. Finer ones are cut off. */
function fractionMicros(bytes: Buffer, start: number, end: number): number {
  if (start === end) return 0;
  if (bytes[start] !== POINT || end - start < 2 || end - start > 10) return NaN;
  let micros = 0;
  for (let at = start + 1, unit = 100_000; at < end; at++, unit = Math.floor(unit / 10)) {
    const digit = bytes[at] - ZERO;
    if (!(digit >= 0 && digit <= 9)) return NaN;
    micros += digit * unit;
  }
  return micros;
}

/** NaN when it is not the form or there is no such day. */
function plainDays(bytes: Buffer, start: number): number {
  if (bytes[start + 4] !== DASH || bytes[start + 7] !== DASH) return NaN;
  const year = twoDigits(bytes, start) * 100 + twoDigits(bytes, start + 2);
  const month = twoDigits(bytes, start + 5);
  const day = twoDigits(bytes, start + 8);
  if (!(year >= YEAR_MIN && month >= 1 && month <= 12 && day >= 1)) return NaN;
  return day <= daysIn(month, year) ? Date.UTC(year, month - 1, day) / MS_PER_DAY : NaN;
}

function daysIn(month: number, year: number): number {
  if (month !== 2) return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
  return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
}

function twoDigits(bytes: Buffer, at: number): number {
  const tens = bytes[at] - ZERO;
  const ones = bytes[at + 1] - ZERO;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : NaN;
}

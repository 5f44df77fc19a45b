const DAY_MS = 86_400_000;
const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;
/** An offset is required: a time without one means something else on every machine. */
const TIME =
  /^(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?(?:[Zz]|([+-])(\d{2}):?(\d{2}))$/;

/** Days since 1970 of YYYY-MM-DD, null when there is no such day. */
export function daysOfIsoDate(text: string): number | null {
  const parts = DATE.exec(text);
  return parts && daysOf(Number(parts[1]), Number(parts[2]), Number(parts[3]));
}

/** Microseconds since 1970, null when the text is not a time. A finer fraction is cut off. */
export function microsOfIsoTime(text: string): number | null {
  const parts = TIME.exec(text);
  if (!parts) return null;
  const days = daysOf(Number(parts[1]), Number(parts[2]), Number(parts[3]));
  const [hour, minute, second] = [Number(parts[4]), Number(parts[5]), Number(parts[6] ?? 0)];
  const [offsetHour, offsetMinute] = [Number(parts[9] ?? 0), Number(parts[10] ?? 0)];
  if (days === null || hour > 23 || minute > 59 || second > 59 || offsetHour > 23 || offsetMinute > 59)
    return null;
  const offsetSeconds = (offsetHour * 60 + offsetMinute) * 60 * (parts[8] === '-' ? -1 : 1);
  const seconds = days * 86_400 + hour * 3600 + minute * 60 + second - offsetSeconds;
  return seconds * 1_000_000 + Number((parts[7] ?? '').padEnd(6, '0').slice(0, 6));
}

function daysOf(year: number, month: number, day: number): number | null {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  const exists = date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  return exists ? date.getTime() / DAY_MS : null;
}

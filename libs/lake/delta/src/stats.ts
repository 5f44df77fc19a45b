import type { ColumnSummary } from '@gondola/stream';
import { isoDate } from './data-file.js';

/** Characters (code points) of a text bound: what other writers of the format keep. */
const BOUND_CHARACTERS_MAX = 32;
const LAST_CODE_POINT = 0x10ffff;

interface Bounds {
  /** JSON text. */
  readonly min: string;
  /** JSON text, '' when there is none that is short enough. */
  readonly max: string;
}

/**
 * The `stats` of an add action: readers skip files by them, so a bound may be too wide but never too narrow.
 * Columns named in `without` (partition columns) and columns of bytes have none.
 */
export function statsOf(
  rows: number,
  columns: readonly ColumnSummary[],
  without: ReadonlySet<string>,
): string {
  const minValues: string[] = [];
  const maxValues: string[] = [];
  const nullCount: string[] = [];
  for (const column of columns) {
    const { kind } = column.spec.type;
    if (kind === 'binary' || kind === 'list' || kind === 'struct' || without.has(column.spec.name)) continue;
    const name = JSON.stringify(column.spec.name);
    nullCount.push(`${name}:${column.nulls}`);
    const bounds = boundsOf(column);
    if (!bounds) continue;
    minValues.push(`${name}:${bounds.min}`);
    if (bounds.max !== '') maxValues.push(`${name}:${bounds.max}`);
  }
  return (
    `{"numRecords":${rows},"minValues":{${minValues.join()}},"maxValues":{${maxValues.join()}},` +
    `"nullCount":{${nullCount.join()}}}`
  );
}

/** Null when the column has no bounds that every reader understands. */
function boundsOf({ spec: { type }, min, max }: ColumnSummary): Bounds | null {
  if (typeof min === 'string' && typeof max === 'string')
    return { min: JSON.stringify(prefixOf(min).join('')), max: upperBoundOf(max) };
  if (!isNumber(min) || !isNumber(max)) return null;
  switch (type.kind) {
    case 'decimal':
      return { min: decimalText(min, type.scale), max: decimalText(max, type.scale) };
    case 'timestamp':
      return timestampBounds(Number(min), Number(max));
    case 'date':
      return { min: JSON.stringify(isoDate(Number(min))), max: JSON.stringify(isoDate(Number(max))) };
    default:
      return { min: String(min), max: String(max) };
  }
}

/** Infinity has no place in JSON. */
const isNumber = (value: unknown): value is number | bigint =>
  typeof value === 'bigint' || (typeof value === 'number' && Number.isFinite(value));

/** Unscaled 12345 of scale 2 -> 123.45. */
function decimalText(unscaled: number | bigint, scale: number): string {
  const negative = unscaled < 0;
  const digits = String(negative ? -unscaled : unscaled).padStart(scale + 1, '0');
  const point = digits.length - scale;
  return (negative ? '-' : '') + digits.slice(0, point) + (scale === 0 ? '' : `.${digits.slice(point)}`);
}

/** The format keeps milliseconds: the lower bound is rounded down, the upper one up. */
function timestampBounds(minMicros: number, maxMicros: number): Bounds | null {
  const min = isoTime(Math.floor(minMicros / 1000));
  const max = isoTime(Math.ceil(maxMicros / 1000));
  return min === null || max === null ? null : { min: JSON.stringify(min), max: JSON.stringify(max) };
}

/** The first characters, as they are written: a lone surrogate becomes U+FFFD. */
const prefixOf = (text: string): string[] =>
  Array.from(text.slice(0, 2 * BOUND_CHARACTERS_MAX).toWellFormed()).slice(0, BOUND_CHARACTERS_MAX);

/** A text that is not below `max` and not long; '' when there is none. */
function upperBoundOf(max: string): string {
  const prefix = prefixOf(max);
  const whole = prefix.join('');
  if (whole === max.toWellFormed()) return JSON.stringify(whole);
  for (let last = prefix.length - 1; last >= 0; last--) {
    const codePoint = prefix[last].codePointAt(0) ?? LAST_CODE_POINT;
    if (codePoint === LAST_CODE_POINT) continue;
    const next = codePoint === 0xd7ff ? 0xe000 : codePoint + 1;
    return JSON.stringify(prefix.slice(0, last).join('') + String.fromCodePoint(next));
  }
  return '';
}

/** Null outside the years 0 to 9999, which other readers cannot parse. */
function isoTime(ms: number): string | null {
  const date = new Date(ms);
  if (Number.isNaN(date.getTime())) return null;
  const text = date.toISOString();
  return /^\d{4}-/.test(text) ? text : null;
}

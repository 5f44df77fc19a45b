import { isEqualWithin, isWellFormed } from '../utf8.js';

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN = 0x7b;
const CLOSE = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const DEPTH_MAX = 32;
const WORDS = ['true', 'false', 'null'].map((word) => Buffer.from(word));

/** By byte: 0 for ASCII that a text may hold as it is, 1 for the rest of UTF-8, 2 for quotes, escapes and control codes. */
const KIND_OF_BYTE = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte > 0x7f ? 1 : byte < 0x20 || byte === QUOTE || byte === 0x5c ? 2 : 0,
);

/** The quote that ends the JSON text from `start` on; -1 when it has escapes, is not UTF-8 or does not end. */
export function textEnd(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && KIND_OF_BYTE[bytes[at]] === 0) at++;
  if (bytes[at] === QUOTE && at < end) return at;
  while (at < end && KIND_OF_BYTE[bytes[at]] < 2) at++;
  return at < end && bytes[at] === QUOTE && isWellFormed(bytes, start, at) ? at : -1;
}

/** The first byte that is not JSON's white space. */
export function skipSpace(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  for (; at < end; at++) {
    const byte = bytes[at];
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) break;
  }
  return at;
}

/** Number of the symbol that `bytes[start, start + size)` is, -1 when it is none. */
export function symbolWithin(
  symbols: readonly Uint8Array[],
  bytes: Uint8Array,
  start: number,
  size: number,
): number {
  for (let index = 0; index < symbols.length; index++)
    if (isEqualWithin(symbols[index], 0, symbols[index].length, bytes, start, size)) return index;
  return -1;
}

const ENVELOPE_KEY = Buffer.from('specversion');

/**
 * Skips a member that the schema does not have: returns the end of its value, or -1 when that takes a closer look, and
 * for what could make a CloudEvents envelope of the whole.
 */
export function skipMember(bytes: Uint8Array, start: number, end: number): number {
  const keyEnd = skipText(bytes, start, end);
  if (keyEnd < 0) return -1;
  if (isEqualWithin(ENVELOPE_KEY, 0, ENVELOPE_KEY.length, bytes, start + 1, keyEnd - start - 2)) return -1;
  return skipAfterColon(bytes, keyEnd, end, DEPTH_MAX);
}

/** The end of any JSON value; -1 when it is none, or holds escapes, or is nested very deeply. */
export function skipValue(bytes: Uint8Array, start: number, end: number, depth = DEPTH_MAX): number {
  if (start >= end) return -1;
  const byte = bytes[start];
  if (byte === QUOTE) return skipText(bytes, start, end);
  if (byte === OPEN || byte === OPEN_ARRAY)
    return depth === 0 ? -1 : skipEntries(bytes, start, end, depth - 1);
  for (const word of WORDS)
    if (byte === word[0])
      return start + word.length <= end && isEqualWithin(word, 0, word.length, bytes, start, word.length)
        ? start + word.length
        : -1;
  return skipNumber(bytes, start, end);
}

function skipText(bytes: Uint8Array, start: number, end: number): number {
  if (start >= end || bytes[start] !== QUOTE) return -1;
  const quote = textEnd(bytes, start + 1, end);
  return quote < 0 ? -1 : quote + 1;
}

function skipAfterColon(bytes: Uint8Array, start: number, end: number, depth: number): number {
  const colon = skipSpace(bytes, start, end);
  if (bytes[colon] !== COLON) return -1;
  return skipValue(bytes, skipSpace(bytes, colon + 1, end), end, depth);
}

function skipEntries(bytes: Uint8Array, start: number, end: number, depth: number): number {
  const isObject = bytes[start] === OPEN;
  const close = isObject ? CLOSE : CLOSE_ARRAY;
  let at = skipSpace(bytes, start + 1, end);
  if (at < end && bytes[at] === close) return at + 1;
  for (;;) {
    if (isObject) {
      at = skipText(bytes, at, end);
      if (at >= 0) at = skipAfterColon(bytes, at, end, depth);
    } else at = skipValue(bytes, at, end, depth);
    if (at < 0) return -1;
    at = skipSpace(bytes, at, end);
    if (at >= end) return -1;
    if (bytes[at] === close) return at + 1;
    if (bytes[at] !== COMMA) return -1;
    at = skipSpace(bytes, at + 1, end);
  }
}

function skipNumber(bytes: Uint8Array, start: number, end: number): number {
  let at = bytes[start] === 0x2d ? start + 1 : start;
  const whole = at;
  at = skipDigits(bytes, at, end);
  if (at === whole || (bytes[whole] === 0x30 && at > whole + 1)) return -1;
  if (at < end && bytes[at] === 0x2e) {
    const fraction = at + 1;
    at = skipDigits(bytes, fraction, end);
    if (at === fraction) return -1;
  }
  if (at < end && (bytes[at] | 0x20) === 0x65) {
    const sign = at + 1 < end && (bytes[at + 1] === 0x2b || bytes[at + 1] === 0x2d) ? 1 : 0;
    const exponent = at + 1 + sign;
    at = skipDigits(bytes, exponent, end);
    if (at === exponent) return -1;
  }
  return at;
}

function skipDigits(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && bytes[at] >= 0x30 && bytes[at] <= 0x39) at++;
  return at;
}

import { createHash } from 'node:crypto';

/** Digits of SHA-256 that fit the whole numbers of a double. */
const HASH_HEX = 12;

/** A number that stands for a document's own one: itself where a contract's long can hold it, else 48 bits of its hash. */
export function sequenceOf(id: string): number {
  const number = /^\d{1,16}$/.test(id) ? Number(id) : NaN;
  return Number.isSafeInteger(number) ? number : parseInt(hashOf(id).slice(0, HASH_HEX), 16);
}

/** An id for what has none: sent again it is the same, so it is found to be a duplicate. */
export const contentId = (...parts: readonly unknown[]): string => hashOf(JSON.stringify(parts)).slice(0, 32);

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');

/** A GTIN of 8, 12, 13 or 14 digits whose check digit is right, as it stands; null otherwise. */
export function gtinOf(text: string | null): string | null {
  if (text === null || !/^(\d{8}|\d{12,14})$/.test(text)) return null;
  return checkDigit(text.slice(0, -1)) === text.at(-1) ? text : null;
}

/** GS1's check digit of the digits before it. */
export function checkDigit(digits: string): string {
  let sum = 0;
  for (let at = 0; at < digits.length; at++)
    sum += Number(digits[digits.length - 1 - at]) * (at % 2 === 0 ? 3 : 1);
  return String((10 - (sum % 10)) % 10);
}

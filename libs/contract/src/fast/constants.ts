import { putDecimal } from '../column-builders.js';
import { IdentityHasher } from '../identity-hash.js';
import { isEqualWithin, isUtf8Within, lengthOfUtf8, pointsOfUtf8 } from '../utf8.js';
import { isoDaysWithin, isoMicrosWithin } from './iso-within.js';
import { skipMember, skipSpace, skipValue, symbolWithin, textEnd } from './json-scan.js';
import { Varint } from './varint.js';

/** Thrown while a reader is generated: the contract has something that is left to the slow way, for every record. */
export class Unsupported extends Error {}

/** What generated code calls, under short names of its own. */
function helpersFor() {
  return {
    putDecimal,
    isEqualWithin,
    isUtf8Within,
    lengthOfUtf8,
    pointsOfUtf8,
    isoDaysWithin,
    isoMicrosWithin,
    skipMember,
    skipSpace,
    skipValue,
    symbolWithin,
    textEnd,
    textWithin: (bytes: Buffer, start: number, size: number) => bytes.toString('utf8', start, start + size),
    varint: new Varint(),
    hasher: new IdentityHasher(),
    powers: Float64Array.from({ length: 23 }, (_, exponent) => 10 ** exponent),
  };
}

type Helper = keyof ReturnType<typeof helpersFor>;

/**
 * What generated code refers to: it holds the names `k0, k1...` only. No text of a schema or contract ever becomes
 * source, so that none can be read as code.
 */
export class Constants {
  readonly values: unknown[] = [];
  readonly helpers: Readonly<Record<Helper, string>>;

  constructor() {
    const names = Object.entries(helpersFor()).map(([name, value]) => [name, this.add(value)]);
    this.helpers = Object.fromEntries(names) as Record<Helper, string>;
  }

  /** The name by which the code may use the value. */
  add(value: unknown): string {
    return `k${this.values.push(value) - 1}`;
  }

  /** Makes the function that `source` is, with the constants in its reach. */
  compile(source: string): unknown {
    const names = this.values.map((_, index) => `k${index}`);
    // Closures, one for each field, would be called through a table for every value of every record, and could not
    // keep the event in variables.
    return (new Function(...names, `'use strict';\nreturn ${source};`) as (...values: unknown[]) => unknown)(
      ...this.values,
    );
  }
}

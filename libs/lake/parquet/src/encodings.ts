import { byteValues, type ByteParts } from './byte-values.js';
import { isOrdered } from './bounds.js';
import type { ChunkMemory, ChunkValues } from './chunk-values.js';
import type { LeafData } from './leaves.js';
import { numberValues } from './number-values.js';
import { FlagValues, WideDecimals, WideValues } from './other-values.js';
import type { LeafValues } from './typed-values.js';

/**
 * Chooses how the values of a column chunk are written. Throws RangeError, with the column's name, when a value does not
 * fit the type of its column.
 */
export function chunkValuesOf({ leaf, parts }: LeafData, memory: ChunkMemory): ChunkValues {
  const { type } = leaf;
  switch (type.kind) {
    case 'string':
    case 'binary':
      return byteValues(parts as ByteParts, isOrdered(type), memory);
    case 'boolean':
      return new FlagValues(joined(parts as readonly Uint8Array[], Uint8Array, memory));
    case 'int32':
    case 'date':
      return numberValues(joined(parts as readonly Int32Array[], Float64Array, memory), 'int32', memory);
    case 'float64':
      return numberValues(joined(parts as readonly Float64Array[], Float64Array, memory), 'double', memory);
    case 'timestamp':
      return numberValues(
        wholeNumbers(leaf.path.join('.'), parts as readonly Float64Array[], memory),
        'int64',
        memory,
      );
    case 'int64':
    case 'decimal':
      return bigIntValues(parts, memory);
  }
}

/** One part is taken as it is. */
function joined<To extends Uint8Array | Float64Array | BigInt64Array>(
  parts: readonly ArrayLike<To[number]>[],
  Target: new (length: number) => To,
  memory: ChunkMemory,
): To {
  if (parts.length === 1 && parts[0] instanceof Target) return parts[0];
  const whole = memory.add(new Target(parts.reduce((sum, part) => sum + part.length, 0)));
  let at = 0;
  for (const part of parts) {
    (whole as Float64Array).set(part as ArrayLike<number>, at);
    at += part.length;
  }
  return whole;
}

function wholeNumbers(name: string, parts: readonly Float64Array[], memory: ChunkMemory): Float64Array {
  const whole = memory.add(new Float64Array(parts.reduce((sum, part) => sum + part.length, 0)));
  let at = 0;
  for (const part of parts) {
    for (let row = 0; row < part.length; row++) {
      const value = part[row];
      if (!Number.isSafeInteger(value))
        throw new RangeError(`column ${name}: ${value} is not a whole number of microseconds`);
      // There is one zero only.
      whole[at++] = value + 0;
    }
  }
  return whole;
}

const INT32_SPAN = 0x100000000;
/** Upper halves of 64 bits of which all are exact in a double. */
const EXACT_HIGH_MAX = 1 << 20;

function bigIntValues(parts: readonly LeafValues[], memory: ChunkMemory): ChunkValues {
  if (!parts.every((part) => part instanceof BigInt64Array))
    return new WideDecimals((parts as readonly (readonly bigint[])[]).flatMap((part) => Array.from(part)));
  const exact = exactNumbers(parts, memory);
  return exact ? numberValues(exact, 'int64', memory) : new WideValues(joined(parts, BigInt64Array, memory));
}

/** By halves, because a bigint for each row would be an object for each row. Null when a value needs more than 53 bits. */
function exactNumbers(parts: readonly BigInt64Array[], memory: ChunkMemory): Float64Array | null {
  const whole = memory.add(new Float64Array(parts.reduce((sum, part) => sum + part.length, 0)));
  let at = 0;
  for (const part of parts) {
    const halves = new Int32Array(part.buffer, part.byteOffset, 2 * part.length);
    for (let half = 0; half < halves.length; half += 2) {
      const high = halves[half + 1];
      if (high >= EXACT_HIGH_MAX || high < -EXACT_HIGH_MAX) return null;
      whole[at++] = high * INT32_SPAN + (halves[half] >>> 0);
    }
  }
  return whole;
}

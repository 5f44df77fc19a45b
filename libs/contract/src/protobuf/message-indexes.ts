import { FAIL } from '../problem.js';
import { ProtoInput } from './proto-input.js';

/** More than messages are nested in messages. */
const DEPTH_MAX = 32;
const input = new ProtoInput();

/**
 * Which message follows in Confluent's framing, at `bytes[start]`: how many numbers, then the numbers, all of them as
 * zigzag varints; or a zero for the first message. Null when it is cut off or makes no sense. `bytes`: how many they take.
 */
export function readMessageIndexes(
  bytes: Buffer,
  start: number,
  end: number,
): { readonly place: readonly number[]; readonly bytes: number } | null {
  input.reset(bytes, start, end);
  const count = input.zigzag();
  if (count === FAIL || count < 0 || count > DEPTH_MAX) return null;
  if (count === 0) return { place: [0], bytes: input.position - start };
  const place: number[] = [];
  for (let index = 0; index < count; index++) {
    const number = input.zigzag();
    if (number === FAIL || number < 0) return null;
    place.push(number);
  }
  return { place, bytes: input.position - start };
}

/** The same in AWS Glue's, where it is one number, as a plain varint. */
export function readMessageNumber(
  bytes: Buffer,
  start: number,
  end: number,
): { readonly place: number; readonly bytes: number } | null {
  input.reset(bytes, start, end);
  const place = input.unsigned();
  return place === FAIL ? null : { place, bytes: input.position - start };
}

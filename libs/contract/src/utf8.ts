/** The high bit of each byte of a word. */
const HIGH_BITS = 0x80808080 | 0;

/**
 * Whether `bytes[start, end)` is UTF-8 (RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF). For short
 * texts inside a large buffer: `isUtf8` of Node wants an object for each. `view` is of the same bytes.
 */
export function isUtf8Within(bytes: Uint8Array, view: DataView, start: number, end: number): boolean {
  return isAsciiWithin(bytes, view, start, end) || isWellFormed(bytes, start, end);
}

function isAsciiWithin(bytes: Uint8Array, view: DataView, start: number, end: number): boolean {
  let at = start;
  let all = 0;
  for (; at + 4 <= end; at += 4) all |= view.getInt32(at, true);
  for (; at < end; at++) all |= bytes[at];
  return (all & HIGH_BITS) === 0;
}

/** The same for a text that is known to hold more than ASCII. */
export function isWellFormed(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end;) {
    const byte = bytes[at];
    if (byte < 0x80) at++;
    else if (byte < 0xc2 || byte > 0xf4) return false;
    else {
      const size = byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
      if (at + size > end) return false;
      const second = bytes[at + 1];
      const least = byte === 0xe0 ? 0xa0 : byte === 0xf0 ? 0x90 : 0x80;
      const most = byte === 0xed ? 0x9f : byte === 0xf4 ? 0x8f : 0xbf;
      if (second < least || second > most) return false;
      for (let next = at + 2; next < at + size; next++) if (bytes[next] >>> 6 !== 2) return false;
      at += size;
    }
  }
  return true;
}

/** UTF-16 units of valid UTF-8: what `length` of the text would be. */
export function lengthOfUtf8(bytes: Uint8Array, start: number, end: number): number {
  let length = 0;
  for (let at = start; at < end; at++) {
    const byte = bytes[at];
    if (byte >>> 6 !== 2) length += byte < 0xf0 ? 1 : 2;
  }
  return length;
}

/** Characters (code points) of valid UTF-8: what JSON Schema counts. */
export function pointsOfUtf8(bytes: Uint8Array, start: number, end: number): number {
  let points = 0;
  for (let at = start; at < end; at++) if (bytes[at] >>> 6 !== 2) points++;
  return points;
}

export function isEqualWithin(
  left: Uint8Array,
  leftStart: number,
  leftSize: number,
  right: Uint8Array,
  rightStart: number,
  rightSize: number,
): boolean {
  if (leftSize !== rightSize) return false;
  for (let at = 0; at < leftSize; at++) if (left[leftStart + at] !== right[rightStart + at]) return false;
  return true;
}

import { isIPv4, isIPv6 } from 'node:net';
import { ByteValues, DictionaryValues } from '@gondola/stream';
import { mapTexts, type Texts } from './map-texts.js';

/**
 * At most the first `lengthMax` characters (code points) of each text, and never all of them: a short one would else come
 * through unmasked. No byte is copied.
 */
export function truncated(values: Texts, lengthMax: number): Texts {
  return mapTexts(values, (texts) => cut(texts, lengthMax));
}

function cut({ bytes, start, size }: ByteValues, lengthMax: number): ByteValues {
  const sizes = new Int32Array(size.length);
  for (let row = 0; row < sizes.length; row++)
    sizes[row] = size[row] < 0 ? -1 : keptBytes(bytes, start[row], size[row], lengthMax);
  return new ByteValues(bytes, start, sizes);
}

/** Where the character after the kept ones begins, or the last one. */
function keptBytes(bytes: Uint8Array, start: number, size: number, lengthMax: number): number {
  let characters = 0;
  let last = 0;
  for (let at = 0; at < size; at++) {
    const isInside = (bytes[start + at] & 0xc0) === 0x80;
    if (isInside) continue;
    last = at;
    if (characters++ === lengthMax) break;
  }
  return last;
}

export const truncatedText = (text: string, lengthMax: number): string =>
  cut(ByteValues.of([text]), lengthMax).textAt(0) ?? '';

/** An IPv4 address becomes its network of 24 bits, an IPv6 address that of 48, anything else null. */
export function networksOf(values: Texts): DictionaryValues {
  const entries = values instanceof DictionaryValues ? values.entries : values;
  const networks = Array.from({ length: entries.length }, (_, entry) => networkOf(entries.textAt(entry)));
  const index = values instanceof DictionaryValues ? values.index : Int32Array.from(networks.keys());
  return new DictionaryValues(
    index.map((entry) => (entry < 0 || networks[entry] === null ? -1 : entry)),
    ByteValues.of(networks.map((network) => network ?? '')),
  );
}

const IPV4_MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;

export function networkOf(text: string | null): string | null {
  if (text === null) return null;
  const ipv4 = IPV4_MAPPED.exec(text)?.[1] ?? text;
  if (isIPv4(ipv4)) return `${ipv4.split('.').slice(0, 3).join('.')}.0/24`;
  if (!isIPv6(text)) return null;
  // The parser of URLs writes an address in its one short form; a zone names a cable of one machine.
  const short = new URL(`http://[${text.split('%')[0]}]`).hostname.slice(1, -1);
  const [head, tail] = short.split('::');
  const before = head === '' ? [] : head.split(':');
  const groups = tail === undefined ? before : [...before, '0', '0', '0'];
  return `${groups.slice(0, 3).join(':')}::/48`;
}

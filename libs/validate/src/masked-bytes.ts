const TEXT_MAX = 500;
const HEX_BYTES_MAX = 256;
const MASKED_BYTE = '··';
/** What JSON is put together with. */
const FORM = new Set(Buffer.from(' {}[]":,'));

/** Bytes as text, with names of fields (`"name":`) and nothing else that is letter or digit. */
export function maskedText(bytes: Buffer, names: ReadonlySet<string>): string {
  const text = bytes.subarray(0, TEXT_MAX).toString('utf8');
  const short = text.replace(/"(\w{1,80})"(?=\s*:)|\p{L}|\p{M}|\p{N}/gu, (found: string, name?: string) =>
    name !== undefined && names.has(name) ? found : found.replace(/[^"]/gu, 'x'),
  );
  // Neither may what is left move a terminal's cursor.
  const printable = short.replace(/[^\P{C}\n]/gu, '\uFFFD');
  return bytes.length > TEXT_MAX ? `${printable}...` : printable;
}

/** The frame (`prefixBytes`) as it is; behind it what may be part of a text is masked. */
export function maskedHex(bytes: Buffer, prefixBytes: number): string {
  const pairs = Array.from(bytes.subarray(0, HEX_BYTES_MAX), (byte, at) =>
    at < prefixBytes || byte < 0x20 || FORM.has(byte) ? byte.toString(16).padStart(2, '0') : MASKED_BYTE,
  );
  return pairs.join(' ') + (bytes.length > HEX_BYTES_MAX ? ' ...' : '');
}

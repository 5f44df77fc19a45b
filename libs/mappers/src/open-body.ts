import { isUtf8 } from 'node:buffer';
import { gunzipSync } from 'node:zlib';
import { Unmappable } from './unmappable.js';

/** Of a body as it comes and of what it inflates to: a bomb costs no more than an honest body. */
const BODY_BYTES_MAX = 4 << 20;
/** gzip in Base64 in gzip is as much as anybody has been seen to do. */
const WRAPPINGS_MAX = 4;
const BASE64 = /^[A-Za-z0-9+/_-]+={0,2}$/;

/** The text of a body, out of its gzip and Base64. Throws `Unmappable`. */
export function openBody(body: Uint8Array): string {
  let bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  for (let wrapping = 0; wrapping <= WRAPPINGS_MAX; wrapping++) {
    if (bytes.length > BODY_BYTES_MAX) throw unreadable(`more than ${BODY_BYTES_MAX} bytes`);
    if (bytes[0] === 0x1f && bytes[1] === 0x8b) {
      bytes = inflate(bytes);
      continue;
    }
    const inner = fromBase64(bytes);
    if (inner === null) return textOf(bytes);
    bytes = inner;
  }
  throw unreadable('wrapped too often');
}

function inflate(bytes: Buffer): Buffer<ArrayBuffer> {
  try {
    return gunzipSync(bytes, { maxOutputLength: BODY_BYTES_MAX });
  } catch (error) {
    const isTooLarge = (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE';
    throw unreadable(isTooLarge ? `inflates to more than ${BODY_BYTES_MAX} bytes` : 'gzip that is damaged');
  }
}

/** Null when it is none: Base64 of anything else than gzip, JSON or XML is only a word. */
function fromBase64(bytes: Buffer): Buffer<ArrayBuffer> | null {
  const text = bytes.toString('latin1').trim().replace(/^"|"$/g, '').replace(/\r?\n/g, '');
  if (!BASE64.test(text)) return null;
  const inner = Buffer.from(text, 'base64');
  const first = inner[0] === 0xef ? inner[3] : inner[0];
  const isWrapped = (first === 0x1f && inner[1] === 0x8b) || [0x7b, 0x5b, 0x3c].includes(first);
  return isWrapped ? inner : null;
}

function textOf(bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString('utf8').replace(/^\ufeff/, '');
  const declared = /^<\?xml[^>]*encoding=["'](iso-8859-1|windows-1252)["']/i.test(
    bytes.toString('latin1', 0, 100),
  );
  if (declared) return new TextDecoder('windows-1252').decode(bytes);
  throw unreadable('not UTF-8');
}

const unreadable = (message: string) => new Unmappable('mapper_unreadable', '', message);

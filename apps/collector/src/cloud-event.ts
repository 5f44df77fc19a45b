import { isUtf8 } from 'node:buffer';
import type { Header, QuarantineReason } from '@gondola/stream';
import { NotJson, objectMembers, textOf, type Member } from './json-spans.js';

/** Why an event is not taken, as its producer is told. Reasons are those of the quarantine table, and one of the door's own. */
export interface Refused {
  readonly reason: QuarantineReason | 'subject_denied';
  /** JSON pointer: into the envelope for what is wrong with that, else into the event. */
  readonly pointer: string;
  readonly message: string;
}

/** An event as it goes into the stream: CloudEvents' binary mode, whose value is the event as its producer wrote it. */
export interface TakenEvent {
  readonly value: Uint8Array;
  readonly headers: readonly Header[];
}

export const isRefused = (event: TakenEvent | Refused): event is Refused => 'reason' in event;

/** What the specification demands of an event. */
const REQUIRED = ['id', 'source', 'specversion', 'type'];
const ATTRIBUTES_MAX = 32;
const NAME = /^[a-z0-9]{1,64}$/;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const JSON_TYPE = Buffer.from('application/json');

/** `bytes[start, end)` as a structured CloudEvent. Attributes become headers, `data` becomes the value, byte by byte. */
export function structuredEvent(bytes: Buffer, start: number, end: number): TakenEvent | Refused {
  const found = objectMembers(bytes, start, end);
  if (found instanceof NotJson)
    return {
      reason: 'decode_failed',
      pointer: '',
      message: `no JSON object, see byte ${found.at - start} of it`,
    };
  // As JSON.parse has it: the last member of a name counts.
  const members = new Map(found.map((member) => [member.name, member]));
  const headers: Header[] = [];
  let contentType: Uint8Array | null = null;
  let data: Uint8Array | Refused | null = null;
  for (const [name, member] of members) {
    if (name === 'data' || name === 'data_base64') {
      if (data) return unframed('data', 'data and data_base64 exclude each other');
      data = name === 'data' ? bytes.subarray(member.start, member.end) : fromBase64(bytes, member);
      continue;
    }
    const value = attributeValue(bytes, member);
    if (value === null) continue;
    if (!(value instanceof Uint8Array)) return value;
    if (name === 'datacontenttype') contentType = value;
    else headers.push({ key: `ce_${name}`, value });
  }
  const fault = faultOf(headers);
  if (fault) return fault;
  if (data === null) return { reason: 'value_empty', pointer: '/data', message: 'missing' };
  if (!(data instanceof Uint8Array)) return data;
  if (contentType === null && !members.has('data_base64')) contentType = JSON_TYPE;
  if (contentType) headers.push({ key: 'content-type', value: contentType });
  return { value: data, headers };
}

/** A body with `ce-*` headers. `headers` are those of the request; what they say in percent-encoding is decoded. */
export function binaryEvent(
  body: Buffer,
  headers: Readonly<Record<string, string | string[] | undefined>>,
): TakenEvent | Refused {
  const taken: Header[] = [];
  for (const [name, value] of Object.entries(headers)) {
    if (!name.startsWith('ce-') || value === undefined) continue;
    const attribute = name.slice(3);
    if (!NAME.test(attribute)) return unframed(attribute, 'attributes are named by 1 to 64 of a-z and 0-9');
    taken.push({ key: `ce_${attribute}`, value: Buffer.from(percentDecoded(String(value))) });
  }
  const fault = faultOf(taken);
  if (fault) return fault;
  const contentType = headers['content-type'];
  if (contentType) taken.push({ key: 'content-type', value: Buffer.from(String(contentType)) });
  return { value: body, headers: taken };
}

function faultOf(headers: readonly Header[]): Refused | null {
  if (headers.length > ATTRIBUTES_MAX) return unframed('', `more than ${ATTRIBUTES_MAX} attributes`);
  for (const name of REQUIRED) {
    const header = headers.find(({ key }) => key === `ce_${name}`);
    if (!header || header.value.length === 0) return unframed(name, 'missing: every CloudEvent has it');
    if (name === 'specversion' && Buffer.from(header.value).toString() !== '1.0')
      return unframed(name, '1.0 expected');
  }
  return null;
}

/** The value as the bytes of its text, null when it is null, which CloudEvents reads as missing. */
function attributeValue(bytes: Buffer, { name, start, end }: Member): Uint8Array | Refused | null {
  if (!NAME.test(name)) return unframed(name, 'attributes are named by 1 to 64 of a-z and 0-9');
  const text = textOf(bytes, start, end);
  if (text !== null) {
    // As it stands there, unless it has escapes.
    if (text.length === end - start - 2) return bytes.subarray(start + 1, end - 1);
    if (isUtf8(bytes.subarray(start, end))) return Buffer.from(text);
  }
  const scalar = bytes.toString('latin1', start, Math.min(end, start + 32));
  if (scalar === 'null') return null;
  if (/^(true|false|-?\d{1,10})$/.test(scalar)) return Buffer.from(scalar);
  return unframed(name, 'text, a whole number or true or false expected');
}

function fromBase64(bytes: Buffer, { start, end }: Member): Uint8Array | Refused {
  const text = textOf(bytes, start, end);
  if (text !== null && BASE64.test(text)) return Buffer.from(text, 'base64');
  return { reason: 'decode_failed', pointer: '/data_base64', message: 'not Base64' };
}

function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function unframed(name: string, message: string): Refused {
  const pointer = name && `/${name.slice(0, 64).replaceAll('~', '~0').replaceAll('/', '~1')}`;
  return { reason: 'framing_unknown', pointer, message };
}

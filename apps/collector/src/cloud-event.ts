import { isUtf8 } from 'node:buffer';
import type { Header, QuarantineReason } from '@gondola/stream';
import { isPlainText, NotJson, objectMembers, textOf, type Member } from './json-spans.js';

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
const VERSION = Buffer.from('1.0');
const ATTRIBUTES_MAX = 32;
const NAME = /^[a-z0-9]{1,64}$/;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const JSON_TYPE = Buffer.from('application/json');
/** Of Base64 that says nothing of what it is. */
const NO_TYPE = Buffer.alloc(0);
const SCALAR_BYTES_MAX = 32;
const NAME_MESSAGE = 'attributes are named by 1 to 64 of a-z and 0-9';

/** Attribute -> its header. Those that all events have are not put together anew for each. */
const HEADER_NAMES = new Map(
  [...REQUIRED, 'time', 'subject', 'dataschema'].map((name) => [name, `ce_${name}`]),
);

/** Reads the structured CloudEvents of one body. Attributes become headers, `data` becomes the value, byte by byte. */
export class StructuredEvents {
  /** Attribute -> its last value: events of one body share their type, source and version. */
  private readonly last = new Map<string, Uint8Array>();

  constructor(private readonly bytes: Buffer) {}

  /** The event that `bytes[start, end)` is. */
  read(start: number, end: number): TakenEvent | Refused {
    const { bytes } = this;
    const members = objectMembers(bytes, start, end);
    if (members instanceof NotJson)
      return {
        reason: 'decode_failed',
        pointer: '',
        message: `no JSON object, see byte ${members.at - start} of it`,
      };
    const headers: Header[] = [];
    let contentType: Uint8Array | null = null;
    let data: Uint8Array | Refused | null = null;
    for (const member of members) {
      const { name } = member;
      if (name === 'data' || name === 'data_base64') {
        if (data) return unframed(name, 'given twice');
        data = name === 'data' ? bytes.subarray(member.start, member.end) : fromBase64(bytes, member);
        if (name === 'data_base64') contentType ??= NO_TYPE;
        continue;
      }
      const value = this.attributeValue(member);
      if (value === null) continue;
      if (!(value instanceof Uint8Array)) return value;
      if (name === 'datacontenttype') contentType = value;
      else headers.push({ key: HEADER_NAMES.get(name) ?? `ce_${name}`, value });
    }
    const fault = faultOf(headers);
    if (fault) return fault;
    if (data === null) return { reason: 'value_empty', pointer: '/data', message: 'missing' };
    if (!(data instanceof Uint8Array)) return data;
    contentType ??= JSON_TYPE;
    if (contentType !== NO_TYPE) headers.push({ key: 'content-type', value: contentType });
    return { value: data, headers };
  }

  /** The value as the bytes of its text, null when it is null, which CloudEvents reads as missing. */
  private attributeValue({ name, start, end }: Member): Uint8Array | Refused | null {
    const { bytes, last } = this;
    if (!HEADER_NAMES.has(name) && !NAME.test(name)) return unframed(name, NAME_MESSAGE);
    if (isPlainText(bytes, start, end)) {
      const known = last.get(name);
      if (known && isSame(known, bytes, start + 1, end - 1)) return known;
      const value = bytes.subarray(start + 1, end - 1);
      last.set(name, value);
      return value;
    }
    const text = textOf(bytes, start, end);
    if (text !== null && isUtf8(bytes.subarray(start, end))) return Buffer.from(text);
    const scalar = bytes.toString('latin1', start, Math.min(end, start + SCALAR_BYTES_MAX));
    if (scalar === 'null') return null;
    if (/^(true|false|-?\d{1,10})$/.test(scalar)) return Buffer.from(scalar);
    return unframed(name, 'text, a whole number or true or false expected');
  }
}

function isSame(known: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (known.length !== end - start) return false;
  for (let at = 0; at < known.length; at++) if (known[at] !== bytes[start + at]) return false;
  return true;
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
    if (!NAME.test(attribute)) return unframed(attribute, NAME_MESSAGE);
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
  for (let at = 1; at < headers.length; at++)
    for (let before = 0; before < at; before++)
      if (headers[before].key === headers[at].key) return unframed(headers[at].key.slice(3), 'given twice');
  for (const name of REQUIRED) {
    const header = headers.find(({ key }) => key === HEADER_NAMES.get(name));
    if (!header || header.value.length === 0) return unframed(name, 'missing: every CloudEvent has it');
    if (name === 'specversion' && !isSame(VERSION, header.value, 0, header.value.length))
      return unframed(name, '1.0 expected');
  }
  return null;
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

import { isUtf8 } from 'node:buffer';
import { inflateSync } from 'node:zlib';
import {
  Problem,
  type Contract,
  type Event,
  type KnownMessages,
  type KnownSchema,
  type WriterKey,
} from '@gondola/contract';
import type { Frame } from './frame.js';
import type { FramingDeps } from './framing.js';
import { messagePlaces } from './message-place.js';
import { dataschemaIdOf } from './schema-id.js';

/** Whose record it is, as far as that is known, and its event, or why it has none. */
export interface Recognised {
  readonly event: Event | Problem;
  readonly contract: Contract | null;
  readonly version: number | null;
}

/** Decodes the value of a record, `bytes[start, end)`, whose frame is known. Never throws. */
export type DecodeRecord = (frame: Frame, bytes: Buffer, start: number, end: number) => Recognised;

/** Of a CloudEvents envelope, whose contract is only known once it is parsed. */
const ENVELOPE_BYTES_MAX = 1_048_576;
const BRACE = 0x7b;

/** The way of every record that cannot be read straight into columns, and of all that have something wrong. */
export function createDecodeRecord({ registry, defaultSubject }: FramingDeps): DecodeRecord {
  const byDefault = defaultSubject === null ? null : registry.contractOf(defaultSubject);
  const jsonBytesMax = Math.max(ENVELOPE_BYTES_MAX, byDefault?.valueBytesMax ?? 0);

  function structuredOrDefault(bytes: Buffer, start: number, end: number): Recognised {
    const length = end - start;
    if (length > jsonBytesMax) return tooLarge(jsonBytesMax, null, null);
    const parsed = parseJson(bytes, start, end);
    if (parsed instanceof Problem) return { event: parsed, contract: null, version: null };
    const envelope = parsed as Envelope;
    if (isEnvelope(envelope)) return structured(envelope, length);
    if (!byDefault) return refused('subject_unknown', 'plain JSON, and the stream has no default subject');
    const version = byDefault.newestVersion;
    if (length > byDefault.valueBytesMax) return tooLarge(byDefault.valueBytesMax, byDefault, version);
    return { event: byDefault.decodeJson(parsed), contract: byDefault, version };
  }

  /** What is in `data` is JSON; bytes are in `data_base64`, and `dataschema` or the type says what they are. */
  function structured(envelope: Envelope, length: number): Recognised {
    const { type, data, data_base64: base64, dataschema, datacontenttype } = envelope;
    const id =
      typeof base64 === 'string' && typeof dataschema === 'string' ? dataschemaIdOf(dataschema) : null;
    const named = id === null ? knownByType(String(type)) : registry.schemaById(id);
    // Which message of a file it is, an envelope has no place to say.
    const found = named && 'messageAt' in named ? named.messageAt(null) : named;
    if (!found)
      return id === null
        ? refused('subject_unknown', 'no contract has the type in the CloudEvents envelope')
        : refused('schema_unknown', `no schema has the id ${id}`);
    if (found instanceof Problem) return { event: found, contract: null, version: null };
    const { contract, version, writer, kind } = found;
    if (length > contract.valueBytesMax) return tooLarge(contract.valueBytesMax, contract, version);
    if (typeof base64 !== 'string') return { event: contract.decodeJson(data, writer), contract, version };
    const bytes = Buffer.from(base64, 'base64');
    if (kind !== 'protobuf' && String(datacontenttype).includes('protobuf'))
      return refused(
        'schema_unknown',
        "Protobuf without a schema id, and the contract's own schema is another",
      );
    if (kind !== 'json' && bytes[0] !== BRACE)
      return { event: decodeBinary(kind, contract, bytes, 0, bytes.length, writer), contract, version };
    const parsed = parseJson(bytes, 0, bytes.length);
    return {
      event: parsed instanceof Problem ? parsed : contract.decodeJson(parsed, writer),
      contract,
      version,
    };
  }

  function knownByType(type: string): KnownSchema | null {
    const contract = registry.contractOf(type);
    if (!contract) return null;
    const writer = contract.versionOfType(type);
    return { contract, version: contract.newestVersion, writer, kind: contract.kindOf(writer) };
  }

  return (frame, bytes, start, end) => {
    const { contract, version, encoding, isDeflated, messages } = frame;
    if (messages) return deflatedMessage(messages, bytes.subarray(start + frame.prefixBytes, end));
    if (encoding === 'json or envelope' || !contract) return structuredOrDefault(bytes, start, end);
    const from = start + frame.prefixBytes;
    if (isDeflated) {
      const inflated = inflate(bytes.subarray(from, end), contract.valueBytesMax);
      if (inflated === 'too large') return tooLarge(contract.valueBytesMax, contract, version);
      if (inflated instanceof Problem) return { event: inflated, contract, version };
      return decode(frame, contract, inflated, 0, inflated.length);
    }
    return decode(frame, contract, bytes, from, end);
  };
}

/** Only behind the schema's id, inflated, is it said which message it is, and so of which contract. */
function deflatedMessage(messages: KnownMessages, bytes: Buffer): Recognised {
  const inflated = inflate(bytes, ENVELOPE_BYTES_MAX);
  if (inflated === 'too large') return tooLarge(ENVELOPE_BYTES_MAX, null, null);
  if (inflated instanceof Problem) return { event: inflated, contract: null, version: null };
  const placed = messagePlaces.glue(inflated, 0, inflated.length);
  const found = placed && messages.messageAt(placed.place);
  if (!found) return refused('decode_failed', 'what follows the schema id names no message');
  if (found instanceof Problem) return { event: found, contract: null, version: null };
  const { contract, version, writer } = found;
  if (inflated.length > contract.valueBytesMax) return tooLarge(contract.valueBytesMax, contract, version);
  const event = contract.protobuf.decode(inflated, placed.bytes, inflated.length, writer);
  return { event, contract, version };
}

function decode(
  { version, writer, encoding }: Frame,
  contract: Contract,
  bytes: Buffer,
  start: number,
  end: number,
): Recognised {
  if (encoding === 'avro' || encoding === 'protobuf')
    return { event: decodeBinary(encoding, contract, bytes, start, end, writer), contract, version };
  const parsed = parseJson(bytes, start, end);
  return {
    event: parsed instanceof Problem ? parsed : contract.decodeJson(parsed, writer),
    contract,
    version,
  };
}

function decodeBinary(
  kind: 'avro' | 'protobuf',
  contract: Contract,
  bytes: Buffer,
  start: number,
  end: number,
  writer: WriterKey,
): Event | Problem {
  return kind === 'avro'
    ? contract.decodeAvro(bytes, start, end, writer)
    : contract.protobuf.decode(bytes, start, end, writer);
}

interface Envelope {
  readonly specversion?: unknown;
  readonly type?: unknown;
  readonly data?: unknown;
  readonly data_base64?: unknown;
  readonly dataschema?: unknown;
  readonly datacontenttype?: unknown;
}

const isEnvelope = ({ specversion, type, data, data_base64: base64 }: Envelope): boolean =>
  typeof specversion === 'string' &&
  typeof type === 'string' &&
  (data !== undefined || typeof base64 === 'string');

function inflate(bytes: Buffer, bytesMax: number): Buffer | Problem | 'too large' {
  try {
    return inflateSync(bytes, { maxOutputLength: bytesMax });
  } catch (error) {
    const { code } = (error ?? {}) as { readonly code?: unknown };
    return code === 'ERR_BUFFER_TOO_LARGE'
      ? 'too large'
      : new Problem('decode_failed', '', 'what follows the schema id is not zlib');
  }
}

/** A record that does not get as far as having a contract. */
export function refused(reason: Problem['reason'], message: string): Recognised {
  return { event: new Problem(reason, '', message), contract: null, version: null };
}

export function tooLarge(bytesMax: number, contract: Contract | null, version: number | null): Recognised {
  return { event: new Problem('value_too_large', '', `more than ${bytesMax} bytes`), contract, version };
}

/** JSON.parse takes longer with each level: for 400,000 of them, which a megabyte holds, a tenth of a second and more. */
const DEPTH_MAX = 1_000;
const [QUOTE, BACKSLASH, OPEN_LIST, CLOSE_LIST, CLOSE_BRACE] = Buffer.from('"\\[]}');

/** Whether lists and objects stand in each other deeper than any event's. Nothing so short can be that takes long. */
function isTooDeep(bytes: Buffer, start: number, end: number): boolean {
  if (end - start < 8 * DEPTH_MAX) return false;
  let depth = 0;
  for (let at = start, isText = false; at < end; at++) {
    const byte = bytes[at];
    if (byte === QUOTE) isText = !isText;
    else if (isText) at += byte === BACKSLASH ? 1 : 0;
    else if (byte === OPEN_LIST || byte === BRACE) {
      if (++depth > DEPTH_MAX) return true;
    } else if (byte === CLOSE_LIST || byte === CLOSE_BRACE) depth--;
  }
  return false;
}

function parseJson(bytes: Buffer, start: number, end: number): unknown {
  // Decoding puts U+FFFD where bytes are wrong: they have to be looked at before.
  if (!isUtf8(bytes.subarray(start, end))) return new Problem('decode_failed', '', 'not UTF-8');
  if (isTooDeep(bytes, start, end))
    return new Problem(
      'decode_failed',
      '',
      `lists and objects are more than ${DEPTH_MAX} deep in each other`,
    );
  try {
    return JSON.parse(bytes.toString('utf8', start, end));
  } catch {
    // The parser's own message quotes the text, which may be personal.
    return new Problem('decode_failed', '', 'not JSON');
  }
}

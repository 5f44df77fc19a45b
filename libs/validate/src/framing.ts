import { isUtf8 } from 'node:buffer';
import { Problem, type Contract, type ContractLookup, type Event } from '@gondola/contract';
import type { Header } from '@gondola/stream';

/** Whose record it is, as far as that is known, and its event, or why it has none. */
export interface Recognised {
  readonly event: Event | Problem;
  readonly contract: Contract | null;
  readonly version: number | null;
}

export interface FramingDeps {
  readonly registry: ContractLookup;
  /** Whose events un-enveloped JSON is; null: such records are `subject_unknown`. */
  readonly defaultSubject: string | null;
}

/** Says how a record is framed and decodes it. `bytes[start, end)` is the record's value, not empty. Never throws. */
export type Recognise = (
  bytes: Buffer,
  start: number,
  end: number,
  headers: () => readonly Header[],
) => Recognised;

const CONFLUENT_MAGIC = 0;
const CONFLUENT_PREFIX_BYTES = 5;
const BRACE = 0x7b;
const TYPE_HEADERS = new Set(['ce_type', 'ce-type', 'cloudevents:type']);
/** Of a CloudEvents envelope, whose contract is only known once it is parsed. */
const ENVELOPE_BYTES_MAX = 1_048_576;

/**
 * Framings, in the order in which they are looked for:
 * 1. a zero byte: Confluent's prefix with the schema id;
 * 2. a CloudEvents type header: binary mode, the value is the event in JSON or Avro, by the content type or its first byte;
 * 3. `{`: JSON, either a CloudEvents envelope (structured mode) or an event of the default subject.
 *
 * Nothing is decoded that is larger than its contract allows.
 */
export function createRecognise({ registry, defaultSubject }: FramingDeps): Recognise {
  const byDefault = defaultSubject === null ? null : registry.contractOf(defaultSubject);
  const jsonBytesMax = Math.max(ENVELOPE_BYTES_MAX, byDefault?.valueBytesMax ?? 0);

  function prefixed({ bytes, start, end }: Value): Recognised {
    if (end - start < CONFLUENT_PREFIX_BYTES)
      return refused('decode_failed', 'the bytes end inside the schema id');
    const id = bytes.readInt32BE(start + 1);
    const found = registry.schemaById(id);
    if (!found) return refused('schema_unknown', `no schema has the id ${id}`);
    const { contract, version } = found;
    if (end - start > contract.valueBytesMax) return tooLarge(contract.valueBytesMax, contract, version);
    return {
      event: contract.decodeAvro(bytes, start + CONFLUENT_PREFIX_BYTES, end, version),
      contract,
      version,
    };
  }

  function binaryMode(type: string, headers: readonly Header[], value: Value): Recognised {
    const { bytes, start, end } = value;
    const contract = registry.contractOf(type);
    if (!contract) return refused('subject_unknown', 'no contract has the type in the CloudEvents header');
    const version = contract.versionOfType(type);
    if (end - start > contract.valueBytesMax) return tooLarge(contract.valueBytesMax, contract, version);
    const contentType = headerText(headers, (key) => key === 'content-type') ?? '';
    const isAvro =
      contentType.includes('avro') || (!contentType.includes('json') && firstByte(value) !== BRACE);
    if (isAvro) return { event: contract.decodeAvro(bytes, start, end, version), contract, version };
    const parsed = parseJson(value);
    return { event: parsed instanceof Problem ? parsed : contract.decodeJson(parsed), contract, version };
  }

  function structuredOrDefault(value: Value): Recognised {
    const length = value.end - value.start;
    if (length > jsonBytesMax) return tooLarge(jsonBytesMax, null, null);
    const parsed = parseJson(value);
    if (parsed instanceof Problem) return { event: parsed, contract: null, version: null };
    const envelope = parsed as { specversion?: unknown; type?: unknown; data?: unknown };
    const isEnvelope =
      typeof envelope.specversion === 'string' &&
      typeof envelope.type === 'string' &&
      envelope.data !== undefined;
    const contract = isEnvelope ? registry.contractOf(String(envelope.type)) : byDefault;
    if (!contract)
      return isEnvelope
        ? refused('subject_unknown', 'no contract has the type in the CloudEvents envelope')
        : refused('subject_unknown', 'plain JSON, and the stream has no default subject');
    const version = contract.newestVersion;
    if (length > contract.valueBytesMax) return tooLarge(contract.valueBytesMax, contract, version);
    return { event: contract.decodeJson(isEnvelope ? envelope.data : parsed), contract, version };
  }

  return function recognise(bytes, start, end, headers) {
    const value = { bytes, start, end };
    if (bytes[start] === CONFLUENT_MAGIC) return prefixed(value);
    const given = headers();
    const type = given.length === 0 ? null : headerText(given, (key) => TYPE_HEADERS.has(key));
    if (type !== null) return binaryMode(type, given, value);
    if (firstByte(value) === BRACE) return structuredOrDefault(value);
    return refused('framing_unknown', `the first byte is 0x${bytes[start].toString(16).padStart(2, '0')}`);
  };
}

interface Value {
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
}

/** A record that does not get as far as having a contract. */
export function refused(reason: Problem['reason'], message: string): Recognised {
  return { event: new Problem(reason, '', message), contract: null, version: null };
}

function tooLarge(bytesMax: number, contract: Contract | null, version: number | null): Recognised {
  return { event: new Problem('value_too_large', '', `more than ${bytesMax} bytes`), contract, version };
}

/** The first byte that is not JSON's white space, -1 when there is none. */
function firstByte({ bytes, start, end }: Value): number {
  for (let at = start; at < end; at++) {
    const byte = bytes[at];
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return byte;
  }
  return -1;
}

function headerText(headers: readonly Header[], wanted: (key: string) => boolean): string | null {
  const header = headers.find(({ key }) => wanted(key.toLowerCase()));
  return header ? Buffer.from(header.value).toString('latin1').trim() : null;
}

function parseJson({ bytes, start, end }: Value): unknown {
  // Decoding puts U+FFFD where bytes are wrong: they have to be looked at before.
  if (!isUtf8(bytes.subarray(start, end))) return new Problem('decode_failed', '', 'not UTF-8');
  try {
    return JSON.parse(bytes.toString('utf8', start, end));
  } catch {
    // The parser's own message quotes the text, which may be personal.
    return new Problem('decode_failed', '', 'not JSON');
  }
}

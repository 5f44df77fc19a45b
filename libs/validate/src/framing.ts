import type { Contract, ContractLookup, FastRead } from '@gondola/contract';
import type { Header, RecordBatch } from '@gondola/stream';
import { refused, tooLarge, type Recognised } from './decode-record.js';
import { unmappedOf } from './unmapped-record.js';

/** How a record is framed: whose event its value holds, where and how. */
export interface Frame {
  /** null: JSON that is nobody's unless it is an envelope. */
  readonly contract: Contract | null;
  readonly version: number;
  readonly encoding: 'avro' | 'json' | 'json or envelope';
  /** Bytes of the value before the event. */
  readonly prefixBytes: number;
  /** Reads the event straight into columns; null: it has to be decoded. */
  readonly readFast: FastRead | null;
}

export interface FramingDeps {
  readonly registry: ContractLookup;
  /** Whose events un-enveloped JSON is; null: such records are `subject_unknown`. */
  readonly defaultSubject: string | null;
}

/** Says how record `index` of a batch, which has a value, is framed, or why it cannot be told. Never throws. */
export type FrameOf = (records: RecordBatch, bytes: Buffer, index: number) => Frame | Recognised;

const CONFLUENT_MAGIC = 0;
const CONFLUENT_PREFIX_BYTES = 5;
const BRACE = 0x7b;
const TYPE_HEADERS = new Set(['ce_type', 'ce-type', 'cloudevents:type']);

/**
 * Framings, in the order in which they are looked for:
 * 1. a zero byte: Confluent's prefix with the schema id;
 * 2. a CloudEvents type header: binary mode, the value is the event in JSON or Avro, by the content type or its first byte;
 * 3. headers that say that it could not be mapped: it is what they say;
 * 4. `{`: JSON, either a CloudEvents envelope (structured mode) or an event of the default subject.
 *
 * Nothing is decoded that is larger than its contract allows.
 */
export function createFrameOf({ registry, defaultSubject }: FramingDeps): FrameOf {
  const byDefault = defaultSubject === null ? null : registry.contractOf(defaultSubject);
  const structuredOrDefault: Frame = {
    contract: byDefault,
    version: byDefault?.newestVersion ?? 0,
    encoding: 'json or envelope',
    prefixBytes: 0,
    readFast: byDefault?.fastJsonReader() ?? null,
  };
  const prefixedFrames = new WeakMap<Contract, Map<number, Frame>>();
  const framesByType = new Map<string, TypedFrames>();

  function prefixed(bytes: Buffer, start: number, length: number): Frame | Recognised {
    if (length < CONFLUENT_PREFIX_BYTES)
      return refused('decode_failed', 'the bytes end inside the schema id');
    const id = bytes.readInt32BE(start + 1);
    const found = registry.schemaById(id);
    if (!found) return refused('schema_unknown', `no schema has the id ${id}`);
    const { contract, version } = found;
    if (length > contract.valueBytesMax) return tooLarge(contract.valueBytesMax, contract, version);
    return prefixedFrame(contract, version);
  }

  /** The same for all records of a version, so that good records cost no object. */
  function prefixedFrame(contract: Contract, version: number): Frame {
    let frames = prefixedFrames.get(contract);
    if (!frames) prefixedFrames.set(contract, (frames = new Map()));
    let frame = frames.get(version);
    if (!frame) {
      const readFast = contract.fastAvroReader(version);
      frame = { contract, version, encoding: 'avro', prefixBytes: CONFLUENT_PREFIX_BYTES, readFast };
      frames.set(version, frame);
    }
    return frame;
  }

  function binaryMode(type: string, headers: readonly Header[], value: Value): Frame | Recognised {
    const frames = typedFrames(type);
    if (!frames) return refused('subject_unknown', 'no contract has the type in the CloudEvents header');
    const { contract, version } = frames.json;
    if (value.end - value.start > contract.valueBytesMax)
      return tooLarge(contract.valueBytesMax, contract, version);
    const contentType = headerText(headers, (key) => key === 'content-type') ?? '';
    const isAvro =
      contentType.includes('avro') || (!contentType.includes('json') && firstByte(value) !== BRACE);
    return isAvro ? frames.avro : frames.json;
  }

  /** The same for all records of a type, like those of a version. Types without a contract are not remembered. */
  function typedFrames(type: string): TypedFrames | null {
    const known = framesByType.get(type);
    if (known) return known;
    const contract = registry.contractOf(type);
    if (!contract) return null;
    const version = contract.versionOfType(type);
    const frame = { contract, version, prefixBytes: 0 };
    const frames: TypedFrames = {
      avro: { ...frame, encoding: 'avro', readFast: contract.fastAvroReader(version) },
      json: { ...frame, encoding: 'json', readFast: contract.fastJsonReader() },
    };
    framesByType.set(type, frames);
    return frames;
  }

  return (records, bytes, index) => {
    const start = records.valueStart[index];
    const length = records.valueLength[index];
    if (bytes[start] === CONFLUENT_MAGIC) return prefixed(bytes, start, length);
    const headers = records.headersAt(index);
    const type = headers.length === 0 ? null : headerText(headers, (key) => TYPE_HEADERS.has(key));
    if (type !== null) return binaryMode(type, headers, { bytes, start, end: start + length });
    if (bytes[start] === BRACE || firstByte({ bytes, start, end: start + length }) === BRACE)
      return unmappedOf(headers) ?? structuredOrDefault;
    return unmappedOf(headers) ?? unknown(bytes[start]);
  };
}

function unknown(first: number): Recognised {
  return refused('framing_unknown', `the first byte is 0x${first.toString(16).padStart(2, '0')}`);
}

interface TypedFrames {
  readonly avro: Frame;
  readonly json: Frame & { readonly contract: Contract };
}

interface Value {
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
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
  if (!header) return null;
  const { buffer, byteOffset, length } = header.value;
  return Buffer.from(buffer, byteOffset, length).toString('latin1').trim();
}

import {
  Problem,
  type Contract,
  type ContractLookup,
  type FastRead,
  type KnownSchema,
  type SchemaId,
  type WriterKey,
} from '@gondola/contract';
import type { Header, RecordBatch } from '@gondola/stream';
import { refused, tooLarge, type Recognised } from './decode-record.js';
import { GLUE_MAGIC, GLUE_PREFIX_BYTES, GLUE_ZLIB, glueIdOf, headerIdOf } from './schema-id.js';
import { unmappedOf } from './unmapped-record.js';

/** How a record is framed: whose event its value holds, where and how. */
export interface Frame {
  /** null: JSON that is nobody's unless it is an envelope. */
  readonly contract: Contract | null;
  readonly version: number;
  /** Who wrote the event. */
  readonly writer: WriterKey;
  readonly encoding: 'avro' | 'json' | 'json or envelope';
  /** Bytes of the value before the event. */
  readonly prefixBytes: number;
  /** What follows the prefix has to be inflated first. */
  readonly isDeflated: boolean;
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
const NO_PREFIX = { prefixBytes: 0, isDeflated: false };
/** Of the bindings of CloudEvents to Kafka, HTTP and AMQP, which has two: names for JMS may hold no colon. */
const TYPE_HEADERS = new Set(['ce_type', 'ce-type', 'cloudevents:type', 'cloudevents_type']);

/**
 * Framings, in the order in which they are looked for:
 * 1. where a remote registry gives ids: headers that name the schema (Confluent's, Azure's content type, CloudEvents'
 *    dataschema), since Avro without a prefix may begin with any byte;
 * 2. a zero byte: Confluent's prefix with the schema id;
 * 3. 0x03 and how it is compressed: AWS Glue's, with the schema's GUID;
 * 4. a CloudEvents type header: binary mode, the value is the event in JSON or Avro, by the content type or its first byte;
 * 5. headers that say that it could not be mapped: it is what they say;
 * 6. `{`: JSON, either a CloudEvents envelope (structured mode) or an event of the default subject.
 *
 * Nothing is decoded that is larger than its contract allows.
 */
export function createFrameOf({ registry, defaultSubject }: FramingDeps): FrameOf {
  const byDefault = defaultSubject === null ? null : registry.contractOf(defaultSubject);
  const structuredOrDefault: Frame = {
    ...NO_PREFIX,
    contract: byDefault,
    version: byDefault?.newestVersion ?? 0,
    writer: byDefault?.newestVersion ?? 0,
    encoding: 'json or envelope',
    readFast: byDefault?.fastJsonReader() ?? null,
  };
  const isRemote = registry.remote !== undefined;
  const framesById = {
    confluent: framesOf({ prefixBytes: CONFLUENT_PREFIX_BYTES, isDeflated: false }),
    glue: framesOf({ prefixBytes: GLUE_PREFIX_BYTES, isDeflated: false }),
    deflated: framesOf({ prefixBytes: GLUE_PREFIX_BYTES, isDeflated: true }),
    header: framesOf(NO_PREFIX),
  };
  const typedFrames = createTypedFrames(registry);

  function byId(id: SchemaId, length: number, frameOf: (schema: KnownSchema) => Frame): Frame | Recognised {
    const found = registry.schemaById(id);
    if (!found) return refused('schema_unknown', `no schema has the id ${id}`);
    if (found instanceof Problem) return { event: found, contract: null, version: null };
    const { contract, version } = found;
    if (length > contract.valueBytesMax) return tooLarge(contract.valueBytesMax, contract, version);
    return frameOf(found);
  }

  function prefixed(bytes: Buffer, start: number, length: number): Frame | Recognised {
    if (length < CONFLUENT_PREFIX_BYTES)
      return refused('decode_failed', 'the bytes end inside the schema id');
    return byId(bytes.readInt32BE(start + 1), length, framesById.confluent);
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

  return (records, bytes, index) => {
    const start = records.valueStart[index];
    const length = records.valueLength[index];
    const first = bytes[start];
    if (isRemote) {
      const named = records.headersAt(index);
      const id = named.length === 0 ? null : headerIdOf(named, first === BRACE);
      if (id !== null) return byId(id, length, framesById.header);
    }
    if (first === CONFLUENT_MAGIC) return prefixed(bytes, start, length);
    const glueId = first === GLUE_MAGIC ? glueIdOf(bytes, start, length) : null;
    if (glueId !== null)
      return byId(glueId, length, bytes[start + 1] === GLUE_ZLIB ? framesById.deflated : framesById.glue);
    const headers = records.headersAt(index);
    const type = headers.length === 0 ? null : headerText(headers, (key) => TYPE_HEADERS.has(key));
    if (type !== null) return binaryMode(type, headers, { bytes, start, end: start + length });
    const unmapped = unmappedOf(headers);
    if (unmapped) return unmapped;
    if (first === BRACE || firstByte({ bytes, start, end: start + length }) === BRACE)
      return structuredOrDefault;
    const id = isRemote || headers.length === 0 ? null : headerIdOf(headers, false);
    if (id !== null) return byId(id, length, framesById.header);
    return refused('framing_unknown', `the first byte is 0x${first.toString(16).padStart(2, '0')}`);
  };
}

/** Frames of schemas, each the same for all its records, so that good ones cost no object. */
function framesOf(prefix: Pick<Frame, 'prefixBytes' | 'isDeflated'>): (schema: KnownSchema) => Frame {
  const frames = new WeakMap<KnownSchema, Frame>();
  return (schema) => {
    let frame = frames.get(schema);
    if (!frame) {
      const { contract, version, writer, kind } = schema;
      const encoding = kind === 'avro' ? 'avro' : 'json';
      const readFast =
        encoding === 'avro' ? contract.fastAvroReader(writer) : contract.fastJsonReader(writer);
      frame = {
        ...prefix,
        contract,
        version,
        writer,
        encoding,
        readFast: prefix.isDeflated ? null : readFast,
      };
      frames.set(schema, frame);
    }
    return frame;
  };
}

/** Frames by CloudEvents type, the same for all its records. Types without a contract are not remembered. */
function createTypedFrames(registry: ContractLookup): (type: string) => TypedFrames | null {
  const framesByType = new Map<string, TypedFrames>();
  return (type) => {
    const known = framesByType.get(type);
    if (known) return known;
    const contract = registry.contractOf(type);
    if (!contract) return null;
    const version = contract.versionOfType(type);
    const frame = { ...NO_PREFIX, contract, version, writer: version };
    const frames: TypedFrames = {
      avro: { ...frame, encoding: 'avro', readFast: contract.fastAvroReader(version) },
      json: { ...frame, encoding: 'json', readFast: contract.fastJsonReader(version) },
    };
    framesByType.set(type, frames);
    return frames;
  };
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

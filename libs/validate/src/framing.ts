import type { Contract, ContractLookup, SchemaKind } from '@gondola/contract';
import { createForeignOf, withoutHeaders, type Header, type RecordBatch } from '@gondola/stream';
import { refused, tooLarge, type Recognised } from './decode-record.js';
import { fastReaderOf, type Frame } from './frame.js';
import { createSchemaFrames } from './schema-frames.js';
import { GLUE_MAGIC, glueIdOf, headerIdOf } from './schema-id.js';
import { unmappedOf } from './unmapped-record.js';

export interface FramingDeps {
  readonly registry: ContractLookup;
  /** Whose events un-enveloped JSON is; null: such records are `subject_unknown`. */
  readonly defaultSubject: string | null;
  /** Records that say they are of another one are refused; left out: none is. */
  readonly environment?: string;
}

/** Says how record `index` of a batch, which has a value, is framed, or why it cannot be told. Never throws. */
export type FrameOf = (records: RecordBatch, bytes: Buffer, index: number) => Frame | Recognised;

const NO_HEADERS: readonly Header[] = [];
const CONFLUENT_MAGIC = 0;
const BRACE = 0x7b;
const NO_PREFIX = { prefixBytes: 0, isDeflated: false };
/** Of the bindings of CloudEvents to Kafka, HTTP and AMQP, which has two: names for JMS may hold no colon. */
const TYPE_HEADERS = new Set(['ce_type', 'ce-type', 'cloudevents:type', 'cloudevents_type']);

/**
 * Records of another environment are refused, however they are framed. Framings, in the order in which they are looked for:
 * 1. where a remote registry gives ids: headers that name the schema (Confluent's, Azure's content type, CloudEvents'
 *    dataschema), since Avro without a prefix may begin with any byte;
 * 2. a zero byte: Confluent's prefix with the schema id;
 * 3. 0x03 and how it is compressed: AWS Glue's, with the schema's GUID;
 * 4. a CloudEvents type header: binary mode, the value is the event in JSON, Avro or Protobuf, by the content type or its first
 *    byte (which in Protobuf is never 0, 0x03 or `{`);
 * 5. headers that say that it could not be mapped: it is what they say;
 * 6. `{`: JSON, either a CloudEvents envelope (structured mode) or an event of the default subject;
 * 7. anything else where the default subject is a contract in Protobuf: an event of it.
 *
 * Where an id is of Protobuf, it is followed by which message of its file the record holds (`message-place.ts`).
 *
 * Nothing is decoded that is larger than its contract allows.
 */
export function createFrameOf({ registry, defaultSubject, environment }: FramingDeps): FrameOf {
  const foreignOf = environment === undefined ? null : createForeignOf(environment);
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
  const schemaFrames = createSchemaFrames(registry);
  const typedFrames = createTypedFrames(registry);
  const rawDefault = (byDefault && typedFrames(byDefault.subject)?.protobuf) ?? null;

  function binaryMode(type: string, headers: readonly Header[], value: Value): Frame | Recognised {
    const frames = typedFrames(type);
    if (!frames) return refused('subject_unknown', 'no contract has the type in the CloudEvents header');
    const { contract, version } = frames.json;
    if (value.end - value.start > contract.valueBytesMax)
      return tooLarge(contract.valueBytesMax, contract, version);
    const contentType = headerText(headers, (key) => key === 'content-type') ?? '';
    const encoding = encodingOf(contentType, value, frames.protobuf !== null);
    return (
      frames[encoding] ??
      refused(
        'schema_unknown',
        `${encoding} without a schema id, and the contract's own schema is no ${encoding}`,
      )
    );
  }

  return (records, bytes, index) => {
    const start = records.valueStart[index];
    const length = records.valueLength[index];
    const end = start + length;
    const first = bytes[start];
    const headers = records.headersAt === withoutHeaders ? NO_HEADERS : records.headersAt(index);
    if (headers.length > 0) {
      const foreign = foreignOf?.(headers) ?? null;
      if (foreign !== null)
        return refused('environment_foreign', `it was taken in in ${foreign}, this is ${environment}`);
      const id = isRemote ? headerIdOf(headers, first === BRACE) : null;
      if (id !== null) return schemaFrames.named(id, headers, bytes, start, end);
    }
    if (first === CONFLUENT_MAGIC) return schemaFrames.prefixed(bytes, start, end);
    const glueId = first === GLUE_MAGIC ? glueIdOf(bytes, start, length) : null;
    if (glueId !== null) return schemaFrames.glue(glueId, bytes, start, end);
    if (headers.length > 0) {
      const type = headerText(headers, (key) => TYPE_HEADERS.has(key));
      if (type !== null) return binaryMode(type, headers, { bytes, start, end });
      const unmapped = unmappedOf(headers);
      if (unmapped) return unmapped;
    }
    // A line feed is how most messages of Protobuf begin, and no space there.
    if (first === BRACE || (!rawDefault && firstByte({ bytes, start, end }) === BRACE))
      return structuredOrDefault;
    const id = isRemote || headers.length === 0 ? null : headerIdOf(headers, false);
    if (id !== null) return schemaFrames.named(id, headers, bytes, start, end);
    if (rawDefault && byDefault)
      return length > byDefault.valueBytesMax
        ? tooLarge(byDefault.valueBytesMax, byDefault, byDefault.newestVersion)
        : rawDefault;
    return refused('framing_unknown', `the first byte is 0x${first.toString(16).padStart(2, '0')}`);
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
    const own = contract.kindOf(version);
    const framed = (encoding: SchemaKind) => ({
      ...NO_PREFIX,
      contract,
      version,
      writer: version,
      encoding,
      readFast: fastReaderOf(contract, encoding, version),
    });
    const frames: TypedFrames = {
      avro: own === 'avro' ? framed('avro') : null,
      protobuf: own === 'protobuf' ? framed('protobuf') : null,
      json: framed('json'),
    };
    framesByType.set(type, frames);
    return frames;
  };
}

interface TypedFrames {
  /** Null: the contract's own schema is of another kind. */
  readonly avro: Frame | null;
  readonly protobuf: Frame | null;
  readonly json: Frame & { readonly contract: Contract };
}

interface Value {
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
}

function encodingOf(contentType: string, value: Value, isProtobuf: boolean): SchemaKind {
  for (const kind of ['protobuf', 'avro', 'json'] as const) if (contentType.includes(kind)) return kind;
  if (isProtobuf) return value.bytes[value.start] === BRACE ? 'json' : 'protobuf';
  return firstByte(value) === BRACE ? 'json' : 'avro';
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

import type {
  Contract,
  FastRead,
  KnownMessages,
  KnownSchema,
  SchemaKind,
  WriterKey,
} from '@gondola/contract';

/** How a record's bytes are read. */
export type FrameEncoding = 'avro' | 'protobuf' | 'json' | 'json or envelope';

/** How a record is framed: whose event its value holds, where and how. */
export interface Frame {
  /** null: JSON that is nobody's unless it is an envelope. */
  readonly contract: Contract | null;
  readonly version: number;
  /** Who wrote the event. */
  readonly writer: WriterKey;
  readonly encoding: FrameEncoding;
  /** Which of them it is can only be read when it is inflated; until then it is of no contract. */
  readonly messages?: KnownMessages;
  /** Bytes of the value before the event. */
  readonly prefixBytes: number;
  /** What follows the prefix has to be inflated first. */
  readonly isDeflated: boolean;
  /** Reads the event straight into columns; null: it has to be decoded. */
  readonly readFast: FastRead | null;
}

export type FrameOfSchema = (schema: KnownSchema) => Frame;

/** Frames of schemas, each the same for all its records, so that good ones cost no object. */
export function framesOf(prefix: Pick<Frame, 'prefixBytes' | 'isDeflated'>): FrameOfSchema {
  const frames = new WeakMap<KnownSchema, Frame>();
  return (schema) => {
    let frame = frames.get(schema);
    if (!frame) {
      const { contract, version, writer, kind } = schema;
      const readFast = fastReaderOf(contract, kind, writer);
      frame = {
        ...prefix,
        contract,
        version,
        writer,
        encoding: kind,
        readFast: prefix.isDeflated ? null : readFast,
      };
      frames.set(schema, frame);
    }
    return frame;
  };
}

export function fastReaderOf(contract: Contract, kind: SchemaKind, writer: WriterKey): FastRead | null {
  if (kind === 'json') return contract.fastJsonReader(writer);
  return kind === 'avro' ? contract.fastAvroReader(writer) : contract.protobuf.fastReader(writer);
}

import type { AvroRecord } from '../avro-type.js';
import type { EventBatchBuilder } from '../event-batch-builder.js';
import type { ProtoMessage } from '../protobuf/proto-schema.js';
import { avroReadSource } from './avro-source.js';
import { Constants, Unsupported } from './constants.js';
import type { JsonDemands } from './json-demands.js';
import { jsonReadSource } from './json-source.js';
import { protoReadSource } from './proto-source.js';
import { readerSource, type MakeReadSource } from './reader-source.js';
import type { FastShape } from './shape.js';

/**
 * Reads the event that is `batch.bytes[start, end)` straight into columns: no object is made for it, which is what makes
 * it seven to eleven times as fast as decoding, checking and collecting. It accepts only what those accept, with the same values, and
 * returns false, having done nothing, for all else: then they must say what is wrong, or append the event themselves.
 */
export type FastRead = (
  batch: EventBatchBuilder,
  record: number,
  schemaVersion: number,
  start: number,
  end: number,
  timeMsMax: number,
) => boolean;

/** A reader of what `writer` wrote, null when the contract has something that generated readers do not do. */
export function compileFastAvro(writer: AvroRecord, shape: FastShape): FastRead | null {
  return compile(
    shape,
    (constants) => (entryEnd, examined) => avroReadSource(writer, shape, examined, entryEnd, constants),
  );
}

/**
 * A reader of natural JSON, null when the contract has something that generated readers do not do. `demands`: of the JSON
 * Schema that the producer names.
 */
export function compileFastJson(shape: FastShape, demands: JsonDemands | null): FastRead | null {
  return compile(
    shape,
    (constants) => (entryEnd, examined) => jsonReadSource(shape, demands, examined, entryEnd, constants),
  );
}

/** A reader of messages of `writer`, null when the contract has something that generated readers do not do. */
export function compileFastProtobuf(
  writer: ProtoMessage,
  schema: AvroRecord,
  shape: FastShape,
): FastRead | null {
  return compile(
    shape,
    (constants) => (entryEnd, examined) =>
      protoReadSource(writer, schema, shape, examined, entryEnd, constants),
  );
}

function compile(shape: FastShape, makeRead: (constants: Constants) => MakeReadSource): FastRead | null {
  const constants = new Constants();
  try {
    return constants.compile(readerSource(shape, makeRead(constants), constants)) as FastRead;
  } catch (error) {
    if (error instanceof Unsupported) return null;
    throw error;
  }
}

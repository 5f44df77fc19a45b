import {
  Problem,
  type ContractLookup,
  type KnownMessages,
  type KnownSchema,
  type SchemaId,
} from '@gondola/contract';
import type { Header } from '@gondola/stream';
import { refused, tooLarge, type Recognised } from './decode-record.js';
import { framesOf, type Frame, type FrameOfSchema } from './frame.js';
import { messagePlaces, type ReadPlace } from './message-place.js';
import { GLUE_PREFIX_BYTES, GLUE_ZLIB } from './schema-id.js';

export const CONFLUENT_PREFIX_BYTES = 5;

/** Frames of values, `bytes[start, end)`, whose schema an id names: by where it stands. */
export interface SchemaFrames {
  /** Confluent's prefix. */
  readonly prefixed: (bytes: Buffer, start: number, end: number) => Frame | Recognised;
  /** AWS Glue's, whose id it is. */
  readonly glue: (id: SchemaId, bytes: Buffer, start: number, end: number) => Frame | Recognised;
  /** In one of the headers. */
  readonly named: (
    id: SchemaId,
    headers: readonly Header[],
    bytes: Buffer,
    start: number,
    end: number,
  ) => Frame | Recognised;
}

export function createSchemaFrames(registry: ContractLookup): SchemaFrames {
  const framesBehind = createFramesBehind();
  const deflatedFrames = framesOf({ prefixBytes: GLUE_PREFIX_BYTES, isDeflated: true });

  /** `from`: where the id is over. There `readPlace` reads which message it is, where the schema is a file of them. */
  function frame(
    found: Found,
    bytes: Buffer,
    start: number,
    from: number,
    end: number,
    readPlace: ReadPlace,
  ): Frame | Recognised {
    if (!('messageAt' in found)) return sized(found, end - start, framesBehind(from - start));
    const placed = readPlace(bytes, from, end);
    if (!placed) return refused('decode_failed', 'what follows the schema id names no message');
    const message = found.messageAt(placed.place);
    if (message instanceof Problem) return { event: message, contract: null, version: null };
    return sized(message, end - start, framesBehind(from + placed.bytes - start));
  }

  /** Or why there is none. */
  function find(id: SchemaId): Found | Recognised {
    const found = registry.schemaById(id);
    if (!found) return refused('schema_unknown', `no schema has the id ${id}`);
    return found instanceof Problem ? { event: found, contract: null, version: null } : found;
  }

  return {
    prefixed(bytes, start, end) {
      const from = start + CONFLUENT_PREFIX_BYTES;
      if (from > end) return refused('decode_failed', 'the bytes end inside the schema id');
      const found = find(bytes.readInt32BE(start + 1));
      return 'event' in found ? found : frame(found, bytes, start, from, end, messagePlaces.confluent);
    },
    glue(id, bytes, start, end) {
      const found = find(id);
      if ('event' in found) return found;
      if (bytes[start + 1] !== GLUE_ZLIB)
        return frame(found, bytes, start, start + GLUE_PREFIX_BYTES, end, messagePlaces.glue);
      return 'messageAt' in found ? deflatedMessages(found) : sized(found, end - start, deflatedFrames);
    },
    named(id, headers, bytes, start, end) {
      const found = find(id);
      return 'event' in found ? found : frame(found, bytes, start, start, end, messagePlaces.header(headers));
    },
  };
}

type Found = KnownSchema | KnownMessages;

function sized(schema: KnownSchema, length: number, frameOf: FrameOfSchema): Frame | Recognised {
  const { contract, version } = schema;
  if (length > contract.valueBytesMax) return tooLarge(contract.valueBytesMax, contract, version);
  return frameOf(schema);
}

/** By how many bytes stand before the event. */
function createFramesBehind(): (prefixBytes: number) => FrameOfSchema {
  const behind = new Map<number, FrameOfSchema>();
  return (prefixBytes) => {
    let frames = behind.get(prefixBytes);
    if (!frames) behind.set(prefixBytes, (frames = framesOf({ prefixBytes, isDeflated: false })));
    return frames;
  };
}

function deflatedMessages(messages: KnownMessages): Frame {
  return {
    prefixBytes: GLUE_PREFIX_BYTES,
    isDeflated: true,
    contract: null,
    version: 0,
    writer: 0,
    encoding: 'protobuf',
    messages,
    readFast: null,
  };
}

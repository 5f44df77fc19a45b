import { readMessageIndexes, readMessageNumber, type MessagePlace } from '@gondola/contract';
import type { Header } from '@gondola/stream';
import { CONFLUENT_HEADER, confluentIdEnd } from './schema-id.js';

/** Which message of its file a record holds, and how many bytes say so. */
interface PlacedMessage {
  readonly place: MessagePlace;
  readonly bytes: number;
}

/** Reads it from what follows the schema's id. Null: it is cut off or makes no sense. */
export type ReadPlace = (bytes: Buffer, start: number, end: number) => PlacedMessage | null;

const FIRST: PlacedMessage = { place: [0], bytes: 1 };
const UNSAID: PlacedMessage = { place: null, bytes: 0 };

export const messagePlaces: {
  readonly confluent: ReadPlace;
  readonly glue: ReadPlace;
  readonly header: (headers: readonly Header[]) => ReadPlace;
} = {
  /** A zero for the first message, else a list. */
  confluent: (bytes, start, end) => {
    if (start < end && bytes[start] === 0) return FIRST;
    return readMessageIndexes(bytes, start, end);
  },
  /** One number. */
  glue: (bytes, start, end) => readMessageNumber(bytes, start, end),
  /** Confluent's list in its header, behind the id. Other headers cannot say it. */
  header: (headers) => () => {
    const header = headers.find(({ key }) => key.toLowerCase() === CONFLUENT_HEADER);
    if (!header) return UNSAID;
    const { buffer, byteOffset, length } = header.value;
    const from = confluentIdEnd(header.value);
    if (length <= from) return UNSAID;
    const placed = readMessageIndexes(Buffer.from(buffer, byteOffset, length), from, length);
    return placed && { place: placed.place, bytes: 0 };
  },
};

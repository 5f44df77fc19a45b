import { Problem } from '@gondola/contract';
import type { RecordBatch } from '@gondola/stream';
import { createFrameOf, type FramingDeps } from './framing.js';

/** Says of a record whether its schema is still not known (and asks for it). */
export function createIsPending(deps: FramingDeps): (records: RecordBatch, index: number) => boolean {
  const frameOf = createFrameOf(deps);
  return (records, index) => {
    if (records.valueLength[index] <= 0) return false;
    const { buffer, byteOffset, length } = records.bytes;
    const frame = frameOf(records, Buffer.from(buffer, byteOffset, length), index);
    return 'event' in frame && frame.event instanceof Problem && frame.event.reason === 'schema_pending';
  };
}

import type { RecordSink } from '@gondola/stream';
import type { EmbeddedLog } from './embedded-log.js';

export function createEmbeddedSink(log: EmbeddedLog, stream: string): RecordSink {
  return {
    stream,
    append: async (records, producer) => log.append(stream, records, producer),
    lastSequence: async (producerId) => log.lastSequence(stream, producerId),
  };
}

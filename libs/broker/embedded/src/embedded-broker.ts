import type { Broker } from '@gondola/stream';
import type { EmbeddedLog } from './embedded-log.js';
import { createEmbeddedSink } from './embedded-sink.js';
import { createEmbeddedSource } from './embedded-source.js';

/** The broker that needs no server. Closing it closes the log. */
export function createEmbeddedBroker(log: EmbeddedLog, settings: { readonly batchBytesMax: number }): Broker {
  return {
    kind: 'embedded',
    prepare: async (stream, partitions) => log.createStream(stream, partitions),
    source: (options, deps) => createEmbeddedSource(log, { ...options, ...settings }, deps),
    wholeSource: (stream, deps) => ({
      ...createEmbeddedSource(log, { ...settings, stream, reader: '', allowGap: true }, deps),
      checkpoint: async () => {},
    }),
    sink: (stream) => createEmbeddedSink(log, stream),
    close: async () => log.close(),
  };
}

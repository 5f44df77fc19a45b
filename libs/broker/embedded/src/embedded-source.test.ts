import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLog, systemClock } from '@gondola/stream';
import { describeSource } from '@gondola/testing';
import { createEmbeddedSink, createEmbeddedSource, EmbeddedLog } from './index.js';

describeSource('the embedded log', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'gondola-log-'));
  const log = EmbeddedLog.open(join(folder, 'stream.sqlite'));
  let streams = 0;
  return {
    createStream: async (partitions) => {
      const stream = `stream-${streams++}`;
      log.createStream(stream, partitions);
      return stream;
    },
    sink: async (stream) => createEmbeddedSink(log, stream),
    source: async (stream, options) =>
      createEmbeddedSource(
        log,
        { stream, reader: 'suite', batchBytesMax: 64 * 1024, allowGap: options?.allowGap ?? false },
        { clock: systemClock, report: silentLog },
      ),
    forget: async (stream, beforeMs) => log.trim(stream, beforeMs),
    close: async () => {
      log.close();
      rmSync(folder, { recursive: true });
    },
  };
});

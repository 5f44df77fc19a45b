import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLog, systemClock } from '@gondola/stream';
import { describeSource, type SourceHarness } from '@gondola/testing';
import { createEmbeddedSink, createEmbeddedSource, EmbeddedLog } from './index.js';

async function start(): Promise<SourceHarness> {
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
        { stream, batchBytesMax: 64 * 1024, ...options },
        { clock: systemClock, log: silentLog },
      ),
    forget: async (stream, beforeMs) => log.trim(stream, beforeMs),
    close: async () => {
      log.close();
      rmSync(folder, { recursive: true });
    },
  };
}

describeSource('the embedded log', start, {
  'shares the partitions between two sources of one reader':
    'there is no server to share them out; two instances are told apart by the commits of the lake alone',
});

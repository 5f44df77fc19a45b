import type { RecordSink } from '@gondola/stream';
import { describeSource, type SourceHarness } from '@gondola/testing';
import { DEPS, startEventHubsServers } from './event-hubs-servers.js';

/** The suite's own clock becomes that of the hub: enqueued times are the server's, whatever a record says. */
function inTheTimeOfRecords(sink: RecordSink, setNowMs: (nowMs: number) => void): RecordSink {
  return {
    stream: sink.stream,
    lastSequence: (producerId) => sink.lastSequence(producerId),
    async append(records, producer) {
      setNowMs(records[0].timestampMs);
      await sink.append(records, producer);
    },
  };
}

async function start(): Promise<SourceHarness> {
  const servers = await startEventHubsServers();
  const { hubs } = servers;
  const broker = servers.broker();
  let streams = 0;
  return {
    waitMsMax: 90_000,
    createStream: async (partitions) => {
      const stream = `stream-${streams++}`;
      hubs.createHub(stream, partitions);
      return stream;
    },
    sink: async (stream) =>
      inTheTimeOfRecords(broker.sink(stream), (nowMs) => {
        hubs.nowMs = () => nowMs;
      }),
    source: async (stream, options) => {
      hubs.createConsumerGroup(stream, options.reader);
      return broker.source({ stream, ...options }, DEPS);
    },
    forget: async (stream, beforeMs) => hubs.trim(stream, beforeMs),
    restart: () => hubs.restart(),
    close: () => servers.stop(),
  };
}

const NO_ORDER = 'an append is sorted by key; records of different keys have no order among each other';

// Each of these has its own form in event-hubs-own.server-test.ts, which says what does hold.
describeSource('event hubs (look-alike)', start, {
  'gives back every record, with key, value, headers and time':
    'the time is when the hub took it; an empty key is none, a value that is null comes back empty',
  'starts where it is told, within a stored batch too, and never below': NO_ORDER,
  'repeats nothing when a producer sends again what it has sent': NO_ORDER,
  'keeps the positions of a thousand partitions':
    'a hub has at most 32 partitions (Standard), 100 (Premium) or 1,024 (Dedicated)',
});

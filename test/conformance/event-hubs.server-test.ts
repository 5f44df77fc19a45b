import { createEventHubsBroker, type EventHubsSettings } from '@gondola/broker-event-hubs';
import { silentLog, systemClock, systemRandom, type RecordSink, type SourceDeps } from '@gondola/stream';
import { describeSource, type SourceHarness } from '@gondola/testing';
import { AZURE_CONTAINER, startAzurite } from '../servers/azurite.js';
import { startEventHubs } from '../servers/event-hubs.js';

const DEPS: SourceDeps = { clock: systemClock, log: silentLog, random: systemRandom };
const SETTINGS: EventHubsSettings = {
  checkpointStore: { container: AZURE_CONTAINER },
  prefetchBytesMax: 16 << 20,
  ownerSilentMsMax: 30_000,
};

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
  const [hubs, azurite] = await Promise.all([startEventHubs(), startAzurite()]);
  const env = {
    EVENTHUBS_CONNECTION_STRING: hubs.connectionString,
    AZURE_STORAGE_CONNECTION_STRING: azurite.connectionString,
  };
  const broker = createEventHubsBroker(SETTINGS, env);
  let streams = 0;
  return {
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
    close: async () => {
      await broker.close();
      await hubs.stop();
      await azurite.stop();
    },
  };
}

describeSource('event hubs (look-alike)', start, {});

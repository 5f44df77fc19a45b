import { startEventHubsServers } from './event-hubs-servers.js';
import { AZURE_CONTAINER } from '../servers/azurite.js';
import { describeScaleOut, type ScaleOutBroker } from './describe-scale-out.js';

/** The least there is, so that a freeze outlasts it in seconds: the minute is frozen once, with Kafka. */
const OWNER_SILENT_MS = 3_000;

async function start(): Promise<ScaleOutBroker> {
  const servers = await startEventHubsServers();
  const broker = servers.broker();
  return {
    streamConfig: () => ({
      broker: 'event-hubs',
      checkpointStore: { container: AZURE_CONTAINER },
      consumerGroup: 'ingest',
      ownerSilentMsMax: OWNER_SILENT_MS,
    }),
    createStream: async (partitions) => {
      servers.hubs.createHub('sales', partitions, ['ingest']);
      return 'sales';
    },
    sink: async (stream) => broker.sink(stream),
    env: servers.env,
    close: () => servers.stop(),
  };
}

describeScaleOut('Event Hubs (look-alike)', start, {
  partitions: 6,
  freezeMs: 4 * OWNER_SILENT_MS,
});

import { createEventHubsBroker, type EventHubsSettings } from '@gondola/broker-event-hubs';
import { silentLog, systemClock, systemRandom, type Broker, type SourceDeps } from '@gondola/stream';
import { AZURE_CONTAINER, startAzurite } from '../servers/azurite.js';
import { startEventHubs, type EventHubsServer } from '../servers/event-hubs.js';

export const DEPS: SourceDeps = { clock: systemClock, log: silentLog, random: systemRandom };

export interface EventHubsServers {
  readonly hubs: EventHubsServer;
  readonly env: Readonly<Record<string, string>>;
  broker(settings?: Partial<EventHubsSettings>): Broker;
  stop(): Promise<void>;
}

/** A look-alike of Event Hubs, and storage for its checkpoints. */
export async function startEventHubsServers(): Promise<EventHubsServers> {
  const [hubs, azurite] = await Promise.all([startEventHubs(), startAzurite()]);
  const env = {
    EVENTHUBS_CONNECTION_STRING: hubs.connectionString,
    AZURE_STORAGE_CONNECTION_STRING: azurite.connectionString,
  };
  const brokers: Broker[] = [];
  return {
    hubs,
    env,
    broker(settings) {
      const broker = createEventHubsBroker(
        {
          checkpointStore: { container: AZURE_CONTAINER },
          prefetchBytesMax: 16 << 20,
          ownerSilentMsMax: 30_000,
          ...settings,
        },
        env,
      );
      brokers.push(broker);
      return broker;
    },
    async stop() {
      for (const broker of brokers) await broker.close();
      await hubs.stop();
      await azurite.stop();
    },
  };
}

import type { Broker } from '@gondola/stream';
import { createConnector, type EventHubsAccess } from './connect.js';
import { streamError } from './errors.js';
import { EventHubsSink } from './event-hubs-sink.js';
import { EventHubsSource } from './event-hubs-source.js';

export interface EventHubsSettings extends EventHubsAccess {
  /** Instances of one service read under it; the reader's own name when not set. It has to be made in the hub. */
  readonly consumerGroup?: string;
  /** Held for polls that are to come, of all partitions together. */
  readonly prefetchBytesMax: number;
  /** An instance that has not renewed its partitions for so long is taken for dead. */
  readonly ownerSilentMsMax: number;
}

/** Azure Event Hubs by its own protocol, AMQP. Making hubs, consumer groups and containers is not ours to do. */
export function createEventHubsBroker(settings: EventHubsSettings, env: NodeJS.ProcessEnv): Broker {
  const connector = createConnector(settings, env);
  const sinks: EventHubsSink[] = [];
  return {
    kind: 'event-hubs',
    async prepare(stream) {
      try {
        const client = await connector.producer(stream);
        await client.getEventHubProperties().finally(() => client.close());
      } catch (error) {
        throw streamError(error, `event hub ${stream}`);
      }
    },
    source(options, deps) {
      const { prefetchBytesMax, ownerSilentMsMax, consumerGroup = options.reader } = settings;
      return new EventHubsSource(
        connector,
        { ...options, consumerGroup, prefetchBytesMax, ownerSilentMsMax },
        deps,
      );
    },
    sink(stream) {
      const sink = new EventHubsSink(connector, stream);
      sinks.push(sink);
      return sink;
    },
    async close() {
      for (const sink of sinks) await sink.close();
    },
  };
}

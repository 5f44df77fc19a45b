import { createEmbeddedBroker, EmbeddedLog } from '@gondola/broker-embedded';
import type { StreamConfig } from '@gondola/config';
import type { Broker } from '@gondola/stream';

/** The broker that a configuration names. The SDK of a broker is loaded with its first use: nobody waits for another's. */
export async function openBroker(stream: StreamConfig): Promise<Broker> {
  switch (stream.broker) {
    case 'embedded':
      return createEmbeddedBroker(EmbeddedLog.open(stream.file), stream);
    case 'event-hubs': {
      const { createEventHubsBroker } = await import('@gondola/broker-event-hubs');
      return createEventHubsBroker(stream, process.env);
    }
  }
}

/** Partitions of streams that are made new, by brokers where making them is ours to do. */
export function partitionsOf(stream: StreamConfig): number {
  return 'partitions' in stream ? stream.partitions : 1;
}

import { createEmbeddedBroker, EmbeddedLog } from '@gondola/broker-embedded';
import type { StreamConfig } from '@gondola/config';
import { systemClock, type Broker } from '@gondola/stream';

/** The broker that a configuration names. The SDK of a broker is loaded with its first use: nobody waits for another's. */
export async function openBroker(stream: StreamConfig): Promise<Broker> {
  switch (stream.broker) {
    case 'embedded':
      return createEmbeddedBroker(EmbeddedLog.open(stream.file), stream);
    case 'kafka': {
      const { createKafkaBroker } = await import('@gondola/broker-kafka');
      return createKafkaBroker(stream, { clock: systemClock });
    }
  }
}

/** Partitions of streams that are made new, by brokers where making them is ours to do. */
export function partitionsOf(stream: StreamConfig): number {
  return stream.partitions;
}

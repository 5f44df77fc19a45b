import { createEmbeddedBroker, EmbeddedLog } from '@gondola/broker-embedded';
import type { StreamConfig } from '@gondola/config';
import { systemClock, type Broker, type RecordSink } from '@gondola/stream';

/** The broker that a configuration names. The SDK of a broker is loaded with its first use: nobody waits for another's. */
export async function openBroker(stream: StreamConfig): Promise<Broker> {
  switch (stream.broker) {
    case 'embedded':
      return createEmbeddedBroker(EmbeddedLog.open(stream.file), stream);
    case 'kafka': {
      const { createKafkaBroker } = await import('@gondola/broker-kafka');
      return createKafkaBroker(stream, { clock: systemClock });
    }
    case 'kinesis':
      return (await import('@gondola/broker-kinesis')).createKinesisBroker(stream);
    case 'event-hubs': {
      const { createEventHubsBroker } = await import('@gondola/broker-event-hubs');
      return createEventHubsBroker(stream, process.env);
    }
  }
}

export interface OpenSink {
  readonly broker: Broker;
  readonly sink: RecordSink;
  close(): Promise<void>;
}

/** Where ingest's validated events go on, null when its configuration names nothing. */
export async function openValidated({ validated }: { validated?: StreamConfig }): Promise<OpenSink | null> {
  if (!validated) return null;
  const broker = await openBroker(validated);
  try {
    await broker.prepare(validated.name, partitionsOf(validated));
  } catch (error) {
    await broker.close();
    throw error;
  }
  return { broker, sink: broker.sink(validated.name), close: () => broker.close() };
}

/** Partitions of streams that are made new, by brokers where making them is ours to do. */
export function partitionsOf(stream: StreamConfig): number {
  return 'partitions' in stream ? stream.partitions : 1;
}

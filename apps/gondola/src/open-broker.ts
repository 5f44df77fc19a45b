import { existsSync } from 'node:fs';
import { createEmbeddedBroker, EmbeddedLog } from '@gondola/broker-embedded';
import type { StreamConfig } from '@gondola/config';
import type { DetectServiceConfig } from '@gondola/detect-service';
import { markedSink, SetupError, systemClock, type Broker, type Log, type RecordSink } from '@gondola/stream';

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

/**
 * For who only reads: a stream that is not there yet is empty, and stays so when its name was mistyped. `--once` has nothing
 * to drain then and refuses; a service waits for the first record and says so.
 */
export function expectStream(stream: StreamConfig, { once, log }: { once: boolean; log: Log }): void {
  const missing = stream.broker === 'embedded' ? missingStream(stream) : null;
  if (missing === null) return;
  if (once)
    throw new SetupError(
      'stream_unavailable',
      `${missing}, so there is nothing to drain: name what the producers' side (collector, replay, up) writes to`,
    );
  log.warn(
    { stream: stream.name },
    `${missing}: it is made now and is empty until somebody writes to it. Is it what the producers' side writes to?`,
  );
}

function missingStream({ file, name }: Extract<StreamConfig, { broker: 'embedded' }>): string | null {
  if (!existsSync(file)) return `stream.file: there is no file ${file}`;
  const log = EmbeddedLog.open(file);
  try {
    return log.ends(name).length > 0 ? null : `stream.name: ${file} holds no stream ${name}`;
  } finally {
    log.close();
  }
}

export interface OpenSink {
  readonly broker: Broker;
  readonly sink: RecordSink;
  /** As `Broker.prepare`. */
  prepare(): Promise<void>;
  close(): Promise<void>;
}

/** Where ingest's validated events go on, null when its configuration names nothing. */
export async function openValidated({
  environment,
  validated,
}: {
  readonly environment: string;
  readonly validated?: StreamConfig;
}): Promise<OpenSink | null> {
  if (!validated) return null;
  const broker = await openBroker(validated);
  return {
    broker,
    sink: markedSink(broker.sink(validated.name), environment),
    prepare: () => broker.prepare(validated.name, partitionsOf(validated)),
    close: () => broker.close(),
  };
}

/** Partitions of streams that are made new, by brokers where making them is ours to do. */
export function partitionsOf(stream: StreamConfig): number {
  return 'partitions' in stream ? stream.partitions : 1;
}

/** All services ask for the same streams at the start: two at once would both try to make a topic. */
export function oneAtATime(action: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | null = null;
  return () => (running ??= action().finally(() => (running = null)));
}

/** What detect reads beside the events, and what it writes. */
export async function prepareForDetect(
  broker: Broker,
  { stream, reference, signalPartitions, detection }: DetectServiceConfig,
): Promise<void> {
  for (const { name } of reference) await broker.prepare(name, partitionsOf(stream));
  await broker.prepare(stream.signals, signalPartitions);
  if (detection.sumsStream !== null) await broker.prepare(detection.sumsStream, signalPartitions);
}

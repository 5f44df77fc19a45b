import type { EventDataBatch, EventHubProducerClient } from '@azure/event-hubs';
import { GondolaError, type OutgoingRecord, type RecordSink } from '@gondola/stream';
import type { Connector } from './connect.js';
import { streamError } from './errors.js';
import { inParallel } from './in-parallel.js';
import { eventOf, partitionKeyOf } from './record-mapping.js';
import { createPassingSequences, createStoredSequences, type SentSequences } from './sent-sequences.js';

/** Of the service. */
const KEY_LENGTH_MAX = 128;

interface Connected {
  readonly client: EventHubProducerClient;
  readonly sequences: SentSequences;
}

/**
 * A hub batches events of one key only: the records of an append are sorted by key, each key's batches go one after the
 * other, those of different keys side by side. So a key keeps its order, and keys have none among each other.
 *
 * At least once: an append that fails may have sent some of its keys, and what a producer has sent is remembered after it
 * was sent. Idempotent publishing is not offered by the client for keys.
 */
export class EventHubsSink implements RecordSink {
  private connecting: Promise<Connected> | null = null;

  constructor(
    private readonly connector: Connector,
    readonly stream: string,
  ) {}

  async append(
    records: readonly OutgoingRecord[],
    producer?: { id: string; sequence: number },
  ): Promise<void> {
    await this.guard(async ({ client, sequences }) => {
      const known = producer ? await sequences.last(producer.id) : -1;
      const fresh = producer ? records.slice(Math.max(0, known + 1 - producer.sequence)) : records;
      if (fresh.length === 0) return;
      const byKey = Map.groupBy(fresh, ({ key }) => partitionKeyOf(key));
      const batches = new Map<string | undefined, EventDataBatch[]>();
      // All of it before anything is sent: a record that is too large refuses the append as a whole.
      for (const [key, all] of byKey) batches.set(key, await this.batchesOf(client, key, all));
      await inParallel(batches.values(), async (ofKey) => {
        for (const batch of ofKey) await client.sendBatch(batch);
      });
      if (producer) await sequences.remember(producer.id, producer.sequence + records.length - 1);
    });
  }

  async lastSequence(producerId: string): Promise<number> {
    return this.guard(({ sequences }) => sequences.last(producerId));
  }

  async close(): Promise<void> {
    const connected = await this.connecting?.catch(() => null);
    await connected?.client.close();
  }

  private async batchesOf(
    client: EventHubProducerClient,
    partitionKey: string | undefined,
    records: readonly OutgoingRecord[],
  ): Promise<EventDataBatch[]> {
    if (partitionKey !== undefined && partitionKey.length > KEY_LENGTH_MAX)
      throw new GondolaError(
        'input_invalid',
        `event hub ${this.stream} takes keys of ${KEY_LENGTH_MAX} characters, this one has ${partitionKey.length}`,
        false,
      );
    let batch = await client.createBatch({ partitionKey });
    const batches = [batch];
    for (const record of records) {
      const event = eventOf(record);
      if (batch.tryAdd(event)) continue;
      batch = await client.createBatch({ partitionKey });
      batches.push(batch);
      if (!batch.tryAdd(event))
        throw new GondolaError(
          'input_invalid',
          `event hub ${this.stream} takes records of ${batch.maxSizeInBytes} bytes with all they carry, this one has a ` +
            `value of ${record.value?.length ?? 0} bytes`,
          false,
        );
    }
    return batches.filter(({ count }) => count > 0);
  }

  private async guard<T>(action: (connected: Connected) => Promise<T>): Promise<T> {
    try {
      this.connecting ??= this.connect();
      return await action(await this.connecting);
    } catch (error) {
      throw streamError(error, `event hub ${this.stream}`);
    }
  }

  private async connect(): Promise<Connected> {
    try {
      const container = await this.connector.container();
      const client = await this.connector.producer(this.stream);
      const hub = `${client.fullyQualifiedNamespace}/${client.eventHubName}`;
      const sequences = container ? createStoredSequences(container, hub) : createPassingSequences();
      return { client, sequences };
    } catch (error) {
      this.connecting = null;
      throw error;
    }
  }
}

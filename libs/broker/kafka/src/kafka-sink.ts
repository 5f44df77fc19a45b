import { compatibilityPartitioner, Consumer, Producer, type MessageToProduce } from '@platformatic/kafka';
import type { OutgoingRecord, RecordSink } from '@gondola/stream';
import type { Access } from './credentials.js';
import { streamErrorOf } from './kafka-errors.js';
import type { KafkaSettings } from './kafka-settings.js';
import { clientOptions } from './platformatic/client-options.js';
import type { TopicAdmin } from './topic-admin.js';
import { TransactionalProducer } from './transactional-producer.js';

/** What all sinks of a broker send with: one idempotent producer, and one transactional producer for each producer id and topic. */
export class KafkaProducers {
  private plain: Producer | null = null;
  private readonly transactional = new Map<string, TransactionalProducer>();

  constructor(
    private readonly access: Access,
    readonly settings: Pick<KafkaSettings, 'compression' | 'requestBytesMax'>,
    private readonly admin: TopicAdmin,
  ) {}

  transactionalOf(topic: string, id: string): TransactionalProducer {
    const key = JSON.stringify([topic, id]);
    const known = this.transactional.get(key) ?? new TransactionalProducer(this, this.admin, topic, id);
    this.transactional.set(key, known);
    return known;
  }

  async send(topic: string, records: readonly OutgoingRecord[]): Promise<void> {
    const producer = (this.plain ??= this.newProducer());
    try {
      for (const messages of requestsOf(topic, records, this.settings.requestBytesMax))
        await producer.send({ messages });
    } catch (error) {
      // Its sequence numbers may have a hole now, which the broker would refuse for ever.
      if (this.plain === producer) this.plain = null;
      await producer.close(true).catch(() => {});
      throw streamErrorOf(error, topic);
    }
  }

  newProducer(transactionalId?: string): Producer {
    return new Producer({
      ...clientOptions(this.access),
      // Without it a request that is sent again is stored again.
      idempotent: true,
      compression: this.settings.compression,
      partitioner: keyPartitioner(),
      ...(transactionalId !== undefined && { transactionalId }),
    });
  }

  /** Stands for a group whose offsets a transaction moves; it never joins. */
  newOffsets(group: string): Consumer {
    return new Consumer({ ...clientOptions(this.access), groupId: group });
  }

  async close(): Promise<void> {
    const open = [...this.transactional.values()];
    this.transactional.clear();
    const { plain } = this;
    this.plain = null;
    await Promise.all([...open.map((one) => one.close()), plain?.close(true).catch(() => {})]);
  }
}

/**
 * Without a producer id: durable when it resolves, but a failed append of several partitions may have left a part behind, and a
 * retry repeats it. With one: a transaction, see `TransactionalProducer`.
 */
export function createKafkaSink(producers: KafkaProducers, topic: string): RecordSink {
  return {
    stream: topic,
    async append(records, producer) {
      if (records.length === 0) return;
      if (producer) await producers.transactionalOf(topic, producer.id).append(records, producer.sequence);
      else await producers.send(topic, records);
    },
    lastSequence: (producerId) => producers.transactionalOf(topic, producerId).lastSequence(),
  };
}

/** Records in their order, cut into requests that a broker takes. */
export function* requestsOf(
  topic: string,
  records: readonly OutgoingRecord[],
  bytesMax: number,
): Generator<MessageToProduce[]> {
  let messages: MessageToProduce[] = [];
  let bytes = 0;
  for (const record of records) {
    const size = sizeOf(record);
    if (bytes + size > bytesMax && messages.length > 0) {
      yield messages;
      messages = [];
      bytes = 0;
    }
    messages.push(messageOf(topic, record));
    bytes += size;
  }
  if (messages.length > 0) yield messages;
}

/** What the record batch format needs beside key, value and headers, at the most. */
const RECORD_OVERHEAD_BYTES = 32;

function sizeOf({ key, value, headers = [] }: OutgoingRecord): number {
  const inHeaders = headers.reduce(
    (sum, header) => sum + header.key.length * 3 + header.value.length + 10,
    0,
  );
  return (key?.length ?? 0) + (value?.length ?? 0) + inHeaders + RECORD_OVERHEAD_BYTES;
}

function messageOf(topic: string, { key, value, headers, timestampMs }: OutgoingRecord): MessageToProduce {
  return {
    topic,
    timestamp: BigInt(Math.trunc(timestampMs)),
    ...(key && { key: viewOf(key) }),
    ...(value && { value: viewOf(value) }),
    // Buffers as keys of a Map are each their own key: two headers of one name both stay.
    ...(headers && { headers: new Map(headers.map((one) => [Buffer.from(one.key), viewOf(one.value)])) }),
  };
}

const viewOf = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);

/** As Java's producer: murmur2 of the key, so that all producers of a shop agree; records without a key take turns. */
function keyPartitioner() {
  let turn = 0;
  return (message: MessageToProduce, key: Buffer | undefined): number =>
    key ? compatibilityPartitioner(message, key) : turn++;
}

import type { Consumer, Message, Producer } from '@platformatic/kafka';
import { FencedError, type OutgoingRecord } from '@gondola/stream';
import { isFenced, streamErrorOf } from './kafka-errors.js';
import { requestsOf, type KafkaProducers } from './kafka-sink.js';
import type { TopicAdmin } from './topic-admin.js';

type Transaction = Awaited<ReturnType<Producer['beginTransaction']>>;

/** Kafka forgets the offset of a group that has no members after `offsets.retention.minutes`, 7 days unless somebody changed it. */
const REFRESH_MS = 12 * 3_600_000;

/**
 * A producer whose records are appended once, whatever is repeated. An append is one transaction of the records and, as the offset of
 * the group `gondola-producer-<id>` on partition 0 of the topic, the sequence that comes next: what is asked by `lastSequence` is never
 * behind or ahead of the records. A second process with the same id takes over. The first takes the id back with its next append when
 * that is what comes next (its partition has come back to it); when the other one has appended that already, it gets a `FencedError`.
 */
export class TransactionalProducer {
  private readonly group: string;
  private producer: Producer | null = null;
  private offsets: Consumer | null = null;
  /** Sequence of the next record; known while no other process can have moved it, that is while we are not fenced. */
  private next: number | null = null;
  private last: Promise<unknown> = Promise.resolve();
  private readonly refreshing: NodeJS.Timeout;

  constructor(
    private readonly producers: KafkaProducers,
    private readonly admin: TopicAdmin,
    private readonly topic: string,
    private readonly id: string,
  ) {
    this.group = `gondola-producer-${id}`;
    // Failing is no harm: the next append or refresh says it again.
    this.refreshing = setInterval(() => void this.inTurn(() => this.refresh()).catch(() => {}), REFRESH_MS);
    this.refreshing.unref();
  }

  append(records: readonly OutgoingRecord[], sequence: number): Promise<void> {
    return this.inTurn(() =>
      this.guarded(async () => {
        const known = this.next;
        if (known !== null && sequence + records.length <= known) return;
        try {
          await this.commit(sequence, records);
        } catch (error) {
          if (!isFenced(error)) throw error;
          await this.drop();
          if ((await this.committed()) > sequence) throw error;
          await this.commit(sequence, records);
        }
      }),
    );
  }

  lastSequence(): Promise<number> {
    // Asked each time: while our partition was another's, that one may have appended, and nothing has told us.
    return this.inTurn(async () => (await this.committed()) - 1);
  }

  async close(): Promise<void> {
    clearInterval(this.refreshing);
    await this.inTurn(() => this.drop());
  }

  private async refresh(): Promise<void> {
    const { next } = this;
    if (next !== null) await this.guarded(() => this.commit(next, []));
  }

  private async commit(sequence: number, records: readonly OutgoingRecord[]): Promise<void> {
    const producer = (this.producer ??= this.producers.newProducer(
      `gondola-producer-${this.topic}-${this.id}`,
    ));
    // The first one takes the id over: whoever had it is fenced, and what it had open is aborted.
    const transaction = await producer.beginTransaction(NOBODY);
    const from = this.next ?? (await this.committed());
    const fresh = records.slice(Math.max(0, from - sequence));
    const next = Math.max(from, sequence + records.length);
    for (const messages of requestsOf(this.topic, fresh, this.producers.settings.requestBytesMax))
      await transaction.send({ messages });
    await this.addNext(transaction, next);
    await transaction.commit();
    this.next = next;
  }

  private async committed(): Promise<number> {
    return (await this.admin.committed(this.group, this.topic, 0)) ?? 0;
  }

  /** As if we were the group's consumer and had read up to there. */
  private async addNext(transaction: Transaction, next: number): Promise<void> {
    const offsets = (this.offsets ??= this.producers.newOffsets(this.group));
    await transaction.addConsumer(offsets);
    const coordinatorId = await offsets.findGroupCoordinator();
    await transaction.addOffset({
      ...NO_MESSAGE,
      topic: this.topic,
      // The client commits the offset after the message's.
      offset: BigInt(next) - 1n,
      metadata: { consumer: { groupId: this.group, coordinatorId, generationId: -1, memberId: '' } },
    });
  }

  /** After an error nobody knows what the broker has taken: the next append takes the id over anew and asks. */
  private async guarded<T>(action: () => Promise<T>): Promise<T> {
    try {
      return await action();
    } catch (error) {
      await this.drop();
      if (isFenced(error))
        throw new FencedError(this.topic, `of producer ${this.id}`, 'to be the only one', 'another one');
      throw streamErrorOf(error, this.topic);
    }
  }

  private async drop(): Promise<void> {
    const { producer, offsets } = this;
    this.producer = null;
    this.offsets = null;
    this.next = null;
    await Promise.all([producer?.close(true).catch(() => {}), offsets?.close(true).catch(() => {})]);
  }

  /** One at a time: a producer has one transaction. */
  private inTurn<T>(action: () => Promise<T>): Promise<T> {
    const turn = this.last.then(action, action);
    this.last = turn.catch(() => {});
    return turn;
  }
}

/** Says that we do not know who had the id before; the client's own default names a producer, which the broker takes for a zombie. */
const NOBODY = { producerId: -1n, producerEpoch: -1 };

const NO_MESSAGE: Omit<Message, 'topic' | 'offset' | 'metadata'> = {
  key: Buffer.alloc(0),
  value: Buffer.alloc(0),
  headers: new Map(),
  headerEntries: [],
  partition: 0,
  timestamp: 0n,
  leaderEpoch: -1,
  commit() {},
  toJSON: () => {
    throw new Error('there is no message');
  },
};

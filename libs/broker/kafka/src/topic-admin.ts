import { Admin, FetchIsolationLevels, ListOffsetTimestamps } from '@platformatic/kafka';
import { SetupError, type Clock } from '@gondola/stream';
import type { Access } from './credentials.js';
import { streamErrorOf } from './kafka-errors.js';
import { clientOptions } from './platformatic/client-options.js';

/** Offsets between which a partition holds records. */
interface LogRange {
  /** Of the oldest record that is kept. */
  readonly first: number;
  /** Of the next record that will be appended. */
  readonly end: number;
}

const LEADER_ATTEMPTS_MAX = 50;
const LEADER_WAIT_MS = 100;

/** What is asked of the cluster itself, whatever client reads the records. Connects with the first question. */
export class TopicAdmin {
  private admin: Admin | null = null;

  constructor(
    private readonly access: Access,
    private readonly clock: Clock,
  ) {}

  /** Errors: a `SetupError` when the topic is not there and is not to be made. */
  async prepare(topic: string, partitions: number, createTopics: boolean): Promise<void> {
    const known = await this.asking(topic, (admin) => admin.listTopics({ includeInternals: false }));
    if (known.includes(topic)) return;
    if (!createTopics)
      throw new SetupError(
        'stream_unavailable',
        `Kafka has no topic ${topic}, or this user may not see it: make it, or set stream.createTopics on a machine of your own`,
      );
    await this.asking(topic, (admin) => admin.createTopics({ topics: [topic], partitions, replicas: 1 }));
    await this.untilServed(topic, partitions);
  }

  /** A new topic has no leaders for a moment, and a producer would give up on it. */
  private async untilServed(topic: string, partitions: number): Promise<void> {
    const all = Array.from({ length: partitions }, (_, partition) => partition);
    for (let attempt = 1; ; attempt++) {
      try {
        await this.ends(topic, all);
        return;
      } catch (error) {
        if (attempt === LEADER_ATTEMPTS_MAX) throw error;
        await this.clock.sleep(LEADER_WAIT_MS);
      }
    }
  }

  /** How many partitions the topic has now. */
  async partitionCount(topic: string): Promise<number> {
    const { topics } = await this.asking(topic, (admin) =>
      admin.metadata({ topics: [topic], forceUpdate: true }),
    );
    return topics.get(topic)?.partitionsCount ?? 0;
  }

  async ranges(topic: string, partitions: readonly number[]): Promise<Map<number, LogRange>> {
    const first = await this.offsets(topic, partitions, ListOffsetTimestamps.EARLIEST, 'uncommitted');
    const end = await this.offsets(topic, partitions, ListOffsetTimestamps.LATEST, 'uncommitted');
    return new Map(
      partitions.map((partition) => [
        partition,
        { first: first.get(partition) ?? 0, end: end.get(partition) ?? 0 },
      ]),
    );
  }

  /** Offsets after the newest record, of an open transaction too. */
  ends(topic: string, partitions: readonly number[]): Promise<Map<number, number>> {
    return this.offsets(topic, partitions, ListOffsetTimestamps.LATEST, 'uncommitted');
  }

  /** Offsets before which every transaction is over: what can be read now. */
  stableEnds(topic: string, partitions: readonly number[]): Promise<Map<number, number>> {
    return this.offsets(topic, partitions, ListOffsetTimestamps.LATEST, 'committed');
  }

  /** Offset that a group has committed for a partition, null when it has none. Waits for transactions that are under way. */
  async committed(group: string, topic: string, partition: number): Promise<number | null> {
    const groups = await this.asking(topic, (admin) =>
      admin.listConsumerGroupOffsets({
        groups: [{ groupId: group, topics: [{ name: topic, partitionIndexes: [partition] }] }],
        requireStable: true,
      }),
    );
    const offset = groups[0]?.topics[0]?.partitions[0]?.committedOffset ?? -1n;
    return offset < 0n ? null : Number(offset);
  }

  async close(): Promise<void> {
    const { admin } = this;
    this.admin = null;
    // Closing is best effort: there is nothing left that could be lost.
    await admin?.close().catch(() => {});
  }

  private async offsets(
    topic: string,
    partitions: readonly number[],
    at: bigint,
    isolation: 'committed' | 'uncommitted',
  ): Promise<Map<number, number>> {
    if (partitions.length === 0) return new Map();
    const listed = await this.asking(topic, (admin) =>
      admin.listOffsets({
        topics: [
          {
            name: topic,
            partitions: partitions.map((partitionIndex) => ({ partitionIndex, timestamp: at })),
          },
        ],
        isolationLevel:
          isolation === 'committed'
            ? FetchIsolationLevels.READ_COMMITTED
            : FetchIsolationLevels.READ_UNCOMMITTED,
      }),
    );
    return new Map(
      listed
        .flatMap((one) => one.partitions)
        .map(({ partitionIndex, offset }) => [partitionIndex, Number(offset)]),
    );
  }

  private async asking<T>(topic: string, question: (admin: Admin) => Promise<T>): Promise<T> {
    try {
      this.admin ??= new Admin(clientOptions(this.access));
      return await question(this.admin);
    } catch (error) {
      // It may have been closed because it was refused.
      await this.close();
      throw streamErrorOf(error, topic);
    }
  }
}

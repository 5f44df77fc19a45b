import { setTimeout as sleep } from 'node:timers/promises';
import type { RecordBatch } from '@gondola/stream';
import kafkajs, {
  type Consumer,
  type ConsumerCrashEvent,
  type ConsumerGroupJoinEvent,
  type ConsumerStartBatchProcessEvent,
  type EachBatchPayload,
  type KafkaConfig,
} from 'kafkajs';
import { Alarm } from '../alarm.js';
import type { Access } from '../credentials.js';
import { isRebalance } from '../kafka-errors.js';
import { groupTimes, OutOfRange, responseBytesMax, type Member, type MemberOptions } from '../member.js';
import { registerCodecs } from './codecs.js';
import { columnsOfMessages } from './columns-of-messages.js';

/** A fetch under way does not know of partitions that were added since: short, so that they do not wait. */
const FETCH_WAIT_MS = 250;
/** What kafkajs repeats by itself: little, the runner repeats for ever. */
const RETRY = { retries: 5, initialRetryTime: 200, maxRetryTime: 1_000 };

/** What happened, in order: a batch, or offsets without records (markers, aborted records), or a hole. */
interface Fetched {
  readonly partition: number;
  readonly next: number;
  readonly batch: RecordBatch | null;
  readonly bytes: number;
  readonly outOfRange: boolean;
}

/**
 * kafkajs pushes batches; here they are queued until they are polled. When the queue is full, `eachBatch` does not return, which
 * stops the fetching, and sends the heartbeats meanwhile. The group is joined paused: nothing is fetched before `read` said from where.
 */
export class KafkajsMember implements Member {
  private readonly consumer: Consumer;
  private queue: Fetched[] = [];
  private queuedBytes = 0;
  /** Counts assignments: what an older one fetched is dropped. */
  private generation = 0;
  private assignment: readonly number[] | null = null;
  private readonly expected = new Map<number, number>();
  private readonly handedOver = new Map<number, number>();
  private failure: Error | null = null;
  private isClosed = false;
  private isRejoining = false;
  private readonly alarm = new Alarm();

  constructor(private readonly options: MemberOptions) {
    registerCodecs();
    const { settings, access, group } = options;
    const bytesMax = responseBytesMax(settings);
    this.consumer = new kafkajs.Kafka({ ...configOf(access), ...this.resetsOnly() }).consumer({
      groupId: group,
      ...groupTimes(settings),
      maxBytes: bytesMax,
      maxBytesPerPartition: bytesMax,
      maxWaitTimeInMs: FETCH_WAIT_MS,
      allowAutoTopicCreation: false,
      retry: { ...RETRY, restartOnFailure: async () => false },
    });
    const { GROUP_JOIN, START_BATCH_PROCESS, CRASH } = this.consumer.events;
    this.consumer.on(GROUP_JOIN, (event) => this.joined(event));
    this.consumer.on(START_BATCH_PROCESS, (event) => this.skipped(event));
    this.consumer.on(CRASH, (event) => this.crashed(event));
  }

  async join(): Promise<void> {
    const { topic } = this.options;
    await this.consumer.connect();
    // Where there is no offset the client looks one up before it fetches; `read` always says another.
    await this.consumer.subscribe({ topics: [topic], fromBeginning: true });
    await this.consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      eachBatch: (payload) => this.take(payload),
    });
    if (this.failure) throw this.failure;
  }

  takeAssignment(): readonly number[] | null {
    const { assignment } = this;
    this.assignment = null;
    return assignment;
  }

  read(starts: ReadonlyMap<number, number>): void {
    const { topic } = this.options;
    this.forget();
    this.handedOver.clear();
    for (const [partition, offset] of starts) {
      this.expected.set(partition, offset);
      this.handedOver.set(partition, offset);
      this.consumer.seek({ topic, partition, offset: String(offset) });
    }
    this.consumer.resume([{ topic }]);
  }

  async next(waitMs: number): Promise<RecordBatch | null> {
    const untilMs = performance.now() + waitMs;
    for (;;) {
      if (this.failure) throw this.failure;
      if (this.assignment) return null;
      const fetched = this.queue[0];
      if (fetched) {
        // It stays, and nothing behind it is handed over, until `read` has said from where.
        if (fetched.outOfRange) throw new OutOfRange(fetched.partition, this.position(fetched.partition));
        this.queue.shift();
        this.queuedBytes -= fetched.bytes;
        this.handedOver.set(fetched.partition, fetched.next);
        if (fetched.batch) return fetched.batch;
        continue;
      }
      if (!(await this.alarm.wait(untilMs))) return null;
    }
  }

  position(partition: number): number {
    return this.handedOver.get(partition) ?? 0;
  }

  commit(offsets: ReadonlyMap<number, number>): Promise<void> {
    const { topic } = this.options;
    return this.consumer.commitOffsets(
      [...offsets].map(([partition, offset]) => ({ topic, partition, offset: String(offset) })),
    );
  }

  async leave(): Promise<void> {
    this.isClosed = true;
    this.forget();
    this.alarm.wake();
    await this.consumer.disconnect().catch(() => {});
  }

  private joined({ payload }: ConsumerGroupJoinEvent): void {
    const { topic } = this.options;
    this.generation++;
    this.isRejoining = false;
    this.forget();
    this.consumer.pause([{ topic }]);
    this.assignment = [...(payload.memberAssignment[topic] ?? [])].sort((a, b) => a - b);
    this.alarm.wake();
  }

  /** Called for each batch by the client, one after another. */
  private async take({ batch, resolveOffset, heartbeat }: EachBatchPayload): Promise<void> {
    const { generation } = this;
    const { fetchBytesMax } = this.options.settings;
    while (this.queuedBytes >= fetchBytesMax && this.isCurrent(generation)) {
      await sleep(QUEUE_CHECK_MS);
      await this.beat(heartbeat);
    }
    if (!this.isCurrent(generation)) return;
    const { topic, partition, messages } = batch;
    const next = Number(batch.lastOffset()) + 1;
    const records = columnsOfMessages(topic, partition, messages, next);
    // What was fetched from anywhere else: by an older `read`, or after the client went elsewhere by itself.
    const { fetchedOffset } = batch as typeof batch & { readonly fetchedOffset: string };
    const outOfRange = Number(fetchedOffset) !== this.expected.get(partition);
    this.push({ partition, next, batch: records, bytes: records.bytes.length, outOfRange });
    resolveOffset(batch.lastOffset());
    await this.beat(heartbeat);
  }

  /** A group that changes hands answers a heartbeat with an error, upon which the client joins again. */
  private async beat(heartbeat: () => Promise<void>): Promise<void> {
    try {
      await heartbeat();
    } catch (error) {
      if (isRebalance(error)) this.isRejoining = true;
      throw error;
    }
  }

  /** Batches of which nothing is left after filtering never reach `take`. */
  private skipped({ payload }: ConsumerStartBatchProcessEvent): void {
    const { partition, batchSize, lastOffset } = payload;
    if (batchSize > 0) return;
    this.push({ partition, next: Number(lastOffset) + 1, batch: null, bytes: 0, outOfRange: false });
  }

  /** Of all that the client logs, the one thing that no event tells: that an offset is gone and it goes on elsewhere. */
  private resetsOnly(): Pick<KafkaConfig, 'logLevel' | 'logCreator'> {
    return {
      logLevel: kafkajs.logLevel.ERROR,
      logCreator:
        () =>
        ({ log }) => {
          const { message, partition } = log;
          if (message !== OFFSET_RESET || typeof partition !== 'number') return;
          const next = this.expected.get(partition);
          if (next !== undefined) this.push({ partition, next, batch: null, bytes: 0, outOfRange: true });
        },
    };
  }

  private crashed({ payload }: ConsumerCrashEvent): void {
    this.failure = payload.error;
    this.alarm.wake();
  }

  private push(fetched: Fetched): void {
    this.queue.push(fetched);
    this.queuedBytes += fetched.bytes;
    this.expected.set(fetched.partition, fetched.next);
    this.alarm.wake();
  }

  private isCurrent(generation: number): boolean {
    return generation === this.generation && !this.isClosed && !this.isRejoining;
  }

  private forget(): void {
    this.queue = [];
    this.queuedBytes = 0;
    this.expected.clear();
  }
}

/** What kafkajs logs, with the partition, when it goes to the oldest record by itself; the test looks for it in its source. */
export const OFFSET_RESET = 'Offset out of range, resetting to default offset';

/** How often a full queue is looked at. */
const QUEUE_CHECK_MS = 10;

function configOf({ bootstrap, tls, sasl }: Access): KafkaConfig {
  return {
    clientId: 'gondola',
    brokers: [...bootstrap],
    connectionTimeout: 5_000,
    authenticationTimeout: 10_000,
    requestTimeout: 30_000,
    retry: RETRY,
    ...(tls && { ssl: tls }),
    ...(sasl && { sasl: saslOf(sasl) }),
  };
}

function saslOf(sasl: NonNullable<Access['sasl']>): NonNullable<KafkaConfig['sasl']> {
  if (sasl.kind === 'token')
    return {
      mechanism: 'oauthbearer',
      oauthBearerProvider: async () => ({ value: await sasl.token() }),
    };
  const { username, password } = sasl;
  switch (sasl.mechanism) {
    case 'PLAIN':
      return { mechanism: 'plain', username, password };
    case 'SCRAM-SHA-256':
      return { mechanism: 'scram-sha-256', username, password };
    case 'SCRAM-SHA-512':
      return { mechanism: 'scram-sha-512', username, password };
  }
}

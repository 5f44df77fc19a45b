import { ConnectionPool, Consumer, type GroupAssignment } from '@platformatic/kafka';
import { SetupError, type RecordBatch } from '@gondola/stream';
import { Alarm } from '../alarm.js';
import { streamErrorOf } from '../kafka-errors.js';
import { groupTimes, type Member, type MemberOptions } from '../member.js';
import { clientOptions } from '../platformatic/client-options.js';
import { FETCH_VERSION } from './fetch-response.js';
import { Fetcher } from './fetcher.js';

/** The client wants a name also where it never says it. */
const NO_GROUP = 'none';

/** Without a group every partition is ours, whoever else reads. */
export interface ColumnarOptions extends Omit<MemberOptions, 'group'> {
  readonly group: string | null;
}

/**
 * @platformatic/kafka is the member: it connects, signs in, follows the group and commits. Only fetching is ours, over connections
 * of their own (a fetch waits at the broker, and heartbeats must not wait behind it), and parses into columns.
 */
export class ColumnarMember implements Member {
  private readonly consumer: Consumer;
  private readonly pool: ConnectionPool;
  private readonly fetcher: Fetcher;
  /** As the client holds it: another list is another answer of the group, often the same partitions. */
  private seen: GroupAssignment[] | null = null;
  /** Without a group: all that the topic has. */
  private alone: GroupAssignment[] = [];
  private taken = '';
  private failure: Error | null = null;
  private readonly alarm = new Alarm();

  constructor(private readonly options: ColumnarOptions) {
    const { topic, group, settings, access } = options;
    const connection = clientOptions(access);
    this.consumer = new Consumer({
      ...connection,
      groupId: group ?? NO_GROUP,
      ...(settings.instanceId && { groupInstanceId: settings.instanceId }),
      protocols: [{ name: 'cooperative-sticky', version: 1 }],
      ...groupTimes(settings),
      autocommit: false,
    });
    this.pool = new ConnectionPool(connection.clientId, connection);
    this.fetcher = new Fetcher(this.pool, {
      topic,
      fetchBytesMax: settings.fetchBytesMax,
      isChecked: true,
      wake: () => this.alarm.wake(),
    });
    this.consumer.on('error', (error: Error) => this.fail(error));
    this.consumer.on('consumer:heartbeat:stalled', ({ lastError }) =>
      this.fail(lastError ?? new Error('the group coordinator has not answered for long')),
    );
    this.consumer.on('consumer:group:join', () => this.alarm.wake());
    this.consumer.on('consumer:group:rebalance', () => this.alarm.wake());
  }

  async join(): Promise<void> {
    await this.checkVersion();
    this.consumer.topics.track(this.options.topic);
    if (this.options.group === null) await this.takeAll();
    else await this.consumer.joinGroup();
  }

  takeAssignment(): readonly number[] | null {
    const { assignments } = this;
    const { memberId } = this.consumer;
    if (assignments === this.seen) return null;
    this.seen = assignments;
    const ours = (assignments ?? []).find((one) => one.topic === this.options.topic);
    const partitions = [...(ours?.partitions ?? [])].sort((a, b) => a - b);
    // Under another name we were away in between, and others may have read what is ours again.
    const taking = `${memberId}: ${partitions.join()}`;
    if (taking === this.taken) return null;
    this.taken = taking;
    return partitions;
  }

  read(starts: ReadonlyMap<number, number>): void {
    this.fetcher.read(starts);
  }

  async next(waitMs: number): Promise<RecordBatch | null> {
    const untilMs = performance.now() + waitMs;
    for (;;) {
      if (this.failure) throw this.failure;
      if (this.assignments !== this.seen) return null;
      if (this.fetcher.needsLeaders) await this.findLeaders();
      const batch = this.fetcher.take();
      // The next response is on its way while this batch is worked on.
      this.fetcher.send();
      if (batch) return batch;
      if (!(await this.alarm.wait(untilMs))) return null;
    }
  }

  position(partition: number): number {
    return this.fetcher.position(partition);
  }

  async commit(offsets: ReadonlyMap<number, number>): Promise<void> {
    const { topic, group } = this.options;
    if (group === null) return;
    await this.consumer.commit({
      offsets: [...offsets].map(([partition, offset]) => ({
        ...{ topic, partition, offset: BigInt(offset) },
        leaderEpoch: -1,
      })),
    });
  }

  async leave(): Promise<void> {
    this.fetcher.read(new Map());
    await Promise.allSettled([this.pool.close(), this.consumer.close(true)]);
  }

  private get assignments(): GroupAssignment[] | null {
    return this.options.group === null ? this.alone : this.consumer.assignments;
  }

  private async takeAll(): Promise<void> {
    const { topic } = this.options;
    const { topics } = await this.consumer.metadata({ topics: [topic], forceUpdate: true });
    const count = topics.get(topic)?.partitionsCount ?? 0;
    this.alone = [{ topic, partitions: Array.from({ length: count }, (_, partition) => partition) }];
  }

  /** A broker that does not know a version closes the connection, and nobody would see why. */
  private async checkVersion(): Promise<void> {
    const fetch = (await this.consumer.listApis()).find(({ name }) => name === 'Fetch');
    if (fetch && fetch.minVersion <= FETCH_VERSION && FETCH_VERSION <= fetch.maxVersion) return;
    const whatToDo =
      this.options.group === null
        ? 'its streams cannot be read whole; send the catalog with the events'
        : 'set stream.client to platformatic';
    throw new SetupError(
      'stream_unavailable',
      `the broker speaks versions ${fetch?.minVersion} to ${fetch?.maxVersion} of Fetch, the columnar reader ${FETCH_VERSION}: ${whatToDo}`,
    );
  }

  private async findLeaders(): Promise<void> {
    const { topic } = this.options;
    try {
      // The runner repeats: here nobody should wait long for a broker that is away.
      this.fetcher.follow(await this.consumer.metadata({ topics: [topic], forceUpdate: true, retries: 1 }));
    } catch (error) {
      // No reason to leave the group: whether we are still in it, heartbeats find out.
      throw streamErrorOf(error, topic);
    }
  }

  private fail(error: Error): void {
    this.failure ??= error;
    this.alarm.wake();
  }
}

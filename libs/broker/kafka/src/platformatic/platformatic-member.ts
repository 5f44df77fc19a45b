import { Consumer, FetchIsolationLevels, type GroupAssignment } from '@platformatic/kafka';
import type { RecordBatch } from '@gondola/stream';
import { Alarm } from '../alarm.js';
import { groupTimes, OutOfRange, responseBytesMax, type Member, type MemberOptions } from '../member.js';
import { clientOptions } from './client-options.js';
import { columnsOfBatches } from './columns-of-batches.js';
import { visibleRecords, type FetchedPartition, type FetchResponse } from './visible-records.js';

/** A fetch under way does not know of partitions that were added since. */
const FETCH_WAIT_MS = 250;
const OFFSET_OUT_OF_RANGE = 1;

/**
 * @platformatic/kafka keeps the membership (cooperative-sticky, static when there is an instance id); records are fetched by its
 * low-level `fetch`, one request per node under way while the last response is worked off. So not polling is backpressure, positions
 * count markers, and no stream object stands in between. Fetches have their own connections: heartbeats never wait behind one.
 */
export class PlatformaticMember implements Member {
  private readonly group: Consumer;
  private readonly fetcher: Consumer;
  private assignment: readonly number[] | null = null;
  private lastSeen = '';
  private failure: Error | null = null;
  /** In the order of the next request: who got records goes to the end, since a response ends where it is full. */
  private readonly fetched = new Map<number, number>();
  private readonly handedOver = new Map<number, number>();
  /** What is left of the last response of each node, nothing while it is on its way. */
  private readonly nodes = new Map<number, FetchedPartition[]>();
  private generation = 0;
  private readonly alarm = new Alarm();

  constructor(private readonly options: MemberOptions) {
    const { settings, access, group, topic } = options;
    const client = clientOptions(access);
    const bytes = { maxBytes: responseBytesMax(settings), minBytes: 1, maxWaitTime: FETCH_WAIT_MS };
    this.group = new Consumer({
      ...client,
      groupId: group,
      ...groupTimes(settings),
      protocols: [{ name: 'cooperative-sticky', version: 1 }],
      ...(settings.instanceId !== undefined && { groupInstanceId: settings.instanceId }),
    });
    this.group.topics.trackAll(topic);
    this.fetcher = new Consumer({ ...client, groupId: group, ...bytes });
    this.fetcher.topics.trackAll(topic);
    this.group.on('consumer:group:join', ({ assignments }) => this.joined(assignments ?? []));
    this.group.on('consumer:heartbeat:error', ({ error }) => this.failed(error));
    this.group.on('error', (error) => this.failed(error));
    this.fetcher.on('error', (error) => this.failed(error));
  }

  async join(): Promise<void> {
    await this.group.joinGroup({});
  }

  takeAssignment(): readonly number[] | null {
    const { assignment } = this;
    this.assignment = null;
    return assignment;
  }

  read(starts: ReadonlyMap<number, number>): void {
    this.generation++;
    // This is the answer to it; what is wrong with the membership is not mended by reading elsewhere.
    if (this.failure instanceof OutOfRange) this.failure = null;
    this.nodes.clear();
    this.fetched.clear();
    this.handedOver.clear();
    for (const [partition, offset] of starts) {
      this.fetched.set(partition, offset);
      this.handedOver.set(partition, offset);
    }
  }

  async next(waitMs: number): Promise<RecordBatch | null> {
    const untilMs = performance.now() + waitMs;
    for (;;) {
      if (this.failure) throw this.failure;
      if (this.assignment) return null;
      const batch = this.takeReady();
      // The next response is on its way while this batch is worked on.
      await this.fetchAll();
      if (batch) return batch;
      if (this.hasReady()) continue;
      if (!(await this.alarm.wait(untilMs))) return null;
    }
  }

  position(partition: number): number {
    return this.handedOver.get(partition) ?? 0;
  }

  async commit(offsets: ReadonlyMap<number, number>): Promise<void> {
    const { topic } = this.options;
    await this.group.commit({
      offsets: [...offsets].map(([partition, offset]) => ({
        topic,
        partition,
        offset: BigInt(offset),
        leaderEpoch: -1,
      })),
    });
  }

  async leave(): Promise<void> {
    this.generation++;
    this.failure = new Error('left the group');
    this.alarm.wake();
    await Promise.all([this.group.close(true).catch(() => {}), this.fetcher.close(true).catch(() => {})]);
  }

  private joined(assignments: readonly GroupAssignment[]): void {
    const { topic } = this.options;
    const partitions = [...(assignments.find((one) => one.topic === topic)?.partitions ?? [])];
    partitions.sort((a, b) => a - b);
    // A member that kept its name and its partitions went on reading all the while: there is nothing to tell.
    const seen = `${this.group.memberId}: ${partitions.join()}`;
    if (seen === this.lastSeen) return;
    this.lastSeen = seen;
    this.assignment = partitions;
    this.alarm.wake();
  }

  private failed(error: Error): void {
    // An offset that is gone does not hide that the membership is.
    if (this.failure === null || this.failure instanceof OutOfRange) this.failure = error;
    this.alarm.wake();
  }

  /** Asks every node that has partitions of ours and is not being asked. */
  private async fetchAll(): Promise<void> {
    const { topic, settings } = this.options;
    const idle = [...this.fetched.keys()];
    if (idle.length === 0) return;
    const metadata = await this.fetcher.metadata({ topics: [topic] });
    const known = metadata.topics.get(topic);
    if (!known) throw new Error(`no metadata of ${topic}`);
    const byNode = Map.groupBy(idle, (partition) => known.partitions[partition]?.leader ?? -1);
    for (const [node, partitions] of byNode) {
      if (node < 0 || this.nodes.has(node)) continue;
      const ready: FetchedPartition[] = [];
      const { generation } = this;
      this.nodes.set(node, ready);
      void this.fetcher
        .fetch({
          node,
          isolationLevel: FetchIsolationLevels.READ_COMMITTED,
          topics: [
            {
              topicId: known.id,
              partitions: partitions.map((partition) => ({
                partition,
                fetchOffset: BigInt(this.fetched.get(partition) ?? 0),
                currentLeaderEpoch: -1,
                lastFetchedEpoch: -1,
                partitionMaxBytes: responseBytesMax(settings),
              })),
            },
          ],
        })
        .then(
          (answer) => this.took(node, answer, ready, generation),
          (error: unknown) => this.refused(error, generation),
        );
    }
  }

  private took(node: number, answer: FetchResponse, ready: FetchedPartition[], generation: number): void {
    if (generation !== this.generation) return;
    for (const partition of answer.responses.flatMap((one) => one.partitions)) {
      const from = this.fetched.get(partition.partitionIndex);
      if (from === undefined || !partition.records?.length) continue;
      ready.push(partition);
      this.fetched.delete(partition.partitionIndex);
      this.fetched.set(partition.partitionIndex, Math.max(from, endOf(partition)));
    }
    if (ready.length === 0) this.nodes.delete(node);
    this.alarm.wake();
  }

  private refused(error: unknown, generation: number): void {
    if (generation !== this.generation) return;
    const partition = outOfRangePartition(error);
    this.failed(
      partition === null
        ? error instanceof Error
          ? error
          : new Error(String(error))
        : new OutOfRange(partition, this.fetched.get(partition) ?? 0),
    );
  }

  private hasReady(): boolean {
    return [...this.nodes.values()].some((ready) => ready.length > 0);
  }

  private takeReady(): RecordBatch | null {
    for (const [node, ready] of this.nodes) {
      while (ready.length > 0) {
        const partition = ready.shift();
        if (ready.length === 0) this.nodes.delete(node);
        const batch = partition && this.columnsOf(partition);
        if (batch) return batch;
      }
    }
    return null;
  }

  private columnsOf(partition: FetchedPartition): RecordBatch | null {
    const index = partition.partitionIndex;
    const from = this.position(index);
    const next = Math.max(from, endOf(partition));
    const visible = visibleRecords(partition.records ?? [], partition.abortedTransactions ?? []);
    const batch = columnsOfBatches(this.options.topic, index, visible, from, next);
    this.handedOver.set(index, next);
    return batch;
  }
}

/** Offset after the newest stored batch of a response: markers and emptied batches count. */
function endOf({ records }: FetchedPartition): number {
  const last = records?.at(-1);
  return last ? Number(last.firstOffset) + last.lastOffsetDelta + 1 : 0;
}

/** Which partition a refused fetch is about, null when it was refused for another reason. */
function outOfRangePartition(error: unknown): number | null {
  const answer = (error as { response?: FetchResponse } | null)?.response;
  const partitions = answer?.responses?.flatMap((one) => one.partitions) ?? [];
  return partitions.find((one) => one.errorCode === OFFSET_OUT_OF_RANGE)?.partitionIndex ?? null;
}

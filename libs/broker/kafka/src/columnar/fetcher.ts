import { setTimeout as sleep } from 'node:timers/promises';
import {
  fetchV11,
  ProtocolError,
  type ClusterMetadata,
  type Connection,
  type ConnectionPool,
} from '@platformatic/kafka';
import type { RecordBatch } from '@gondola/stream';
import { streamErrorOf } from '../kafka-errors.js';
import { OutOfRange } from '../member.js';
import {
  FETCH_VERSION,
  readFetchResponse,
  type FetchedPartition,
  type FetchResponse,
} from './fetch-response.js';
import { RecordBatchReader } from './record-batches.js';
import { SharedBytes } from './shared-bytes.js';

interface FetcherOptions {
  readonly topic: string;
  /** Of one response; no further one is asked for while as much waits to be read. */
  readonly fetchBytesMax: number;
  readonly isChecked: boolean;
  /** Called when there may be something to `take`, or a reason to `send`. */
  readonly wake: () => void;
}

/** How long a broker keeps a request for which there are no records yet. Partitions assigned meanwhile wait for its answer. */
const BROKER_WAIT_MS = 250;
/**
 * Where less than `FULL_BYTES` came, the leader is asked again so long after it was asked before: brokers and readers pay by the response, and
 * producers that send often would have it answered hundreds of times a second for a few kilobytes each.
 */
const ASKS_EVERY_MS = 20;
const FULL_BYTES = 256 * 1024;
const READ_COMMITTED = 1;
/** Of a partition in one response, at least: less than a batch is sent for nothing. */
const PARTITION_BYTES_MIN = 1024 * 1024;
/** Of one `RecordBatch`, about: enough that what is done per batch costs nothing per record. */
const BATCH_BYTES = 1024 * 1024;

const FETCH_KEY = 1;
const OFFSET_OUT_OF_RANGE = 1;

interface FetchState {
  /** Up to here records were handed over, or there were none. */
  position: number;
  /** Where the next fetch begins: what is queued lies in between. */
  fetchFrom: number;
}

/**
 * Fetches from the leaders of some partitions, ahead of `take` by at most `fetchBytesMax` (and the response under way of each
 * leader). One request per leader at a time, without a fetch session: the whole of what is wanted stands in each.
 */
export class Fetcher {
  /** In the order of the next request: who got records goes to the end, since a response ends where it is full. */
  private partitions = new Map<number, FetchState>();
  private queue: { partition: number; reader: RecordBatchReader }[] = [];
  /** Of what is queued, still to be read. */
  private queuedBytes = 0;
  private readonly underWay = new Set<number>();
  private failure: Error | null = null;
  /** Leaders have moved, or none is known yet. */
  needsLeaders = true;
  private cluster: ClusterMetadata | null = null;
  private leaders: ReadonlySet<number> = new Set();

  constructor(
    private readonly pool: ConnectionPool,
    private readonly options: FetcherOptions,
  ) {}

  /** From now on these partitions; what was fetched is dropped, as is what is under way. */
  read(starts: ReadonlyMap<number, number>): void {
    this.partitions = new Map([...starts].map(([key, at]) => [key, { position: at, fetchFrom: at }]));
    this.queue = [];
    this.queuedBytes = 0;
    this.failure = null;
    this.needsLeaders = true;
  }

  position(partition: number): number {
    return this.partitions.get(partition)?.position ?? 0;
  }

  follow(cluster: ClusterMetadata): void {
    this.cluster = cluster;
    this.leaders = new Set([...this.partitions.keys()].map((partition) => this.leaderOf(partition)));
    this.needsLeaders = false;
  }

  /** What was fetched, null when nothing is left. Then, and only then, throws what went wrong meanwhile. */
  take(): RecordBatch | null {
    for (let next = this.queue[0]; next; next = this.queue[0]) {
      const { bytesLeft } = next.reader;
      const batch = next.reader.read(BATCH_BYTES);
      this.queuedBytes -= bytesLeft - next.reader.bytesLeft;
      const state = this.partitions.get(next.partition);
      if (state) state.position = next.reader.position;
      if (batch) return batch;
      this.queue.shift();
    }
    const { failure } = this;
    this.failure = null;
    if (failure) throw failure;
    return null;
  }

  /** Asks every leader that has nothing to do, unless enough waits to be read. */
  send(): void {
    if (this.failure || this.needsLeaders || [...this.leaders].every((leader) => this.underWay.has(leader)))
      return;
    if (this.queuedBytes >= this.options.fetchBytesMax) return;
    const asked = Map.groupBy(this.partitions.keys(), (partition) => this.leaderOf(partition));
    for (const [leader, partitions] of asked)
      if (!this.underWay.has(leader)) void this.fetch(leader, partitions);
  }

  private leaderOf(partition: number): number {
    return this.cluster?.topics.get(this.options.topic)?.partitions[partition]?.leader ?? -1;
  }

  private async fetch(leader: number, partitions: readonly number[]): Promise<void> {
    const asked = this.partitions;
    this.underWay.add(leader);
    const nextMs = performance.now() + ASKS_EVERY_MS;
    try {
      const response = await this.request(leader, partitions);
      if (asked === this.partitions) this.accept(response);
      this.options.wake();
      const pauseMs = nextMs - performance.now();
      if (response.bytes.length < Math.min(FULL_BYTES, this.options.fetchBytesMax / 2) && pauseMs > 0)
        await sleep(pauseMs);
    } catch (error) {
      if (asked === this.partitions) this.fail(error);
    } finally {
      this.underWay.delete(leader);
    }
    this.send();
    this.options.wake();
  }

  private async request(leader: number, partitions: readonly number[]): Promise<FetchResponse> {
    const broker = this.cluster?.brokers.get(leader);
    if (!broker) throw new Error(`partition ${partitions[0]} has no leader now`);
    const connection = await this.pool.get(broker);
    try {
      return await this.exchange(connection, partitions);
    } catch (error) {
      // After a timeout the answer may still come, and the client would take nothing that is behind it. The client's own way to
      // close would wait for a broker that may be frozen.
      const { socket } = connection;
      if (!socket.closed) await new Promise((resolve) => socket.once('close', resolve).destroy());
      throw error;
    }
  }

  private exchange(connection: Connection, partitions: readonly number[]): Promise<FetchResponse> {
    const { topic, fetchBytesMax } = this.options;
    const partitionMaxBytes = Math.max(PARTITION_BYTES_MIN, Math.ceil(fetchBytesMax / partitions.length));
    const request = () =>
      fetchV11.createRequest(
        ...[BROKER_WAIT_MS, 1, fetchBytesMax, READ_COMMITTED, 0, -1],
        [
          {
            topicId: topic,
            partitions: partitions.map((partition) => ({
              partition,
              currentLeaderEpoch: this.leaderEpochOf(partition),
              fetchOffset: BigInt(this.partitions.get(partition)?.fetchFrom ?? 0),
              lastFetchedEpoch: -1,
              partitionMaxBytes,
            })),
          },
        ],
        [],
        '',
      );
    return new Promise((resolve, reject) =>
      connection.send(
        ...[FETCH_KEY, FETCH_VERSION, request],
        // One piece, since columns are places in one buffer.
        (_id, _key, _version, { buffer, position }) => readFetchResponse(buffer.slice(position)),
        ...[false, false],
        (error, response) => (response ? resolve(response) : reject(error)),
      ),
    );
  }

  private leaderEpochOf(partition: number): number {
    return this.cluster?.topics.get(this.options.topic)?.partitions[partition]?.leaderEpoch ?? -1;
  }

  private accept({ errorCode, partitions, bytes }: FetchResponse): void {
    if (errorCode !== 0) throw new ProtocolError(errorCode);
    const response = new SharedBytes(bytes);
    for (const fetched of partitions) this.acceptPartition(fetched, response);
  }

  private acceptPartition(
    { partition, errorCode, records, aborted }: FetchedPartition,
    response: SharedBytes,
  ): void {
    const { topic, isChecked } = this.options;
    const state = this.partitions.get(partition);
    if (!state) return;
    if (errorCode === OFFSET_OUT_OF_RANGE) return this.fail(new OutOfRange(partition, state.fetchFrom));
    if (errorCode !== 0) return this.fail(new ProtocolError(errorCode));
    if (records.length === 0) return;
    const reader = new RecordBatchReader({
      ...{ stream: topic, partition: String(partition), bytes: records, aborted, isChecked },
      ...{ from: state.fetchFrom, response },
    });
    this.queue.push({ partition, reader });
    this.queuedBytes += reader.bytesLeft;
    if (reader.endPosition === state.fetchFrom) return;
    state.fetchFrom = reader.endPosition;
    this.partitions.delete(partition);
    this.partitions.set(partition, state);
  }

  /** Whatever it was, the leaders may be others now; membership is another matter. */
  private fail(error: unknown): void {
    this.failure ??= error instanceof OutOfRange ? error : streamErrorOf(error, this.options.topic);
    this.needsLeaders = true;
  }
}

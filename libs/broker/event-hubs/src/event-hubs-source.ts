import { randomUUID } from 'node:crypto';
import type { CheckpointStore, EventHubConsumerClient } from '@azure/event-hubs';
import { BlobCheckpointStore } from '@azure/eventhubs-checkpointstore-blob';
import {
  GondolaError,
  startOf,
  type Checkpoint,
  type KeptRange,
  type Lag,
  type Position,
  type RecordBatch,
  type Source,
  type SourceDeps,
  type SourceListener,
  type SourceOptions,
} from '@gondola/stream';
import type { Connector } from './connect.js';
import { DeliveredOffsets } from './delivered-offsets.js';
import { isTakenOver, streamError } from './errors.js';
import { inParallel } from './in-parallel.js';
import { Membership } from './membership.js';
import { keptRangeOf } from './partition-bounds.js';
import { PartitionReader } from './partition-reader.js';
import { batchOf } from './record-mapping.js';

export interface EventHubsSourceOptions extends SourceOptions {
  readonly consumerGroup: string;
  /** Of all partitions together. */
  readonly prefetchBytesMax: number;
  readonly ownerSilentMsMax: number;
}

/** What the hub says of a partition is as good for so long, when nothing else is known. */
const LOOK_AGAIN_MS = 1_000;
const CLOSE_MS_MAX = 5_000;
const PREFETCH_BYTES_MIN = 64 << 10;

/**
 * Positions are sequence numbers. Partitions are shared out by `Membership`, each is read by a `PartitionReader`; this is
 * what joins them: the listener is told of changes from inside `open` and `poll`, and then everything starts anew where the
 * lake says.
 */
export class EventHubsSource implements Source {
  readonly stream: string;
  private client: EventHubConsumerClient | null = null;
  private store: CheckpointStore | null = null;
  private membership: Membership | null = null;
  private listener: SourceListener | null = null;
  /** What the listener was told last; not what `membership` has when there is a change to tell. */
  private told: ReadonlyMap<string, number> | null = null;
  private readonly readers = new Map<string, PartitionReader>();
  private readonly next = new Map<string, Position>();
  private readonly ends = new Map<string, { readonly end: Position; readonly askedMs: number }>();
  private readonly offsets = new DeliveredOffsets();
  /** Where the lake says that the partitions of this assignment start. */
  private starts: Checkpoint = new Map();
  /** The same after a failure: what it held is claimed again at once. */
  private readonly ownerId = randomUUID();
  private turn = 0;
  private wake: () => void = () => {};
  private isCheckpointTold = false;

  constructor(
    private readonly connector: Connector,
    private readonly options: EventHubsSourceOptions,
    private readonly deps: SourceDeps,
  ) {
    this.stream = options.stream;
  }

  async open(listener: SourceListener): Promise<void> {
    const isMember = this.membership?.failure() === null;
    try {
      if (isMember) {
        // Opened again: the partitions stay ours, only where they start is asked anew.
        this.told = null;
        await this.haltReaders();
      } else {
        await this.close();
        await this.connect();
      }
      this.listener = listener;
      await this.assign();
    } catch (error) {
      // A member stays one whatever the lake says: leaving would set all others moving.
      if (!isMember) await this.close();
      throw this.named(error);
    }
  }

  async poll(waitMs: number): Promise<RecordBatch | null> {
    const { clock } = this.deps;
    const deadlineMs = clock.nowMs() + waitMs;
    try {
      for (;;) {
        const stop = new AbortController();
        const woken = new Promise<void>((resolve) => (this.wake = resolve));
        await this.followMembership();
        const batch = await this.takeNext();
        const leftMs = deadlineMs - clock.nowMs();
        if (batch || leftMs <= 0) return batch;
        await Promise.race([woken, clock.sleep(leftMs, stop.signal)]);
        stop.abort();
      }
    } catch (error) {
      throw this.named(error);
    }
  }

  async lag(): Promise<Lag> {
    const partitions = new Map<string, number>();
    await this.asking(this.next.keys(), async (partition) => {
      const { end } = await this.look(partition);
      partitions.set(partition, Math.max(0, Number(end - (this.next.get(partition) ?? 0n))));
    });
    return { unit: 'records', partitions };
  }

  async caughtUp(): Promise<readonly string[]> {
    const isIdle = (partition: string) => this.readers.get(partition)?.first() === null;
    const nowMs = this.deps.clock.nowMs();
    const isOld = (partition: string) => nowMs - (this.ends.get(partition)?.askedMs ?? 0) > LOOK_AGAIN_MS;
    const idle = [...this.next.keys()].filter(isIdle);
    await this.asking(idle.filter(isOld), async (partition) => {
      this.moveIntoKept(partition, await this.look(partition));
    });
    return idle.filter(
      (partition) =>
        isIdle(partition) && (this.next.get(partition) ?? 0n) >= (this.ends.get(partition)?.end ?? 0n),
    );
  }

  /** Best effort: a store that refuses is told of once, nothing waits for it. */
  async checkpoint(upTo: Checkpoint): Promise<void> {
    const { store, client } = this;
    if (!store || !client) return;
    const { fullyQualifiedNamespace, eventHubName } = client;
    const { consumerGroup } = this.options;
    try {
      await inParallel(this.offsets.upTo(upTo), async ([partitionId, { sequenceNumber, offset }]) => {
        const place = { fullyQualifiedNamespace, eventHubName, consumerGroup, partitionId };
        await store.updateCheckpoint({ ...place, sequenceNumber, offset });
      });
      this.isCheckpointTold = false;
    } catch (error) {
      const { code, message } = streamError(error, 'the checkpoint store');
      if (!this.isCheckpointTold)
        this.deps.log.warn({ stream: this.stream, code }, `${message}; lag tools are behind`);
      this.isCheckpointTold = true;
    }
  }

  /** Gives the partitions up first, so that others have them at once. */
  async close(): Promise<void> {
    const { client, membership } = this;
    this.client = null;
    this.membership = null;
    this.told = null;
    this.next.clear();
    const parts = [membership?.leave(), this.haltReaders()];
    const results = await Promise.allSettled(parts.map((part) => this.inTime(part)));
    await this.inTime(client?.close()).catch(() => undefined);
    for (const result of results) {
      if (result.status === 'fulfilled') continue;
      const { code, message } = streamError(result.reason, 'the checkpoint store');
      this.deps.log.warn(
        { stream: this.stream, code },
        `${message}; others wait until we are taken for dead`,
      );
    }
  }

  private async connect(): Promise<void> {
    const { stream, consumerGroup, ownerSilentMsMax } = this.options;
    const client = await this.connector.consumer(stream, consumerGroup);
    this.client = client;
    const container = await this.connector.container();
    this.store = container && new BlobCheckpointStore(container);
    const { fullyQualifiedNamespace, eventHubName } = client;
    this.membership = new Membership(
      { ownerId: this.ownerId, fullyQualifiedNamespace, eventHubName, consumerGroup, ownerSilentMsMax },
      {
        ...this.deps,
        store: this.store,
        partitionIds: () => client.getPartitionIds(),
        onChange: () => this.wake(),
      },
    );
    await this.membership.join();
  }

  /** Tells the listener of partitions that were taken from us or came to us, and starts what has broken anew. */
  private async followMembership(): Promise<void> {
    const { membership, listener } = this;
    if (!membership || !listener)
      throw new GondolaError('stream_unavailable', `${this.stream} is not open`, false);
    const failure = membership.failure();
    if (failure) throw failure;
    for (const [partition, { failure }] of this.readers)
      if (failure && isTakenOver(failure.error)) this.driveOut(membership, partition);
    if (membership.owned() !== this.told) {
      await this.haltReaders();
      if (this.told) await listener.revoked();
      this.told = null;
      await this.assign();
    }
    for (const [partition, reader] of this.readers)
      if (reader.failure && !reader.first()) await this.startAgain(partition, reader.failure.error);
    await this.startReaders();
  }

  private driveOut(membership: Membership, partition: string): void {
    membership.driveOut(partition);
    const whatToDo = this.store ? '' : '; instances share partitions only with a checkpointStore';
    this.deps.log.info(
      { stream: this.stream, partition },
      `another reader took this partition over${whatToDo}`,
    );
  }

  private async assign(): Promise<void> {
    const { membership, listener } = this;
    if (!membership || !listener) return;
    const owned = membership.owned();
    this.starts = await listener.assigned([...owned.keys()]);
    this.next.clear();
    this.ends.clear();
    this.offsets.clear();
    this.told = owned;
    await this.startReaders();
  }

  private async startReaders(): Promise<void> {
    const waiting = [...(this.told?.keys() ?? [])].filter((partition) => !this.readers.has(partition));
    await this.asking(waiting, (partition) => this.start(partition));
  }

  /** The error is thrown once; the next poll begins the partition where it stood. */
  private async startAgain(partition: string, error: unknown): Promise<never> {
    const reader = this.readers.get(partition);
    this.readers.delete(partition);
    await this.inTime(reader?.halt());
    throw error;
  }

  private async start(partition: string): Promise<void> {
    const { client } = this;
    const kept = await this.look(partition);
    const next = this.moveIntoKept(partition, kept);
    const ownerLevel = this.told?.get(partition);
    if (!client || ownerLevel === undefined) return;
    const oldest = kept.first;
    const bytesMax = Math.max(PREFETCH_BYTES_MIN, this.options.prefetchBytesMax / (this.told?.size ?? 1));
    const reader = new PartitionReader(client, { partition, ownerLevel, next, oldest, bytesMax }, () =>
      this.wake(),
    );
    this.readers.set(partition, reader);
  }

  private async look(partition: string): Promise<KeptRange> {
    const { client, deps } = this;
    if (!client) throw new GondolaError('stream_unavailable', `${this.stream} is not open`, true);
    const kept = keptRangeOf(await client.getPartitionProperties(partition));
    this.ends.set(partition, { end: kept.end, askedMs: deps.clock.nowMs() });
    return kept;
  }

  /** Throws `position_gap` when the next record is gone, or never was; with `allowGap` goes on behind what is gone. */
  private moveIntoKept(partition: string, kept: KeptRange): Position {
    const wanted = this.next.get(partition) ?? this.starts.get(partition);
    const next = startOf({ ...this.options, partition, log: this.deps.log }, kept, wanted);
    this.next.set(partition, next);
    return next;
  }

  /** Partitions take turns, so that a full one does not starve the others. */
  private async takeNext(): Promise<RecordBatch | null> {
    const partitions = [...this.readers.keys()];
    for (let step = 0; step < partitions.length; step++) {
      const partition = partitions[(this.turn + step) % partitions.length];
      const reader = this.readers.get(partition);
      const first = reader?.first();
      if (!reader || !first) continue;
      // Sequence numbers have no holes but those that retention makes.
      const isJump = BigInt(first.sequenceNumber) > (this.next.get(partition) ?? 0n);
      if (isJump) this.moveIntoKept(partition, await this.look(partition));
      this.turn = (this.turn + step + 1) % partitions.length;
      const events = reader.take();
      const batch = batchOf(this.stream, partition, events);
      this.next.set(partition, batch.nextPosition);
      this.offsets.add(partition, events[events.length - 1]);
      return batch;
    }
    return null;
  }

  private async haltReaders(): Promise<void> {
    const all = [...this.readers.values()];
    this.readers.clear();
    await Promise.all(all.map((reader) => this.inTime(reader.halt())));
  }

  private async asking(
    partitions: Iterable<string>,
    action: (partition: string) => Promise<void>,
  ): Promise<void> {
    await inParallel(partitions, action).catch((error: unknown) => Promise.reject(this.named(error)));
  }

  /** A link to a server that is gone is not waited for. */
  private async inTime(work: Promise<unknown> | undefined): Promise<void> {
    const stop = new AbortController();
    await Promise.race([work, this.deps.clock.sleep(CLOSE_MS_MAX, stop.signal)]).finally(() => stop.abort());
  }

  private named(error: unknown): GondolaError {
    return streamError(error, `event hub ${this.stream}, consumer group ${this.options.consumerGroup}`);
  }
}

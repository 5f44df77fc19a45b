import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import {
  type Checkpoint,
  type Lag,
  type Position,
  type RecordBatch,
  type Source,
  type SourceDeps,
  type SourceListener,
  type SourceOptions,
} from '@gondola/stream';
import type { ShardMap } from './shard-map.js';
import { LeaseKeeper } from './lease-keeper.js';
import { isFinished, type Lease, type LeaseStore } from './lease.js';
import { FIRST_RECORDS_MAX, type ShardFetcher, type ShardStart } from './shard-fetcher.js';
import { ShardReader } from './shard-reader.js';

export interface KinesisSourceOptions extends SourceOptions {
  readonly failoverMs: number;
  readonly startUnknown: ShardStart;
  readonly intervalMs: number;
  /** Questions wait while so much lies ready. */
  readonly bufferBytesMax: number;
  readonly fanOut: boolean;
}

export interface KinesisSourceDeps extends SourceDeps {
  readonly leases: LeaseStore;
  readonly shards: ShardMap;
  /** Called by each `open`: with fan-out it registers the consumer. */
  readonly fetchers: () => Promise<(shard: string) => ShardFetcher>;
}

/** The most that one answer of GetRecords holds; of a shard that is read to the end it is nearly always little. */
const ANSWER_BYTES_MAX = 10 << 20;
const ANSWER_BYTES_AT_END = 256 << 10;
const ANSWER_BYTES_FIRST = FIRST_RECORDS_MAX << 20;

/**
 * Reads the shards whose leases are ours. Calls of the listener and changes of the assignment happen in `open` and `poll`
 * only; leases are renewed and answers fetched beside them.
 */
export class KinesisSource implements Source {
  readonly stream: string;
  private listener: SourceListener | null = null;
  private keeper: LeaseKeeper | null = null;
  private makeFetcher: ((shard: string) => ShardFetcher) | null = null;
  private readers = new Map<string, ShardReader>();
  /** Shards of ours that are read to the end and in the lake, as far as our leases and the lake agree. */
  private over = new Set<string>();
  private starts: Checkpoint = new Map();
  private acked = new Map<string, Position>();
  private appliedVersion = -1;
  private failure: unknown = null;
  private news = new AbortController();

  constructor(
    private readonly options: KinesisSourceOptions,
    private readonly deps: KinesisSourceDeps,
  ) {
    this.stream = options.stream;
  }

  async open(listener: SourceListener): Promise<void> {
    this.listener = listener;
    if (this.keeper) {
      // Opened again: the leases stay ours, only where they start is asked anew.
      this.stopReaders();
      return this.assign(this.keeper, listener);
    }
    const { stream, failoverMs, allowGap, reader } = this.options;
    const { leases, shards, clock, log, random } = this.deps;
    // A lease is its owner's: an instance that comes back must not take its own old ones for held.
    const me = `${hostname()}:${randomUUID()}`;
    const listShards = () => shards.list();
    const keeper = new LeaseKeeper(
      { store: leases, listShards, clock, log, random },
      { stream, me, failoverMs, allowGap },
    );
    this.keeper = keeper;
    try {
      this.makeFetcher = await this.deps.fetchers();
      await keeper.start();
      await this.assign(keeper, listener);
    } catch (error) {
      await this.close();
      throw error;
    }
    log.info({ stream, reader, instance: me, shards: this.readers.size }, 'reading');
  }

  async poll(waitMs: number): Promise<RecordBatch | null> {
    const { clock } = this.deps;
    const deadlineMs = clock.nowMs() + waitMs;
    for (;;) {
      this.news = new AbortController();
      await this.followLeases();
      this.throwFailure();
      const batch = this.takeNext();
      const dueMs = this.startReads();
      this.finishEnded();
      const nowMs = clock.nowMs();
      if (batch || nowMs >= deadlineMs) return batch;
      await clock.sleep(Math.max(0, Math.min(deadlineMs, dueMs) - nowMs), this.news.signal);
    }
  }

  /** Kinesis does not tell where a shard ends, only how old what it gave was. */
  async lag(): Promise<Lag> {
    const lags = [...this.readers].flatMap(([id, reader]): [string, number][] => {
      const lagMs = reader.lagMs();
      return lagMs === null ? [] : [[id, lagMs]];
    });
    return { unit: 'milliseconds', partitions: new Map(lags) };
  }

  async caughtUp(): Promise<readonly string[]> {
    const { keeper } = this;
    if (!keeper || keeper.version !== this.appliedVersion) return [];
    const read = [...this.readers.values()].filter((reader) =>
      reader.isEnded ? keeper.isOver(reader.id) : reader.isCaughtUp && !reader.ready,
    );
    return [...this.over, ...read.map(({ id }) => id)];
  }

  async checkpoint(upTo: Checkpoint): Promise<void> {
    this.acked = new Map(upTo);
    this.keeper?.checkpoint(upTo);
    this.finishEnded();
  }

  async close(): Promise<void> {
    this.stopReaders();
    const { keeper } = this;
    this.keeper = null;
    this.listener = null;
    await keeper?.close();
  }

  private async followLeases(): Promise<void> {
    const { keeper, listener } = this;
    if (!keeper || !listener) throw new Error(`${this.stream}: polled before it was opened`);
    keeper.throwFailure();
    if (keeper.version === this.appliedVersion) return;
    this.stopReaders();
    await listener.revoked();
    await this.assign(keeper, listener);
  }

  private async assign(keeper: LeaseKeeper, listener: SourceListener): Promise<void> {
    const { version } = keeper;
    const leases = keeper.leases();
    // Once for all readers, and before any of them has an answer that waits for it.
    const retentionMs = await this.deps.shards.retentionMs();
    const starts = await listener.assigned(leases.map(({ shard }) => shard));
    this.starts = starts;
    this.acked = new Map();
    this.over = new Set(leases.filter((lease) => isInLake(lease, starts)).map(({ shard }) => shard));
    for (const lease of leases) if (!this.over.has(lease.shard)) await this.addReader(lease, retentionMs);
    this.appliedVersion = version;
  }

  private async addReader({ shard: id, quiet }: Lease, retentionMs: number): Promise<void> {
    const { shards } = this.deps;
    const fetcher = this.makeFetcher?.(id);
    if (!fetcher) throw new Error(`${this.stream}: no fetcher`);
    const reader = new ShardReader(
      {
        ...this.options,
        shard: await shards.find(id),
        start: this.starts.get(id),
        quiet,
        retentionMs,
      },
      fetcher,
      this.deps,
    );
    this.readers.set(id, reader);
  }

  private stopReaders(): void {
    for (const reader of this.readers.values()) reader.stop();
    this.readers = new Map();
    this.over = new Set();
    this.failure = null;
    this.appliedVersion = -1;
  }

  /** Shards take turns (who was served goes to the end), so that a full one does not starve the others. */
  private takeNext(): RecordBatch | null {
    for (const [id, reader] of this.readers) {
      const batch = reader.take();
      if (!batch) continue;
      this.readers.delete(id);
      this.readers.set(id, reader);
      return batch;
    }
    return null;
  }

  /**
   * Who waits longest is first: shards that are read to the end, asked again and again, must not starve the others.
   * Returns when the next shard is due; what waits for room is not, a read that ends brings the next round.
   */
  private startReads(): number {
    const nowMs = this.deps.clock.nowMs();
    const readers = [...this.readers.values()];
    let bytes = readers.reduce((sum, reader) => sum + this.heldBytes(reader), 0);
    const waiting = readers.filter(({ isReading, ready, isEnded }) => !isReading && !ready && !isEnded);
    waiting.sort((a, b) => a.dueMs - b.dueMs);
    for (const reader of waiting) {
      if (reader.dueMs > nowMs) return reader.dueMs;
      if (bytes >= this.options.bufferBytesMax) break;
      void this.read(reader);
      bytes += this.heldBytes(reader);
    }
    return Infinity;
  }

  /** What lies ready and what an answer may bring. A subscription brings little at a time. */
  private heldBytes({ ready, isReading, isCaughtUp, isAsked }: ShardReader): number {
    if (ready) return ready.bytes.length;
    if (!isReading || this.options.fanOut) return 0;
    if (!isAsked) return ANSWER_BYTES_FIRST;
    return isCaughtUp ? ANSWER_BYTES_AT_END : ANSWER_BYTES_MAX;
  }

  private async read(reader: ShardReader): Promise<void> {
    try {
      await reader.read();
      const position = reader.reached ?? this.starts.get(reader.id);
      if (reader.isCaughtUp && position !== undefined) this.keeper?.quiet(reader.id, position);
    } catch (error) {
      if (this.readers.get(reader.id) === reader) this.failure ??= error;
    } finally {
      this.news.abort();
    }
  }

  /** Children of a closed shard begin when the lake has all of it: when nothing came, it has that already. */
  private finishEnded(): void {
    for (const { id, isEnded, ready, reached } of this.readers.values()) {
      if (!isEnded || ready) continue;
      const acked = this.acked.get(id);
      const isInLake = reached === null || (acked !== undefined && acked >= reached);
      if (isInLake) this.keeper?.finish(id, reached ?? this.starts.get(id) ?? null);
    }
  }

  private throwFailure(): void {
    const { failure } = this;
    this.failure = null;
    if (failure !== null) throw failure;
  }
}

/** A lease may say "finished" of a lake that is no more: then the shard is read again from where this one stands. */
function isInLake(lease: Lease, starts: Checkpoint): boolean {
  if (!isFinished(lease)) return false;
  const start = starts.get(lease.shard);
  return lease.end === null || (start !== undefined && start >= lease.end);
}

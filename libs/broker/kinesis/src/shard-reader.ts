import {
  GondolaError,
  madeAnew,
  passGap,
  type Position,
  type ReadPlace,
  type RecordBatch,
  type SourceDeps,
} from '@gondola/stream';
import type { HashRange } from './hash-range.js';
import { failureOf, isNamed, isThrottled } from './kinesis-failure.js';
import { sequenceNumberOf } from './kinesis-position.js';
import type { Lease } from './lease.js';
import { readRecords, type KinesisRecord } from './record-columns.js';
import type { Fetched, ShardFetcher, ShardStart } from './shard-fetcher.js';

export interface ShardReaderOptions {
  readonly stream: string;
  readonly shard: { readonly id: string; readonly range: HashRange };
  /** The next record that the lake wants, undefined when it knows nothing of the shard. */
  readonly start: Position | undefined;
  /** Where such a shard begins. */
  readonly startUnknown: ShardStart;
  readonly allowGap: boolean;
  /** Least time between two questions: others read this shard too. */
  readonly intervalMs: number;
  readonly quiet: Lease['quiet'];
  /** How long Kinesis keeps a record. */
  readonly retentionMs: number;
}

const THROTTLED_MS_MIN = 500;
const THROTTLED_MS_MAX = 10_000;
/** So much less than the retention is behind who does not read at the edge of what is forgotten any more. */
const CLEAR_MS = 60_000;

/** Reads one shard, at most one answer ahead: what is not taken is not followed by more. */
export class ShardReader {
  readonly id: string;
  /** Read and not taken yet. */
  ready: RecordBatch | null = null;
  isReading = false;
  /** The shard is closed and everything of it was read. */
  isEnded = false;
  /** There was nothing behind the last answer. */
  isCaughtUp = false;
  /** There was an answer already. */
  isAsked = false;
  /** Position after the newest record that was read, null when there was none. */
  reached: Position | null = null;
  dueMs = 0;
  private newest: string | null = null;
  /** Of the last answer: its distance from the shard's end, and when it came. */
  private answered: { readonly behindMs: number; readonly atMs: number } | null = null;
  private isStartFound: boolean;
  /** Begun with the oldest records, and still where they are being forgotten. */
  private isAtEdge: boolean;
  private hasToldEdge = false;
  private isStopped = false;
  private throttles = 0;
  private failures = 0;
  private hasToldMisplaced = false;

  constructor(
    private readonly options: ShardReaderOptions,
    private readonly fetcher: ShardFetcher,
    private readonly deps: SourceDeps,
  ) {
    this.id = options.shard.id;
    this.isStartFound = options.start === undefined;
    this.isAtEdge = options.start === undefined;
  }

  /** One answer more. Throws world failures, after which it may be called again, and `position_gap`. */
  async read(): Promise<void> {
    this.isReading = true;
    const { clock } = this.deps;
    try {
      const fetched = await this.fetcher.next(this.where());
      if (this.isStopped) return;
      this.accept(fetched);
      this.throttles = 0;
      this.failures = 0;
      this.dueMs = clock.nowMs() + this.options.intervalMs;
    } catch (error) {
      if (this.isStopped) return;
      this.dueMs = clock.nowMs() + (isThrottled(error) ? this.backoffMs() : this.options.intervalMs);
      if (isThrottled(error)) return;
      const failure = this.explained(error);
      // A connection that the other side closed while it was idle is no outage.
      const mayPass = failure instanceof GondolaError && failure.canRetry;
      if (++this.failures > 1 || !mayPass) throw failure;
    } finally {
      this.isReading = false;
    }
  }

  take(): RecordBatch | null {
    const batch = this.ready;
    this.ready = null;
    return batch;
  }

  /** How old a record of the shard may be and not be read, null before the first answer. */
  lagMs(): number | null {
    if (!this.answered) return null;
    if (this.isEnded && !this.ready) return 0;
    const { behindMs, atMs } = this.answered;
    return behindMs + this.deps.clock.nowMs() - atMs;
  }

  stop(): void {
    this.isStopped = true;
    this.ready = null;
    this.fetcher.stop();
  }

  private where(): ShardStart {
    const { start, startUnknown } = this.options;
    if (this.newest !== null) return { Type: 'AFTER_SEQUENCE_NUMBER', SequenceNumber: this.newest };
    // The record of the start is read again: a place in an aggregated record is in the middle of it, and that it
    // is still there proves that nothing after it was forgotten.
    if (start !== undefined) return { Type: 'AT_SEQUENCE_NUMBER', SequenceNumber: sequenceNumberOf(start) };
    return startUnknown;
  }

  private accept(fetched: Fetched): void {
    try {
      this.hold(fetched);
    } catch (error) {
      // The fetcher stands behind these records already: asked again, it would go on without them.
      this.fetcher.restart();
      throw error;
    }
  }

  private hold({ records, behindMs, isFull, isEnd }: Fetched): void {
    if (behindMs !== null) this.checkRetention(records.at(0));
    const isAtEnd = records.length === 0 && (behindMs === 0 || isEnd);
    if (!this.isStartFound && (records.length > 0 || isAtEnd)) this.checkStart(records.at(0));
    this.isStartFound ||= records.length > 0 || isAtEnd;
    if (behindMs !== null) this.answered = { behindMs, atMs: this.deps.clock.nowMs() };
    if (behindMs !== null && behindMs < this.options.retentionMs - CLEAR_MS) this.isAtEdge = false;
    const { stream, shard, start = 0n } = this.options;
    const { batch, misplaced } = readRecords(stream, shard, records, start);
    this.newest = records.at(-1)?.SequenceNumber ?? this.newest;
    this.ready = batch;
    this.reached = batch?.nextPosition ?? this.reached;
    this.isEnded = isEnd;
    this.isCaughtUp = isAtEnd || (behindMs === 0 && !isFull);
    this.isAsked = true;
    if (misplaced > 0) this.tellMisplaced(misplaced);
  }

  /** Kinesis begins with its oldest record, without a word, where the wanted one is gone. */
  private checkStart(first: KinesisRecord | undefined): void {
    const { start = 0n, quiet } = this.options;
    if (first?.SequenceNumber === sequenceNumberOf(start)) return;
    const oldestMs = this.deps.clock.nowMs() - this.options.retentionMs;
    // What was the newest record is gone by age, but no other one was while we looked.
    if (quiet?.position === start && quiet.atMs > oldestMs) return;
    passGap(this.place(), sequenceNumberOf(start), first?.SequenceNumber ?? 'the end');
  }

  /** Nor does it say that what comes next is not what came next: only time tells. */
  private checkRetention(first: KinesisRecord | undefined): void {
    const { retentionMs, allowGap } = this.options;
    if (this.newest === null || (this.lagMs() ?? 0) < retentionMs) return;
    // The oldest records of a busy shard go while the first answers come: who takes what there is has asked for none of them.
    if (this.isAtEdge && this.hasToldEdge) return;
    const place = { ...this.place(), allowGap: allowGap || this.isAtEdge };
    passGap(place, this.newest, first?.SequenceNumber ?? 'the end');
    this.hasToldEdge = this.isAtEdge;
  }

  private explained(error: unknown): unknown {
    const { stream, start, shard } = this.options;
    if (isNamed(error, 'InvalidArgumentException') && start !== undefined && this.newest === null)
      return madeAnew(
        this.place(),
        `the tables stand at ${sequenceNumberOf(start)}, which is no record of this stream`,
      );
    return failureOf(error, `shard ${stream}/${shard.id}`);
  }

  private place(): ReadPlace {
    const { stream, shard, allowGap } = this.options;
    return { stream, partition: shard.id, allowGap, log: this.deps.log };
  }

  /** Full jitter, so that readers which share the shard's rate do not stay in step. */
  private backoffMs(): number {
    const ceilingMs = Math.min(THROTTLED_MS_MAX, THROTTLED_MS_MIN * 2 ** this.throttles++);
    return this.options.intervalMs + this.deps.random() * ceilingMs;
  }

  private tellMisplaced(records: number): void {
    if (this.hasToldMisplaced) return;
    this.hasToldMisplaced = true;
    const { stream, shard } = this.options;
    this.deps.log.warn(
      { stream, partition: shard.id, records },
      'aggregated records hold user records of another shard: left out, their producer sends them again',
    );
  }
}

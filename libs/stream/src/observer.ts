import type { Lag } from './source.js';

/** What a pipeline tells whoever counts. Calls are per batch or per commit, never per record. */
export interface PipelineObserver {
  /** Partitions of the stream are ours now: these and no others. */
  assigned(stream: string, partitions: number): void;
  received(stream: string, records: number, bytes: number): void;
  rejected(stream: string, stage: string, reason: string, records: number): void;
  /** Of those rejected: what was quarantined, by contract; null where it did not get so far. */
  quarantined(stream: string, subject: string | null, reason: string, records: number): void;
  committed(stream: string, sink: string, rows: number, durationMs: number): void;
  /** A commit that has rows: how long ago the broker took the oldest record of it. */
  readable(stream: string, sink: string, ageMs: number): void;
  /** Rows of one contract are readable in silver. */
  stored(stream: string, subject: string, rows: number): void;
  retried(stream: string, code: string): void;
  /** `waiter` waits for what this error code says is away, or for nothing any more. */
  waiting(waiter: string, code: string | null): void;
  /** Of all partitions that are ours: of others nothing is known any more, as after every `assigned`. */
  lag(stream: string, lag: Lag): void;
  /** Events that came after their time was over: kept and counted, but nothing is decided again. */
  late(stream: string, events: number): void;
  /** Rows that detection did not take as they say, by reason. */
  doubted(stream: string, reason: DoubtReason, rows: number): void;
  /** What contracts expect was held against events of a subject, and the table has the answer. */
  expected(stream: string, subject: string, counted: ExpectedCounts): void;
  /** Whether the lake names a model that cannot be used, so that an older one goes on. */
  modelRefused(stream: string, isRefused: boolean): void;
  /** `champion`, `challenger` or `shipped` -> end of the data it was trained on, ms since 1970; those in use that know it. */
  modelsTrained(ends: ReadonlyMap<string, number>): void;
  /** A snapshot of what a partition's stages remember is kept: a restart begins there. */
  snapshot(stream: string, written: SnapshotWritten): void;
}

/**
 * `ahead`: alone more than a day ahead of its store, taken as of the store's newest; `repeated`: a delivery booked before, left
 * out; `units`: more than a shelf can have, left out.
 */
export const DOUBT_REASONS = ['ahead', 'repeated', 'units'] as const;
export type DoubtReason = (typeof DOUBT_REASONS)[number];

export interface SnapshotWritten {
  readonly bytes: number;
  readonly durationMs: number;
  /** When the oldest among the newest snapshots of all partitions was begun. */
  readonly oldestMadeMs: number;
}

export interface ExpectedCounts {
  /** Of each expectation, in this flush. */
  readonly counts: readonly { readonly name: string; readonly checked: number; readonly failed: number }[];
  /** 0..100: of the newest hour, as far as this process has read it; null when nothing can be said yet. */
  readonly score: number | null;
}

/** What is worth a human's eye: once per outage, never per record. `debug`: once per commit, for who is looking for something. */
export interface Log {
  debug?(fields: Readonly<Record<string, unknown>>, message: string): void;
  info(fields: Readonly<Record<string, unknown>>, message: string): void;
  warn(fields: Readonly<Record<string, unknown>>, message: string): void;
  error(fields: Readonly<Record<string, unknown>>, message: string): void;
}

export const silentObserver: PipelineObserver = {
  assigned() {},
  received() {},
  rejected() {},
  quarantined() {},
  committed() {},
  readable() {},
  stored() {},
  retried() {},
  waiting() {},
  lag() {},
  late() {},
  doubted() {},
  expected() {},
  modelRefused() {},
  modelsTrained() {},
  snapshot() {},
};

export const silentLog: Log = { info() {}, warn() {}, error() {} };

import type { Lag } from './source.js';

/** What a pipeline tells whoever counts. Calls are per batch or per commit, never per record. */
export interface PipelineObserver {
  /** Partitions of the stream are ours now: these and no others. */
  assigned(stream: string, partitions: number): void;
  received(stream: string, records: number, bytes: number): void;
  rejected(stream: string, stage: string, reason: string, records: number): void;
  committed(stream: string, sink: string, rows: number, durationMs: number): void;
  retried(stream: string, code: string): void;
  /** Of all partitions that are ours: of others nothing is known any more, as after every `assigned`. */
  lag(stream: string, lag: Lag): void;
  /** Events that came after their time was over: kept and counted, but nothing is decided again. */
  late(stream: string, events: number): void;
}

/** What is worth a human's eye: once per outage, never per record. */
export interface Log {
  info(fields: Readonly<Record<string, unknown>>, message: string): void;
  warn(fields: Readonly<Record<string, unknown>>, message: string): void;
  error(fields: Readonly<Record<string, unknown>>, message: string): void;
}

export const silentObserver: PipelineObserver = {
  assigned() {},
  received() {},
  rejected() {},
  committed() {},
  retried() {},
  lag() {},
  late() {},
};

export const silentLog: Log = { info() {}, warn() {}, error() {} };

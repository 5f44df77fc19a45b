import type { RecordBatch } from '@gondola/stream';
import type { Access } from './credentials.js';
import type { KafkaSettings } from './kafka-settings.js';

export interface MemberOptions {
  readonly topic: string;
  readonly group: string;
  readonly settings: KafkaSettings;
  readonly access: Access;
}

/**
 * One membership of a consumer group, as one client makes it: what differs between clients and nothing else. `createGroupSource`
 * drives it from one place at a time, but for `commit`, and throws it away when it has thrown: errors are the client's own, but for `OutOfRange`.
 */
export interface Member {
  /** Connects and joins; resolves with the first assignment there to be taken. */
  join(): Promise<void>;
  /** What is ours since the last change, null when nothing changed since it was last taken. */
  takeAssignment(): readonly number[] | null;
  /** From now on, records of exactly these partitions from these offsets. Drops what was fetched before. */
  read(starts: ReadonlyMap<number, number>): void;
  /** Null when nothing came in time, or when the assignment changed. */
  next(waitMs: number): Promise<RecordBatch | null>;
  /** Offset up to which everything was handed over, past markers and what compaction took. */
  position(partition: number): number;
  commit(offsets: ReadonlyMap<number, number>): Promise<void>;
  /** Gives the partitions back at once. Never throws. */
  leave(): Promise<void>;
}

/** A rebalance shows in the answer to a heartbeat, so this is how long a hand-over may go unseen. */
const HEARTBEAT_MS_MAX = 500;

/** As all clients name them. */
export function groupTimes({ sessionTimeoutMs, rebalanceTimeoutMs }: KafkaSettings) {
  return {
    sessionTimeout: sessionTimeoutMs,
    rebalanceTimeout: rebalanceTimeoutMs,
    heartbeatInterval: Math.min(HEARTBEAT_MS_MAX, sessionTimeoutMs / 3),
  };
}

/**
 * Of one response, for clients that make all its records objects (some 1.5 KB each) at once. More than fits beside the rest of V8's
 * young generation is copied while it is made, and then collected with the old one: with 8 MiB reading cost twice the CPU, and a
 * gigabyte of memory when they were compressed.
 */
const OBJECT_RESPONSE_BYTES_MAX = 256 * 1024;

export function responseBytesMax({ fetchBytesMax }: KafkaSettings): number {
  return Math.min(fetchBytesMax, OBJECT_RESPONSE_BYTES_MAX);
}

/** The broker no longer has, or never had, what was to be read. */
export class OutOfRange extends Error {
  constructor(
    readonly partition: number,
    readonly wanted: number,
  ) {
    super(`partition ${partition}: offset ${wanted} is out of range`);
  }
}

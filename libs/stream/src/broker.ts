import type { Clock } from './clock.js';
import type { Log } from './observer.js';
import type { RecordSink } from './sink.js';
import type { Source } from './source.js';

export interface SourceOptions {
  readonly stream: string;
  /** Instances that read under one name share the partitions; the broker keeps their checkpoints under it. */
  readonly reader: string;
  /** Go on after a gap (records forgotten before they were read) instead of stopping. */
  readonly allowGap: boolean;
}

export interface SourceDeps {
  readonly clock: Clock;
  readonly log: Log;
  /** 0..1, for jitter. */
  readonly random: () => number;
}

/**
 * What carries streams, as an app sees it: which broker it is, only the app's `open-broker.ts` knows. Nothing is connected
 * before a source is opened or a sink is used.
 */
export interface Broker {
  /** What bronze says in its column `source`. */
  readonly kind: 'embedded' | 'kafka' | 'kinesis' | 'event-hubs';
  /**
   * Makes the stream with so many partitions when it is not there and making streams is ours to do; elsewhere only looks.
   * Errors: `stream_unavailable`, a `SetupError` when the stream is not there or may not be read.
   */
  prepare(stream: string, partitions: number): Promise<void>;
  source(options: SourceOptions, deps: SourceDeps): Source;
  /**
   * Of every partition for whoever asks, without a group, checkpoints and gaps: for a stream that each instance reads whole at each
   * start. Brokers whose streams forget by age alone (Kinesis, Event Hubs) have none.
   */
  wholeSource?(stream: string, deps: SourceDeps): Source;
  sink(stream: string): RecordSink;
  /** After every source was closed. Sinks hand over what they have taken. */
  close(): Promise<void>;
}

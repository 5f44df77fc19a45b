import type { Position } from './position.js';
import type { TraceContext } from './trace-context.js';

/** Counts, positions and names of streams and tables: never what a record holds, nor who sent it. */
export type SpanAttributes = Readonly<Record<string, string | number>>;

export interface SpanSpec {
  readonly name: string;
  readonly kind: 'internal' | 'server' | 'producer' | 'consumer';
  /** Null: it begins a trace. */
  readonly parent: TraceContext | null;
  readonly links?: readonly TraceContext[];
  readonly attributes?: SpanAttributes;
  /** Left out: now. */
  readonly startMs?: number;
  /** One that begins a trace is recorded, whatever share is; one with a parent as its parent is. */
  readonly isWanted?: boolean;
}

export interface SpanEnd {
  readonly attributes?: SpanAttributes;
  /** Left out: now. */
  readonly endMs?: number;
  /** Code of what went wrong; left out: nothing. */
  readonly fault?: string;
}

/** A span that has begun. One that is not recorded has a context too, and costs next to nothing. */
export interface OpenSpan {
  readonly context: TraceContext;
  link(to: TraceContext): void;
  /** Once. */
  end(end?: SpanEnd): void;
}

/** Makes spans. Never throws, never waits: what cannot be exported is counted and forgotten. */
export interface Tracer {
  begin(spec: SpanSpec): OpenSpan;
}

/** The record header of W3C Trace Context, and that of the attribute of CloudEvents' extension for distributed tracing. */
export const TRACEPARENT_HEADER = 'traceparent';
export const EVENT_TRACEPARENT_HEADER = 'ce_traceparent';

/** Of records that a pipeline is about to send: which span each belongs to. */
export interface SentTraces {
  /**
   * The `traceparent` for a record on `stream` that was made of the record at `position` (null: time alone made it), until the
   * batch of that is committed. Null when nothing was read since the last commit.
   */
  traceparentOf(stream: string, partition: string, position: Position | null): string | null;
  /** The same for records that go on one by one: null unless the producer of this one wants it traced. */
  sampledAt(stream: string, partition: string, position: Position): string | null;
}

import {
  EVENT_TRACEPARENT_HEADER,
  formatTraceparent,
  parseTraceparent,
  positionAt,
  TRACEPARENT_HEADER,
  withoutHeaders,
  type Clock,
  type Commit,
  type Header,
  type OpenSpan,
  type PipelineWatcher,
  type Position,
  type RecordBatch,
  type Rejection,
  type SentTraces,
  type SpanAttributes,
  type TraceContext,
  type Tracer,
} from '@gondola/stream';

export interface PipelineTracingOptions {
  /** As metrics call it. */
  readonly pipeline: string;
  /** Kind of broker. */
  readonly system: string;
  /** Spans of single records between two commits; above it records are processed without one, and counted. */
  readonly recordsMax: number;
  readonly tracer: Tracer;
  readonly clock: Pick<Clock, 'nowMs'>;
  /** Told that records of a batch got no span because there were too many: one of them, the others are not looked for. */
  readonly onBeyondLimit: (records: number) => void;
}

/** Everything between two commits: one span, whose children are its batches and what each sink did. */
interface Flush {
  readonly span: OpenSpan;
  readonly startMs: number;
  records: number;
  batches: number;
}

/** A record whose producer wants it traced. */
interface TracedRecord {
  readonly span: OpenSpan;
  /** What a stage made of it, where it did not pass. */
  rejection: Rejection | null;
}

/**
 * Spans of one pipeline. What is read between two commits and the commit itself is one trace, of which a share is recorded. A
 * record whose producer set the flag has a span in its producer's trace as well, from when it was read until it can be read
 * in the lake; both name each other by a link. Records without that flag have none.
 */
export class PipelineTracing implements PipelineWatcher, SentTraces {
  private flush: Flush | null = null;
  /** Partition and position -> its span, since the last commit. */
  private readonly traced = new Map<string, TracedRecord>();
  private sent: OpenSpan[] = [];
  private batchSpan: OpenSpan | null = null;

  constructor(private readonly options: PipelineTracingOptions) {}

  assigned(): void {}

  reading(batch: RecordBatch): TraceContext {
    const wanted = this.wantedIn(batch);
    const flush = this.flushFor(batch.stream, wanted.length > 0);
    flush.batches++;
    flush.records += batch.count;
    for (const { index, context } of wanted) this.beginRecord(batch, index, context, flush.span);
    this.batchSpan = flush.span.context.isSampled ? this.beginBatch(batch, flush.span.context) : null;
    return this.batchSpan?.context ?? flush.span.context;
  }

  processed(batch: RecordBatch, rejected: readonly Rejection[]): void {
    this.batchSpan?.end({ attributes: { 'gondola.records.rejected': rejected.length } });
    this.batchSpan = null;
    if (this.traced.size === 0) return;
    for (const rejection of rejected) {
      const record = this.traced.get(placeOf(batch.partition, positionAt(batch, rejection.index)));
      if (record) record.rejection = rejection;
    }
  }

  committing(): TraceContext {
    return (this.flush ?? this.flushFor('', false)).span.context;
  }

  committed({ sinks }: Commit): void {
    const { flush } = this;
    if (!flush) return;
    if (flush.span.context.isSampled)
      for (const { sink, rows, startMs, endMs } of sinks)
        this.options.tracer
          .begin({
            ...{ name: `commit ${sink}`, kind: 'internal', parent: flush.span.context, startMs },
            attributes: { 'gondola.rows': rows },
          })
          .end({ endMs });
    this.endAll();
  }

  discarded(): void {
    this.endAll('discarded');
  }

  ended(error: unknown): void {
    this.endAll(error === null ? undefined : 'stopped');
  }

  traceparentOf(stream: string, partition: string, position: Position | null): string | null {
    const sampled = position === null ? null : this.sampledAt(stream, partition, position);
    return sampled ?? (this.flush && formatTraceparent(this.flush.span.context));
  }

  sampledAt(stream: string, partition: string, position: Position): string | null {
    const record = this.traced.size === 0 ? undefined : this.traced.get(placeOf(partition, position));
    if (!record) return null;
    const { context } = record.span;
    // One record may make many: they share its own span then.
    if (this.sent.length >= this.options.recordsMax) return formatTraceparent(context);
    const span = this.options.tracer.begin({
      ...{ name: `send ${stream}`, kind: 'producer', parent: context },
      attributes: { 'messaging.operation.type': 'send', 'messaging.destination.name': stream },
    });
    this.sent.push(span);
    return formatTraceparent(span.context);
  }

  /** No more than have room. Looking at the headers of all would be most of what tracing costs: the next one is enough to count. */
  private wantedIn(batch: RecordBatch): SampledRecord[] {
    const room = this.options.recordsMax - this.traced.size;
    const found = sampledRecords(batch, room + 1);
    if (found.length <= room) return found;
    this.options.onBeyondLimit(1);
    return found.slice(0, room);
  }

  /** One that nobody wanted has left nothing behind: it may be begun anew when a batch comes that somebody wants. */
  private flushFor(stream: string, isWanted: boolean): Flush {
    const known = this.flush;
    if (known && (known.span.context.isSampled || !isWanted)) return known;
    const { pipeline, system, tracer, clock } = this.options;
    const startMs = known?.startMs ?? clock.nowMs();
    const span = tracer.begin({
      ...{ name: `flush ${pipeline}`, kind: 'internal', parent: null, startMs, isWanted },
      attributes: { 'gondola.pipeline': pipeline, 'messaging.system': system, 'gondola.stream': stream },
    });
    return (this.flush = { span, startMs, records: known?.records ?? 0, batches: known?.batches ?? 0 });
  }

  private beginBatch(batch: RecordBatch, parent: TraceContext): OpenSpan {
    return this.options.tracer.begin({
      ...{ name: `process ${batch.stream}`, kind: 'internal', parent },
      attributes: {
        'messaging.destination.name': batch.stream,
        'messaging.destination.partition.id': batch.partition,
        'messaging.batch.message_count': batch.count,
        'gondola.position.end': `${batch.nextPosition}`,
      },
    });
  }

  private beginRecord(batch: RecordBatch, index: number, parent: TraceContext, flush: OpenSpan): void {
    const { pipeline, system, tracer } = this.options;
    const position = positionAt(batch, index);
    const span = tracer.begin({
      ...{ name: `${pipeline} ${batch.stream}`, kind: 'consumer', parent, links: [flush.context] },
      attributes: {
        'messaging.system': system,
        'messaging.operation.type': 'process',
        'messaging.destination.name': batch.stream,
        'messaging.destination.partition.id': batch.partition,
        'gondola.position': `${position}`,
      },
    });
    flush.link(span.context);
    this.traced.set(placeOf(batch.partition, position), { span, rejection: null });
  }

  private endAll(fault?: string): void {
    for (const span of this.sent) span.end({ fault });
    for (const { span, rejection } of this.traced.values())
      span.end({ fault, attributes: outcomeOf(rejection) });
    this.batchSpan?.end({ fault });
    if (this.flush) {
      const { span, records, batches } = this.flush;
      const attributes = { 'gondola.records': records, 'gondola.batches': batches };
      span.end({ fault, attributes });
    }
    [this.flush, this.batchSpan, this.sent] = [null, null, []];
    this.traced.clear();
  }
}

const placeOf = (partition: string, position: Position) => `${partition}/${position}`;

function outcomeOf(rejection: Rejection | null): SpanAttributes {
  if (!rejection) return { 'gondola.outcome': 'passed' };
  const { kind, stage, reason } = rejection;
  return { 'gondola.outcome': kind, 'gondola.stage': stage, 'gondola.reason': reason };
}

interface SampledRecord {
  readonly index: number;
  readonly context: TraceContext;
}

/** The first ones, `recordsMax` at the most. */
function sampledRecords(batch: RecordBatch, recordsMax: number): SampledRecord[] {
  const found: SampledRecord[] = [];
  if (batch.headersAt === withoutHeaders) return found;
  for (let index = 0; index < batch.count && found.length < recordsMax; index++) {
    const headers = batch.headersAt(index);
    const context = headers.length > 0 ? sampledContextOf(headers) : null;
    if (context) found.push({ index, context });
  }
  return found;
}

/**
 * What the header says: where the record was sent from; else the attribute of its CloudEvent: where it was made. Null unless its
 * flag is set.
 */
export function sampledContextOf(headers: readonly Header[]): TraceContext | null {
  let event: Header | null = null;
  for (const header of headers) {
    if (header.key === TRACEPARENT_HEADER) return sampledIn(header);
    if (header.key === EVENT_TRACEPARENT_HEADER) event = header;
  }
  return event && sampledIn(event);
}

const ZERO = 0x30;
const TRACEPARENT_BYTES_MAX = 512;

function sampledIn({ value }: Header): TraceContext | null {
  // Most are not sampled: their last digit, of version 00, is even, and no text has to be made of them.
  if (value.length === 55 && ((value[54] - ZERO) & 1) === 0 && value[54] <= 0x39) return null;
  if (value.length < 55 || value.length > TRACEPARENT_BYTES_MAX) return null;
  const context = parseTraceparent(
    Buffer.from(value.buffer, value.byteOffset, value.length).toString('latin1'),
  );
  return context?.isSampled ? context : null;
}

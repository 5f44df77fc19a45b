import {
  currentTrace,
  EVENT_TRACEPARENT_HEADER,
  formatTraceparent,
  parseTraceparent,
  TRACEPARENT_HEADER,
  type OpenSpan,
  type OutgoingRecord,
  type TraceContext,
  type Tracer,
} from '@gondola/stream';

/** Events of one request that have a span of their own. */
const EVENTS_MAX = 64;

/**
 * What the records of a request say of traces. Where the caller wants the request traced, each record names the request's span.
 * An event whose own attribute names another trace stays in that one: it gets a span there, and a link to the request.
 */
export class DoorTraces {
  constructor(
    private readonly tracer: Tracer,
    private readonly stream: string,
  ) {}

  /** `traceparent`: that of the request, as its caller sent it. */
  async around<T>(
    traceparent: unknown,
    records: readonly OutgoingRecord[],
    append: (traced: readonly OutgoingRecord[]) => Promise<T>,
  ): Promise<T> {
    const caller = typeof traceparent === 'string' ? parseTraceparent(traceparent) : null;
    const request = currentTrace();
    const spans: OpenSpan[] = [];
    const traced = records.map((record) => {
      const context = this.eventOf(record, request, spans) ?? (caller?.isSampled ? request : null);
      if (!context) return record;
      const header = { key: TRACEPARENT_HEADER, value: Buffer.from(formatTraceparent(context)) };
      return { ...record, headers: [...(record.headers ?? []), header] };
    });
    try {
      const result = await append(traced);
      for (const span of spans) span.end();
      return result;
    } catch (error) {
      for (const span of spans) span.end({ fault: 'not_appended' });
      throw error;
    }
  }

  /** Null: it says nothing of its own, or nothing else than the request. */
  private eventOf(
    { headers }: OutgoingRecord,
    request: TraceContext | null,
    spans: OpenSpan[],
  ): TraceContext | null {
    const attribute = headers?.find(({ key }) => key === EVENT_TRACEPARENT_HEADER);
    const event = attribute ? parseTraceparent(Buffer.from(attribute.value).toString('latin1')) : null;
    if (!event?.isSampled || event.traceId === request?.traceId || spans.length >= EVENTS_MAX) return null;
    const span = this.tracer.begin({
      ...{ name: `send ${this.stream}`, kind: 'producer', parent: event, links: request ? [request] : [] },
      attributes: { 'messaging.operation.type': 'send', 'messaging.destination.name': this.stream },
    });
    spans.push(span);
    return span.context;
  }
}

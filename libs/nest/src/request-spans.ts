import { parseTraceparent, type OpenSpan, type TraceContext, type Tracer } from '@gondola/stream';

interface TracedRequest {
  readonly method: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** Asked every few seconds by machines, and event streams, which last for hours: spans of them would be all that one sees. */
const NOT_TRACED = /^\/(health\/|metrics$|log-level$)|\/stream$/;

/** One span for each request, in the trace of its caller where that says which. Of a request only method, route and status are in it. */
export class RequestSpans {
  private readonly open = new WeakMap<object, OpenSpan>();

  constructor(private readonly tracer: Tracer) {}

  /** `route` is the pattern. Null: of this one there is none. */
  begin(request: TracedRequest, route: string): TraceContext | null {
    if (NOT_TRACED.test(route)) return null;
    const { traceparent } = request.headers;
    const span = this.tracer.begin({
      ...{ name: `${request.method} ${route}`, kind: 'server' },
      parent: typeof traceparent === 'string' ? parseTraceparent(traceparent) : null,
      attributes: { 'http.request.method': request.method, 'http.route': route },
    });
    this.open.set(request, span);
    return span.context;
  }

  end(request: TracedRequest, status: number): TraceContext | null {
    const span = this.open.get(request);
    if (!span) return null;
    this.open.delete(request);
    const attributes = { 'http.response.status_code': status };
    span.end(status >= 500 ? { attributes, fault: `${status}` } : { attributes });
    return span.context;
  }
}

import {
  createContextKey,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
} from '@opentelemetry/api';
import type { Context, Link, Span, SpanContext, Tracer as OtelTracer } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  SamplingDecision,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import type { ReadableSpan, Sampler, SpanExporter, SpanProcessor } from '@opentelemetry/sdk-trace';
import type { OpenSpan, SpanEnd, SpanSpec, TraceContext, Tracer } from '@gondola/stream';
import type { TracingOptions, TracingTools } from './open-tracing.js';

const SPANS_WAITING_MAX = 4_096;
const SPANS_AT_ONCE = 512;
const EXPORT_EVERY_MS = 1_000;
const EXPORT_MS_MAX = 3_000;
const LINKS_MAX = 128;
const NAME = 'gondola';

const KINDS = {
  internal: SpanKind.INTERNAL,
  server: SpanKind.SERVER,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
};
const WANTED = createContextKey('gondola wanted');

/** Spans of OpenTelemetry's SDK, sent by OTLP over HTTP. Loaded only where somebody traces. */
export class OtlpTracer implements Tracer {
  private readonly provider: TracerProvider;
  private readonly tracer: OtelTracer;

  constructor(options: TracingOptions, tools: TracingTools) {
    const url = new URL('v1/traces', `${options.endpoint.replace(/\/+$/, '')}/`).href;
    const exporter = new OTLPTraceExporter({ url, timeoutMillis: EXPORT_MS_MAX });
    this.provider = new TracerProvider({
      resource: resourceFromAttributes({ ...tools.resource }),
      sampler: new ShareSampler(options.sampleRatio),
      spanLimits: { linkCountLimit: LINKS_MAX },
      spanProcessors: [new BoundedProcessor(exporter, tools)],
    });
    this.tracer = this.provider.getTracer(NAME);
  }

  begin({ name, kind, parent, links = [], attributes = {}, startMs, isWanted = false }: SpanSpec): OpenSpan {
    const root = isWanted ? ROOT_CONTEXT.setValue(WANTED, true) : ROOT_CONTEXT;
    const context = parent ? trace.setSpanContext(root, otelContext(parent)) : root;
    const options = {
      kind: KINDS[kind],
      links: links.map(linkTo),
      attributes: { ...attributes },
      startTime: startMs,
    };
    return new OtlpSpan(this.tracer.startSpan(name, options, context));
  }

  /** What has ended is sent; what cannot be is counted. */
  async close(): Promise<void> {
    try {
      await this.provider.shutdown();
    } catch {
      // Of spans that could not be sent, which were counted.
    }
  }
}

class OtlpSpan implements OpenSpan {
  readonly context: TraceContext;

  constructor(private readonly span: Span) {
    const { traceId, spanId, traceFlags } = span.spanContext();
    this.context = { traceId, spanId, isSampled: (traceFlags & TraceFlags.SAMPLED) !== 0 };
  }

  link(to: TraceContext): void {
    this.span.addLink(linkTo(to));
  }

  end({ attributes, endMs, fault }: SpanEnd = {}): void {
    if (attributes) this.span.setAttributes({ ...attributes });
    if (fault !== undefined) this.span.setStatus({ code: SpanStatusCode.ERROR, message: fault });
    this.span.end(endMs);
  }
}

const linkTo = (to: TraceContext): Link => ({ context: otelContext(to) });

const otelContext = ({ traceId, spanId, isSampled }: TraceContext): SpanContext => ({
  traceId,
  spanId,
  traceFlags: isSampled ? TraceFlags.SAMPLED : TraceFlags.NONE,
  isRemote: true,
});

/** What has a parent is recorded as that is; of what has none a share, and what is wanted. */
class ShareSampler implements Sampler {
  private readonly share: TraceIdRatioBasedSampler;

  constructor(ratio: number) {
    this.share = new TraceIdRatioBasedSampler(ratio);
  }

  shouldSample(context: Context, traceId: string) {
    const parent = trace.getSpanContext(context);
    const isRecorded = parent
      ? (parent.traceFlags & TraceFlags.SAMPLED) !== 0
      : context.getValue(WANTED) === true ||
        this.share.shouldSample(context, traceId).decision === SamplingDecision.RECORD_AND_SAMPLED;
    return { decision: isRecorded ? SamplingDecision.RECORD_AND_SAMPLED : SamplingDecision.NOT_RECORD };
  }

  toString(): string {
    return 'GondolaShare';
  }
}

/** The SDK's batches, with a count of what it would drop in silence. */
class BoundedProcessor implements SpanProcessor {
  private readonly batches: BatchSpanProcessor;
  private waiting = 0;

  constructor(
    exporter: SpanExporter,
    private readonly tools: TracingTools,
  ) {
    this.batches = new BatchSpanProcessor({
      exporter: this.counted(exporter),
      maxQueueSize: SPANS_WAITING_MAX,
      maxExportBatchSize: SPANS_AT_ONCE,
      scheduledDelayMillis: EXPORT_EVERY_MS,
      exportTimeoutMillis: 2 * EXPORT_MS_MAX,
    });
  }

  onStart(): void {}

  onEnd(span: ReadableSpan): void {
    if (this.waiting >= SPANS_WAITING_MAX) return this.tools.onDropped(1, 'queue_full');
    this.waiting++;
    this.batches.onEnd(span);
  }

  forceFlush(): Promise<void> {
    return this.batches.forceFlush();
  }

  shutdown(): Promise<void> {
    return this.batches.shutdown();
  }

  private counted(exporter: SpanExporter): SpanExporter {
    return {
      export: (spans, done) =>
        exporter.export(spans, (result) => {
          this.waiting -= spans.length;
          if (result.code === 0) this.tools.onExported(spans.length);
          else this.tools.onDropped(spans.length, 'export_failed');
          done(result);
        }),
      shutdown: () => exporter.shutdown(),
      forceFlush: async () => exporter.forceFlush?.(),
    };
  }
}

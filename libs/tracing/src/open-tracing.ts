import type { Clock, Log, Tracer } from '@gondola/stream';

export interface TracingOptions {
  /** Of a receiver of OTLP over HTTP; spans go to `v1/traces` below it. */
  readonly endpoint: string;
  /** 0 to 1: of traces that begin here. */
  readonly sampleRatio: number;
}

export type SpanDropReason = 'queue_full' | 'export_failed' | 'limit';

export interface TracingTools {
  /** Says which process it is: names of OpenTelemetry's conventions. */
  readonly resource: Readonly<Record<string, string>>;
  readonly onExported: (spans: number) => void;
  readonly onDropped: (spans: number, reason: SpanDropReason) => void;
}

export interface Tracing {
  readonly tracer: Tracer;
  /** Sends what has ended, and gives up after a few seconds. */
  close(): Promise<void>;
}

const CLOSE_MS_MAX = 2_000;

/** Loads OpenTelemetry's SDK: nothing of it is in a process that does not trace. */
export async function openTracing(
  options: TracingOptions,
  { log, clock, ...tools }: TracingTools & { readonly log: Log; readonly clock: Clock },
): Promise<Tracing> {
  const { OtlpTracer } = await import('./otlp-tracer.js');
  let isAway = false;
  const tracer = new OtlpTracer(options, {
    ...tools,
    onExported(spans) {
      if (isAway) log.info({}, 'spans are taken again');
      isAway = false;
      tools.onExported(spans);
    },
    onDropped(spans, reason) {
      if (reason === 'export_failed' && !isAway) {
        const { origin } = new URL(options.endpoint);
        log.warn({ endpoint: origin }, 'spans cannot be sent: they are left out and counted until they can');
        isAway = true;
      }
      tools.onDropped(spans, reason);
    },
  });
  return {
    tracer,
    async close() {
      const giveUp = new AbortController();
      await Promise.race([tracer.close(), clock.sleep(CLOSE_MS_MAX, giveUp.signal)]);
      giveUp.abort();
    },
  };
}

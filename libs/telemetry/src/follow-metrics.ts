import type { Registry } from 'prom-client';
import { counterOf } from './instruments.js';

/** Of what is said of the line elsewhere: traces and lineage. What cannot be delivered is left out, never waited for. */
export const FOLLOW_METRICS = {
  spansExported: {
    name: 'gondola_spans_exported_total',
    kind: 'counter',
    help: 'Spans that the receiver of traces took',
    labels: [],
  },
  spansDropped: {
    name: 'gondola_spans_dropped_total',
    kind: 'counter',
    help: 'Spans that were left out: queue_full and export_failed, the receiver is slow or away; limit, producers want more records traced than tracing.recordsMax',
    labels: ['reason'],
  },
  lineageEvents: {
    name: 'gondola_lineage_events_total',
    kind: 'counter',
    help: 'Lineage events that were written or taken',
    labels: [],
  },
  lineageDropped: {
    name: 'gondola_lineage_events_dropped_total',
    kind: 'counter',
    help: 'Lineage events that were left out: queue_full and write_failed, the file or the receiver is slow or away; refused, the receiver does not want them',
    labels: ['reason'],
  },
} as const;

export interface SpanMetrics {
  onExported(spans: number): void;
  onDropped(spans: number, reason: 'queue_full' | 'export_failed' | 'limit'): void;
}

export function createSpanMetrics(registry: Registry): SpanMetrics {
  const exported = counterOf(registry, FOLLOW_METRICS.spansExported);
  const dropped = counterOf(registry, FOLLOW_METRICS.spansDropped);
  // Present at 0 from the start: `rate` and alerts need to see the step from 0 to 1.
  for (const reason of ['queue_full', 'export_failed', 'limit']) dropped.inc({ reason }, 0);
  return {
    onExported: (spans) => exported.inc(spans),
    onDropped: (spans, reason) => dropped.inc({ reason }, spans),
  };
}

export interface LineageMetrics {
  onWritten(events: number): void;
  onDropped(events: number, reason: 'queue_full' | 'write_failed' | 'refused'): void;
}

export function createLineageMetrics(registry: Registry): LineageMetrics {
  const written = counterOf(registry, FOLLOW_METRICS.lineageEvents);
  const dropped = counterOf(registry, FOLLOW_METRICS.lineageDropped);
  for (const reason of ['queue_full', 'write_failed', 'refused']) dropped.inc({ reason }, 0);
  return {
    onWritten: (events) => written.inc(events),
    onDropped: (events, reason) => dropped.inc({ reason }, events),
  };
}

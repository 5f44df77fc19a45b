import type { Registry } from 'prom-client';
import { counterOf } from './instruments.js';
import { FOLLOW_METRICS } from './specs/follow.js';

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

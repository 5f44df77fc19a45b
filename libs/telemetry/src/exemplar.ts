import { currentTrace } from '@gondola/stream';

// No interface: those are not assignable to the open record that prom-client takes.
/** Labels of an exemplar: OpenMetrics bounds them to 128 characters, these take 64. */
export type ExemplarLabels = {
  readonly trace_id: string;
  readonly span_id: string;
};

/**
 * For `exemplarLabels` of prom-client: names the sampled span that the caller runs in; undefined when there is none, as always
 * where nothing is traced.
 */
export function exemplarOf(): ExemplarLabels | undefined {
  const trace = currentTrace();
  return trace?.isSampled ? { trace_id: trace.traceId, span_id: trace.spanId } : undefined;
}

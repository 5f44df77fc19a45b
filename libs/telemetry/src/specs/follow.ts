import { EVERY_SERVICE, PIPELINES, type MetricSpec } from '../metric-spec.js';

/** Of what is said of the line elsewhere: traces and lineage. What cannot be delivered is left out, never waited for. */
export const FOLLOW_METRICS = {
  spansExported: {
    name: 'gondola_spans_exported_total',
    kind: 'counter',
    unit: 'spans',
    help: 'Spans that the receiver of traces took',
    labels: [],
    services: EVERY_SERVICE,
  },
  spansDropped: {
    name: 'gondola_spans_dropped_total',
    kind: 'counter',
    unit: 'spans',
    help: 'Spans that were left out: queue_full and export_failed, the receiver is slow or away; limit, a batch had more records that producers want traced than tracing.recordsMax allows',
    labels: ['reason'],
    services: EVERY_SERVICE,
  },
  lineageEvents: {
    name: 'gondola_lineage_events_total',
    kind: 'counter',
    unit: 'lineage events',
    help: 'Lineage events that were written or taken',
    labels: [],
    services: PIPELINES,
  },
  lineageDropped: {
    name: 'gondola_lineage_events_dropped_total',
    kind: 'counter',
    unit: 'lineage events',
    help: 'Lineage events that were left out: queue_full and write_failed, the file or the receiver is slow or away; refused, the receiver does not want them',
    labels: ['reason'],
    services: PIPELINES,
  },
} as const satisfies Record<string, MetricSpec>;

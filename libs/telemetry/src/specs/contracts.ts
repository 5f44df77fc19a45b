import { PIPELINES, type MetricSpec } from '../metric-spec.js';

/** What contracts say of what came. */
export const CONTRACT_METRICS = {
  recordsRejected: {
    name: 'gondola_records_rejected_total',
    kind: 'counter',
    unit: 'records',
    help: 'Records that a stage quarantined or dropped, by reason',
    labels: ['pipeline', 'stream', 'stage', 'reason'],
    services: PIPELINES,
  },
  recordsQuarantined: {
    name: 'gondola_quarantined_records_total',
    kind: 'counter',
    unit: 'records',
    help: 'Records that were quarantined, by contract and reason; detection counts what it leaves out',
    labels: ['pipeline', 'stream', 'subject', 'reason'],
    services: PIPELINES,
  },
  silverRows: {
    name: 'gondola_silver_rows_total',
    kind: 'counter',
    unit: 'rows',
    help: 'Rows made readable in silver, by contract',
    labels: ['pipeline', 'stream', 'subject'],
    services: ['ingest'],
  },
  qualityScore: {
    name: 'gondola_quality_score',
    kind: 'gauge',
    unit: 'points of 100',
    help: 'Share of what the contract expects that is met, 0..100, of the newest hour of event time as far as this process has read it',
    labels: ['pipeline', 'stream', 'subject'],
    services: ['ingest'],
  },
  qualityChecked: {
    name: 'gondola_quality_checked_total',
    kind: 'counter',
    unit: 'events or lines',
    help: 'Events or lines that an expectation of a contract was held against',
    labels: ['pipeline', 'stream', 'subject', 'expectation'],
    services: ['ingest'],
  },
  qualityFailed: {
    name: 'gondola_quality_failed_total',
    kind: 'counter',
    unit: 'events or lines',
    help: 'Events or lines that were not as a contract expects',
    labels: ['pipeline', 'stream', 'subject', 'expectation'],
    services: ['ingest'],
  },
} as const satisfies Record<string, MetricSpec>;

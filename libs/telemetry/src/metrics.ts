import type { PipelineObserver } from '@gondola/stream';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { FOLLOW_METRICS } from './follow-metrics.js';
import { counterOf, gaugeOf, histogramOf, type MetricSpec } from './instruments.js';
import { SNAPSHOT_METRICS } from './snapshot-metrics.js';

/** Every metric of the system, once. Names end in their unit; `_total` counts since the process started. */
export const METRICS = {
  partitionsAssigned: {
    name: 'gondola_partitions_assigned',
    kind: 'gauge',
    help: 'Partitions of a stream that this process reads now',
    labels: ['pipeline', 'stream'],
  },
  rebalances: {
    name: 'gondola_rebalances_total',
    kind: 'counter',
    help: 'Assignments of partitions to this process, the first one included',
    labels: ['pipeline', 'stream'],
  },
  recordsReceived: {
    name: 'gondola_records_received_total',
    kind: 'counter',
    help: 'Records read from a stream',
    labels: ['pipeline', 'stream'],
  },
  receivedBytes: {
    name: 'gondola_received_bytes_total',
    kind: 'counter',
    help: 'Bytes of keys and values read from a stream',
    labels: ['pipeline', 'stream'],
  },
  recordsRejected: {
    name: 'gondola_records_rejected_total',
    kind: 'counter',
    help: 'Records that a stage quarantined or dropped, by reason',
    labels: ['pipeline', 'stream', 'stage', 'reason'],
  },
  rowsCommitted: {
    name: 'gondola_rows_committed_total',
    kind: 'counter',
    help: 'Rows made readable by a sink',
    labels: ['pipeline', 'stream', 'sink'],
  },
  commitDuration: {
    name: 'gondola_commit_duration_seconds',
    kind: 'histogram',
    help: 'Time one commit of one sink took, retries included',
    labels: ['pipeline', 'sink'],
    buckets: [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60],
  },
  retries: {
    name: 'gondola_retries_total',
    kind: 'counter',
    help: 'Actions repeated because the world outside refused, by error code',
    labels: ['pipeline', 'stream', 'code'],
  },
  lagRecords: {
    name: 'gondola_lag_records',
    kind: 'gauge',
    help: 'Records between what was read and the end of each partition that this process reads (Kafka, Event Hubs, embedded)',
    labels: ['pipeline', 'stream', 'partition'],
  },
  lagSeconds: {
    name: 'gondola_lag_seconds',
    kind: 'gauge',
    help: 'How old a record may be and not be read yet, of each shard that this process reads (Kinesis)',
    labels: ['pipeline', 'stream', 'partition'],
  },
  late: {
    name: 'gondola_late_events_total',
    kind: 'counter',
    help: 'Events that came after their time was over: kept and counted, but nothing is decided again',
    labels: ['pipeline', 'stream'],
  },
  ...SNAPSHOT_METRICS,
  ...FOLLOW_METRICS,
  qualityScore: {
    name: 'gondola_quality_score',
    kind: 'gauge',
    help: 'Share of what the contract expects that is met, 0..100, of the newest hour of event time as far as this process has read it',
    labels: ['pipeline', 'stream', 'subject'],
  },
  qualityChecked: {
    name: 'gondola_quality_checked_total',
    kind: 'counter',
    help: 'Events or lines that an expectation of a contract was held against',
    labels: ['pipeline', 'stream', 'subject', 'expectation'],
  },
  qualityFailed: {
    name: 'gondola_quality_failed_total',
    kind: 'counter',
    help: 'Events or lines that were not as a contract expects',
    labels: ['pipeline', 'stream', 'subject', 'expectation'],
  },
  modelRefused: {
    name: 'gondola_model_refused',
    kind: 'gauge',
    help: '1 while the lake names a model that cannot be used, so that an older one goes on',
    labels: ['pipeline', 'stream'],
  },
  signals: {
    name: 'gondola_signals_total',
    kind: 'counter',
    help: 'Signals that arrived, by kind',
    labels: ['kind'],
  },
  signalsOpen: {
    name: 'gondola_signals_open',
    kind: 'gauge',
    help: 'Shelves with an open signal now, by kind',
    labels: ['kind'],
  },
  signalsPrecision: {
    name: 'gondola_signals_precision_ratio',
    kind: 'gauge',
    help: 'Share of the signals looked at that were right, by kind, of those kept; bound low and high: 95 % interval',
    labels: ['kind', 'bound'],
  },
  incidentsOpen: {
    name: 'gondola_incidents_open',
    kind: 'gauge',
    help: 'Incidents that are open now, by kind: a dead feed, a closed store, a till offline, an item that many stores are out of',
    labels: ['kind'],
  },
  apiRequestDuration: {
    name: 'gondola_api_request_duration_seconds',
    kind: 'histogram',
    help: 'Time from a request to the end of its answer; event streams are not counted',
    labels: ['method', 'route', 'status'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
  },
  apiStreamClients: {
    name: 'gondola_api_stream_clients',
    kind: 'gauge',
    help: 'Clients that follow signals over server-sent events now',
    labels: [],
  },
  apiStreamClientsDropped: {
    name: 'gondola_api_stream_clients_dropped_total',
    kind: 'counter',
    help: 'Clients dropped because they did not read',
    labels: [],
  },
  collectorRequestDuration: {
    name: 'gondola_collector_request_duration_seconds',
    kind: 'histogram',
    help: 'Time from a request of a producer to its answer, by status',
    labels: ['producer', 'status'],
    buckets: [0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  },
  collectorEvents: {
    name: 'gondola_collector_events_total',
    kind: 'counter',
    help: 'Events that producers sent: accepted, or the reason why not',
    labels: ['producer', 'outcome'],
  },
  collectorBytes: {
    name: 'gondola_collector_bytes_total',
    kind: 'counter',
    help: 'Bytes of bodies that producers sent, inflated',
    labels: ['producer'],
  },
  collectorAppendDuration: {
    name: 'gondola_collector_append_duration_seconds',
    kind: 'histogram',
    help: 'Time one append of many requests to the stream took, retries included',
    labels: [],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
  },
  collectorRecords: {
    name: 'gondola_collector_records_appended_total',
    kind: 'counter',
    help: 'Records that the stream acknowledged',
    labels: [],
  },
  collectorRequests: {
    name: 'gondola_collector_requests_inside',
    kind: 'gauge',
    help: 'Requests that are read, judged or wait for the stream now',
    labels: [],
  },
  collectorBytesInside: {
    name: 'gondola_collector_bytes_inside',
    kind: 'gauge',
    help: 'Bytes that those requests hold',
    labels: [],
  },
} as const satisfies Record<string, MetricSpec>;

/** A registry with the numbers of the process itself (CPU, memory, event loop). One per process. */
export function createRegistry(): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return registry;
}

/** Counts what one pipeline does. Several pipelines may share a registry: they differ by their label. */
export function createPipelineMetrics(registry: Registry, pipeline: string): PipelineObserver {
  const partitionsAssigned = gaugeOf(registry, METRICS.partitionsAssigned);
  const rebalances = counterOf(registry, METRICS.rebalances);
  const recordsReceived = counterOf(registry, METRICS.recordsReceived);
  const receivedBytes = counterOf(registry, METRICS.receivedBytes);
  const recordsRejected = counterOf(registry, METRICS.recordsRejected);
  const rowsCommitted = counterOf(registry, METRICS.rowsCommitted);
  const commitDuration = histogramOf(registry, METRICS.commitDuration);
  const retries = counterOf(registry, METRICS.retries);
  const lagRecords = gaugeOf(registry, METRICS.lagRecords);
  const lagSeconds = gaugeOf(registry, METRICS.lagSeconds);
  /** Partitions of each stream that the gauges show. */
  const shown = new Map<string, readonly string[]>();
  function forgetLag(stream: string): void {
    for (const partition of shown.get(stream) ?? [])
      for (const gauge of [lagRecords, lagSeconds]) gauge.remove({ pipeline, stream, partition });
    shown.delete(stream);
  }
  const late = counterOf(registry, METRICS.late);
  const snapshotTime = gaugeOf(registry, METRICS.snapshotTime);
  const qualityScore = gaugeOf(registry, METRICS.qualityScore);
  const qualityChecked = counterOf(registry, METRICS.qualityChecked);
  const qualityFailed = counterOf(registry, METRICS.qualityFailed);
  const modelRefused = gaugeOf(registry, METRICS.modelRefused);
  return {
    assigned(stream, partitions) {
      forgetLag(stream);
      partitionsAssigned.set({ pipeline, stream }, partitions);
      rebalances.inc({ pipeline, stream });
    },
    received(stream, records, bytes) {
      recordsReceived.inc({ pipeline, stream }, records);
      receivedBytes.inc({ pipeline, stream }, bytes);
    },
    rejected: (stream, stage, reason, records) =>
      recordsRejected.inc({ pipeline, stream, stage, reason }, records),
    committed(stream, sink, rows, durationMs) {
      rowsCommitted.inc({ pipeline, stream, sink }, rows);
      commitDuration.observe({ pipeline, sink }, durationMs / 1000);
    },
    retried: (stream, code) => retries.inc({ pipeline, stream, code }),
    lag(stream, { unit, partitions }) {
      forgetLag(stream);
      for (const [partition, behind] of partitions) {
        if (unit === 'records') lagRecords.set({ pipeline, stream, partition }, behind);
        else lagSeconds.set({ pipeline, stream, partition }, behind / 1_000);
      }
      shown.set(stream, [...partitions.keys()]);
    },
    late: (stream, events) => late.inc({ pipeline, stream }, events),
    snapshot(stream, { bytes, durationMs, oldestMadeMs }) {
      snapshotTime.set({ pipeline, stream }, oldestMadeMs / 1000);
      counterOf(registry, METRICS.snapshotBytes).inc({ pipeline, stream }, bytes);
      histogramOf(registry, METRICS.snapshotDuration).observe({ pipeline }, durationMs / 1000);
    },
    expected(stream, subject, { counts, score }) {
      for (const { name: expectation, checked, failed } of counts) {
        qualityChecked.inc({ pipeline, stream, subject, expectation }, checked);
        qualityFailed.inc({ pipeline, stream, subject, expectation }, failed);
      }
      if (score !== null) qualityScore.set({ pipeline, stream, subject }, score);
    },
    modelRefused: (stream, isRefused) => modelRefused.set({ pipeline, stream }, isRefused ? 1 : 0),
  };
}

export interface SignalMetrics {
  /** One signal of this kind arrived. */
  arrived(kind: string): void;
}

/** `openByKind` is asked at each scrape and must name every kind, also those at 0. */
export function createSignalMetrics(
  registry: Registry,
  openByKind: () => Readonly<Record<string, number>>,
): SignalMetrics {
  const signals = counterOf(registry, METRICS.signals);
  const open = gaugeOf(registry, METRICS.signalsOpen, (gauge) => {
    for (const [kind, shelves] of Object.entries(openByKind())) gauge.set({ kind }, shelves);
  });
  for (const kind of Object.keys(openByKind())) {
    // Present at 0 from the start: `rate` and alerts need to see the step from 0 to 1.
    signals.inc({ kind }, 0);
    open.set({ kind }, 0);
  }
  return { arrived: (kind) => signals.inc({ kind }) };
}

export interface ApiMetrics {
  /** `route` is the pattern (`/shelves/:store/:item`), never the path asked for. */
  answered(method: string, route: string, status: number, durationMs: number): void;
  streamOpened(): void;
  streamClosed(dropped: boolean): void;
}

export function createApiMetrics(registry: Registry): ApiMetrics {
  const duration = histogramOf(registry, METRICS.apiRequestDuration);
  const clients = gaugeOf(registry, METRICS.apiStreamClients);
  const dropped = counterOf(registry, METRICS.apiStreamClientsDropped);
  return {
    answered: (method, route, status, durationMs) =>
      duration.observe({ method, route, status }, durationMs / 1000),
    streamOpened: () => clients.inc(),
    streamClosed(wasDropped) {
      clients.dec();
      if (wasDropped) dropped.inc();
    },
  };
}

export interface CollectorMetrics {
  /** `producer` is a name of the keys file, `unknown` when the key was none of it. */
  answered(producer: string, status: number, durationMs: number): void;
  received(producer: string, bytes: number): void;
  /** `outcome` is `accepted` or the reason why not. */
  events(producer: string, outcome: string, events: number): void;
  appended(records: number, durationMs: number): void;
}

/** `inside` is asked at each scrape. */
export function createCollectorMetrics(
  registry: Registry,
  inside: () => { readonly requests: number; readonly bytes: number },
): CollectorMetrics {
  const duration = histogramOf(registry, METRICS.collectorRequestDuration);
  const events = counterOf(registry, METRICS.collectorEvents);
  const bytes = counterOf(registry, METRICS.collectorBytes);
  const appendDuration = histogramOf(registry, METRICS.collectorAppendDuration);
  const records = counterOf(registry, METRICS.collectorRecords);
  gaugeOf(registry, METRICS.collectorRequests, (gauge) => gauge.set(inside().requests));
  gaugeOf(registry, METRICS.collectorBytesInside, (gauge) => gauge.set(inside().bytes));
  return {
    answered: (producer, status, durationMs) => duration.observe({ producer, status }, durationMs / 1000),
    received: (producer, count) => bytes.inc({ producer }, count),
    events: (producer, outcome, count) => events.inc({ producer, outcome }, count),
    appended(count, durationMs) {
      records.inc(count);
      appendDuration.observe(durationMs / 1000);
    },
  };
}

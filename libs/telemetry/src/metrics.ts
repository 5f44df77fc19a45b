import type { PipelineObserver } from '@gondola/stream';
import type { Registry } from 'prom-client';
import { createContractObserver } from './contract-metrics.js';
import { counterOf, gaugeOf, histogramOf, observeTraced } from './instruments.js';
import type { MetricSpec } from './metric-spec.js';
import { createModelObserver } from './model-metrics.js';
import { createOutageObserver } from './outage-metric.js';
import { API_METRICS } from './specs/api.js';
import { COLLECTOR_METRICS } from './specs/collector.js';
import { CONTRACT_METRICS } from './specs/contracts.js';
import { DETECTION_METRICS } from './specs/detection.js';
import { FOLLOW_METRICS } from './specs/follow.js';
import { LINE_METRICS } from './specs/line.js';
import { PROCESS_METRICS } from './specs/process.js';
import { STOCKOUT_METRICS } from './specs/stockouts.js';
import { WEBHOOK_METRICS } from './specs/webhooks.js';

/** Every metric of the system, once. Names end in their unit; `_total` counts since the process started. */
export const METRICS = {
  ...LINE_METRICS,
  ...CONTRACT_METRICS,
  ...DETECTION_METRICS,
  ...STOCKOUT_METRICS,
  ...API_METRICS,
  ...WEBHOOK_METRICS,
  ...COLLECTOR_METRICS,
  ...PROCESS_METRICS,
  ...FOLLOW_METRICS,
} as const satisfies Record<string, MetricSpec>;

/** Counts what one pipeline does. Several pipelines may share a registry: they differ by their label. */
export function createPipelineMetrics(registry: Registry, pipeline: string): PipelineObserver {
  const partitionsAssigned = gaugeOf(registry, METRICS.partitionsAssigned);
  const rebalances = counterOf(registry, METRICS.rebalances);
  const recordsReceived = counterOf(registry, METRICS.recordsReceived);
  const receivedBytes = counterOf(registry, METRICS.receivedBytes);
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
  const freshness = histogramOf(registry, METRICS.freshness);
  const fencedCommits = counterOf(registry, METRICS.fencedCommits);
  const outage = createOutageObserver(registry, pipeline);
  return {
    ...createContractObserver(registry, pipeline),
    ...outage,
    ...createModelObserver(registry, pipeline),
    assigned(stream, partitions) {
      forgetLag(stream);
      // Present at 0 from the start: `increase` and alerts need to see the step from 0 to 1.
      fencedCommits.inc({ pipeline, stream }, 0);
      outage.waiting(stream, null);
      partitionsAssigned.set({ pipeline, stream }, partitions);
      rebalances.inc({ pipeline, stream });
    },
    received(stream, records, bytes) {
      recordsReceived.inc({ pipeline, stream }, records);
      receivedBytes.inc({ pipeline, stream }, bytes);
    },
    committed(stream, sink, rows, durationMs) {
      rowsCommitted.inc({ pipeline, stream, sink }, rows);
      observeTraced(commitDuration, { pipeline, sink }, durationMs / 1000);
    },
    readable: (stream, sink, ageMs) => freshness.observe({ pipeline, stream, sink }, ageMs / 1000),
    retried(stream, code) {
      retries.inc({ pipeline, stream, code });
      if (code === 'fenced') fencedCommits.inc({ pipeline, stream });
    },
    lag(stream, { unit, partitions }) {
      forgetLag(stream);
      for (const [partition, behind] of partitions) {
        if (unit === 'records') lagRecords.set({ pipeline, stream, partition }, behind);
        else lagSeconds.set({ pipeline, stream, partition }, behind / 1_000);
      }
      shown.set(stream, [...partitions.keys()]);
    },
    late: (stream, events) => late.inc({ pipeline, stream }, events),
    doubted: (stream, reason, rows) =>
      counterOf(registry, METRICS.doubted).inc({ pipeline, stream, reason }, rows),
    snapshot(stream, { bytes, durationMs, oldestMadeMs }) {
      snapshotTime.set({ pipeline, stream }, oldestMadeMs / 1000);
      counterOf(registry, METRICS.snapshotBytes).inc({ pipeline, stream }, bytes);
      histogramOf(registry, METRICS.snapshotDuration).observe({ pipeline }, durationMs / 1000);
    },
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
  /** By `access`, before anything else. */
  refused(reason: string): void;
  streamOpened(): void;
  streamClosed(dropped: boolean): void;
}

export function createApiMetrics(registry: Registry): ApiMetrics {
  const duration = histogramOf(registry, METRICS.apiRequestDuration);
  const clients = gaugeOf(registry, METRICS.apiStreamClients);
  const dropped = counterOf(registry, METRICS.apiStreamClientsDropped);
  const refusals = counterOf(registry, METRICS.apiRefusals);
  return {
    refused: (reason) => refusals.inc({ reason }),
    answered: (method, route, status, durationMs) =>
      observeTraced(duration, { method, route, status }, durationMs / 1000),
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

import { Registry } from 'prom-client';
import {
  createApiMetrics,
  createPipelineMetrics,
  createRegistry,
  createSignalMetrics,
  METRICS,
} from './index.js';

describe('the list of metrics', () => {
  const specs = Object.values(METRICS);

  it.each(specs.map((spec) => [spec.name, spec] as const))('%s is named by the rules', (name, spec) => {
    expect(name).toMatch(/^gondola_[a-z_]+$/);
    if (spec.kind === 'counter') expect(name).toMatch(/_total$/);
    if (spec.kind === 'histogram') expect(name).toMatch(/_(seconds|bytes|records)$/);
    for (const label of spec.labels) {
      expect(['shelf', 'record', 'signal', 'position', 'path']).not.toContain(label);
      // Bounded by `metrics` of detect; items by the few that lose most.
      if (['store', 'item', 'category'].includes(label)) expect(name).toMatch(`gondola_${label}_`);
    }
  });

  it('has each name once', () => {
    expect(new Set(specs.map((spec) => spec.name)).size).toBe(specs.length);
  });
});

describe('pipeline metrics', () => {
  it('count per pipeline on one registry', async () => {
    const registry = new Registry();
    const ingest = createPipelineMetrics(registry, 'ingest');
    const detect = createPipelineMetrics(registry, 'detect');
    ingest.received('pos', 10, 1_000);
    ingest.received('pos', 5, 500);
    detect.received('pos', 7, 700);
    ingest.rejected('pos', 'validate', 'decode_failed', 3);
    ingest.committed('pos', 'silver', 12, 1_500);
    ingest.retried('pos', 'lake_unavailable');
    ingest.expected('pos', 'sale', { counts: [{ name: 'onTime', checked: 9, failed: 2 }], score: 50 });
    ingest.expected('pos', 'sale', { counts: [{ name: 'onTime', checked: 1, failed: 0 }], score: null });

    const text = await registry.metrics();
    const lines = text.split('\n');
    expect(lines).toContain('gondola_records_received_total{pipeline="ingest",stream="pos"} 15');
    expect(lines).toContain('gondola_records_received_total{pipeline="detect",stream="pos"} 7');
    expect(lines).toContain('gondola_received_bytes_total{pipeline="ingest",stream="pos"} 1500');
    expect(lines).toContain(
      'gondola_records_rejected_total{pipeline="ingest",stream="pos",stage="validate",reason="decode_failed"} 3',
    );
    const sale = 'pipeline="ingest",stream="pos",subject="sale"';
    expect(lines).toContain(`gondola_quality_checked_total{${sale},expectation="onTime"} 10`);
    expect(lines).toContain(`gondola_quality_failed_total{${sale},expectation="onTime"} 2`);
    expect(lines).toContain(`gondola_quality_score{${sale}} 50`);
    expect(lines).toContain('gondola_rows_committed_total{pipeline="ingest",stream="pos",sink="silver"} 12');
    expect(lines).toContain('gondola_commit_duration_seconds_sum{pipeline="ingest",sink="silver"} 1.5');
    expect(lines).toContain(
      'gondola_retries_total{pipeline="ingest",stream="pos",code="lake_unavailable"} 1',
    );
  });
});

describe('lag', () => {
  it('is that of the partitions that are ours, in the unit that the broker knows', async () => {
    const registry = new Registry();
    const ingest = createPipelineMetrics(registry, 'ingest');
    const detect = createPipelineMetrics(registry, 'detect');
    const shown = async () =>
      (await registry.metrics()).split('\n').filter((line) => line.startsWith('gondola_lag_'));
    const records = (...lags: [string, number][]) => ({
      unit: 'records' as const,
      partitions: new Map(lags),
    });
    ingest.lag('pos', records(['0', 40], ['1', 7]));
    detect.lag('shards', { unit: 'milliseconds', partitions: new Map([['shard-0', 1_500]]) });
    ingest.lag('pos', records(['1', 2], ['2', 0]));
    expect(await shown()).toEqual([
      'gondola_lag_records{pipeline="ingest",stream="pos",partition="1"} 2',
      'gondola_lag_records{pipeline="ingest",stream="pos",partition="2"} 0',
      'gondola_lag_seconds{pipeline="detect",stream="shards",partition="shard-0"} 1.5',
    ]);
    ingest.assigned('pos', 1);
    expect(await shown()).toEqual([
      'gondola_lag_seconds{pipeline="detect",stream="shards",partition="shard-0"} 1.5',
    ]);
  });
});

describe('signal metrics', () => {
  it('show every kind from the start, and what is open at the time of the scrape', async () => {
    const registry = new Registry();
    const open = { silent: 0, coming: 0 };
    const metrics = createSignalMetrics(registry, () => open);
    expect(await registry.metrics()).toContain('gondola_signals_total{kind="coming"} 0');
    metrics.arrived('silent');
    open.silent = 4;
    const text = await registry.metrics();
    expect(text).toContain('gondola_signals_total{kind="silent"} 1');
    expect(text).toContain('gondola_signals_open{kind="silent"} 4');
    expect(text).toContain('gondola_signals_open{kind="coming"} 0');
  });
});

describe('api metrics', () => {
  it('count answers and clients that stay or are dropped', async () => {
    const registry = createRegistry();
    const metrics = createApiMetrics(registry);
    metrics.answered('GET', '/signals', 200, 3);
    metrics.streamOpened();
    metrics.streamOpened();
    metrics.streamClosed(true);
    const text = await registry.metrics();
    expect(text).toContain(
      'gondola_api_request_duration_seconds_bucket{le="0.005",method="GET",route="/signals",status="200"} 1',
    );
    expect(text).toContain(
      'gondola_api_request_duration_seconds_bucket{le="0.0025",method="GET",route="/signals",status="200"} 0',
    );
    expect(text).toContain('gondola_api_stream_clients 1');
    expect(text).toContain('gondola_api_stream_clients_dropped_total 1');
    expect(text).toContain('process_cpu_seconds_total');
  });
});

import { Registry } from 'prom-client';
import {
  createApiMetrics,
  createPipelineMetrics,
  createRegistry,
  createSignalMetrics,
  LABELS,
  METRICS,
  type MetricSpec,
} from './index.js';

describe('the list of metrics', () => {
  const specs: readonly MetricSpec[] = Object.values(METRICS);

  // https://prometheus.io/docs/practices/naming/
  it.each(specs.map((spec) => [spec.name, spec] as const))('%s is named by the rules', (name, spec) => {
    expect(name).toMatch(/^gondola_[a-z]+(_[a-z]+)*$/);
    expect(name.endsWith('_total')).toBe(spec.kind === 'counter');
    expect(name).not.toMatch(
      /_(milliseconds|ms|minutes|hours|percent|kilobytes|megabytes|count|sum|bucket)(_total)?$/,
    );
    const base = name.replace(/_total$/, '');
    expect(base.endsWith('_timestamp_seconds')).toBe(spec.unit === 'seconds since 1970');
    expect(base.endsWith('_seconds')).toBe(spec.unit.startsWith('seconds'));
    expect(/_bytes(_inside)?$/.test(base)).toBe(spec.unit === 'bytes');
    expect(base.endsWith('_ratio')).toBe(spec.unit === 'ratio');
    expect(spec.help).toMatch(/^[A-Z0-9].*[^.]$/);
    expect(spec.services.length).toBeGreaterThan(0);
    if (spec.kind === 'histogram')
      expect(spec.buckets).toEqual([...(spec.buckets ?? [])].sort((a, b) => a - b));
    else expect(spec.buckets).toBeUndefined();
  });

  it.each(specs.map((spec) => [spec.name, spec] as const))('%s has labels with a bound', (_, spec) => {
    for (const label of spec.labels) expect(LABELS[label]).toBeDefined();
    // An item is only shown of the few that the limit lets through, and beside nothing that multiplies them.
    const limited = spec.labels.filter((label) => LABELS[label].by === 'limited');
    const others = spec.labels.filter((label) => label !== 'currency');
    if (limited.length > 0) expect(others).toEqual(limited.slice(0, 1));
    expect(spec.labels.filter((label) => LABELS[label].by === 'configured').length).toBeLessThanOrEqual(3);
  });

  it('has each name once', () => {
    expect(new Set(specs.map((spec) => spec.name)).size).toBe(specs.length);
  });

  it('has no label of what grows with the events', () => {
    for (const name of [
      'shelf',
      'record',
      'signal',
      'incident',
      'position',
      'path',
      'message',
      'event',
      'user',
    ])
      expect(Object.keys(LABELS)).not.toContain(name);
    const used = new Set(specs.flatMap(({ labels }) => labels));
    expect(Object.keys(LABELS).filter((label) => !used.has(label as never))).toEqual([]);
  });
});

describe('the two formats of a registry', () => {
  it('are the same metrics, and writing one leaves the other as it was', async () => {
    const registry = createRegistry();
    const ingest = createPipelineMetrics(registry, 'ingest');
    ingest.received('pos', 10, 1_000);
    ingest.committed('pos', 'silver', 12, 1_500);
    const received = 'gondola_records_received_total{pipeline="ingest",stream="pos"}';
    for (let scrape = 0; scrape < 2; scrape++) {
      ingest.received('pos', 5, 500);
      const open = await registry.asOpenMetrics().metrics();
      const plain = await registry.metrics();
      const records = 15 + 5 * scrape;
      expect(open).toContain(`# TYPE gondola_records_received counter\n${received} ${records}\n`);
      expect(open).toMatch(/\n# EOF\n$/);
      expect(plain).toContain(`# TYPE gondola_records_received_total counter\n${received} ${records}\n`);
      expect(plain).not.toContain('# EOF');
      for (const text of [open, plain]) {
        expect(text).toContain(
          'gondola_commit_duration_seconds_bucket{le="2.5",pipeline="ingest",sink="silver"} 1',
        );
        expect(text).toContain('nodejs_eventloop_lag_seconds');
      }
    }
    expect(registry.asOpenMetrics().contentType).toContain('application/openmetrics-text; version=1.0.0');
  });
});

describe('outages', () => {
  it('last as long as anybody of the pipeline waits', async () => {
    const registry = new Registry();
    const detect = createPipelineMetrics(registry, 'detect');
    const shown = async () =>
      (await registry.metrics())
        .split('\n')
        .flatMap((line) => /^gondola_outage\{pipeline="detect",what="(.*)"\} 1$/.exec(line)?.[1] ?? []);
    detect.assigned('pos', 4);
    expect(await registry.metrics()).toContain('gondola_outage{pipeline="detect",what="registry"} 0');
    detect.waiting('pos', 'lake_unavailable');
    detect.waiting('catalog', 'lake_denied');
    detect.waiting('registry main', 'registry_unavailable');
    expect(await shown()).toEqual(['lake', 'registry']);
    detect.waiting('pos', 'stream_unavailable');
    expect(await shown()).toEqual(['lake', 'stream', 'registry']);
    detect.waiting('catalog', null);
    detect.waiting('registry main', null);
    expect(await shown()).toEqual(['stream']);
    detect.waiting('pos', 'commit_conflict');
    expect(await shown()).toEqual([]);
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
    ingest.retried('pos', 'fenced');
    ingest.quarantined('pos', 'sale', 'decode_failed', 2);
    ingest.quarantined('pos', null, 'decode_failed', 1);
    ingest.stored('pos', 'sale', 12);
    ingest.readable('pos', 'silver', 20_000);
    detect.modelsTrained(new Map([['champion', 1_000]]));
    detect.modelsTrained(new Map([['challenger', 2_000]]));
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
    expect(lines).toContain('gondola_fenced_commits_total{pipeline="ingest",stream="pos"} 1');
    const ofPos = 'pipeline="ingest",stream="pos"';
    const quarantined = `gondola_quarantined_records_total{${ofPos}`;
    expect(lines).toContain(`${quarantined},subject="sale",reason="decode_failed"} 2`);
    expect(lines).toContain(`${quarantined},subject="",reason="decode_failed"} 1`);
    expect(lines).toContain(`gondola_silver_rows_total{${ofPos},subject="sale"} 12`);
    expect(lines).toContain(`gondola_freshness_seconds_bucket{le="30",${ofPos},sink="silver"} 1`);
    expect(lines).toContain(`gondola_freshness_seconds_bucket{le="15",${ofPos},sink="silver"} 0`);
    expect(lines.filter((line) => line.startsWith('gondola_model_trained'))).toEqual([
      'gondola_model_trained_timestamp_seconds{pipeline="detect",model="challenger"} 2',
    ]);
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

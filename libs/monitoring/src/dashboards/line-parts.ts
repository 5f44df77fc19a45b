import { ANY, NONE_AT_ALL, notAbove, notBelow, type Row } from './dashboard.js';
import { of, quantile, rate, sumRate } from './promql.js';

/** Detection's own: its snapshots and models. */
export const DETECTION: Row = {
  title: 'Detection',
  panels: [
    {
      ...{ kind: 'stat', title: 'Age of the state snapshot', unit: 's', width: 6 },
      description:
        'A restart of detection reads again from there. 10 minutes and the time of writing it are usual.',
      ...{ thresholds: notAbove(1_800, 2_700), runbook: 'SnapshotTooOld' },
      queries: [{ expr: `time() - min(${of('gondola_state_snapshot_timestamp_seconds')})` }],
    },
    {
      ...{ kind: 'timeseries', title: 'Bytes of snapshots', unit: 'Bps', width: 6, thresholds: ANY },
      description: 'What writing the state of all shelves costs.',
      queries: [{ expr: sumRate('stream', 'gondola_state_snapshot_bytes_total'), legend: '{{stream}}' }],
    },
    {
      ...{ kind: 'timeseries', title: 'Time of a snapshot, 95 of 100', unit: 's', width: 6 },
      description: 'How long writing one took at most, in 95 of 100; events go on meanwhile.',
      ...{ thresholds: notAbove(60, 300), runbook: 'SnapshotTooOld' },
      queries: [{ expr: quantile(0.95, '', 'gondola_state_snapshot_duration_seconds'), legend: '95 %' }],
    },
    {
      ...{
        kind: 'timeseries',
        title: 'Store hours judged',
        unit: 'suffix: per second',
        width: 6,
        thresholds: ANY,
      },
      description: 'Hours of stores that ended and were judged.',
      runbook: 'DetectorSilent',
      queries: [{ expr: sumRate('stream', 'gondola_detect_ticks_total'), legend: '{{stream}}' }],
    },
    {
      ...{ kind: 'stat', title: 'Model refused', unit: 'bool', width: 12 },
      description: '1: the lake names a model that cannot be used, and the one before goes on.',
      ...{ thresholds: NONE_AT_ALL, runbook: 'ModelRefused' },
      queries: [{ expr: `max(${of('gondola_model_refused')})` }],
    },
    {
      ...{ kind: 'stat', title: 'Age of the model', unit: 's', width: 12 },
      description:
        'How long ago the data ends that the model in use was trained on. Empty with the model that comes with this version, whose data has no dates.',
      ...{ thresholds: notAbove(90 * 86_400, 120 * 86_400), runbook: 'ModelStale' },
      queries: [
        {
          expr: `time() - max by (model) (${of('gondola_model_trained_timestamp_seconds')})`,
          legend: '{{model}}',
        },
      ],
    },
  ],
};

/** Where producers and people come in. */
export const DOORS: Row = {
  title: 'Doors',
  panels: [
    {
      ...{
        kind: 'timeseries',
        title: 'Events of producers',
        unit: 'suffix: events/s',
        width: 12,
        thresholds: ANY,
      },
      description: 'Events that came in at the collector, by what became of them.',
      queries: [{ expr: sumRate('outcome', 'gondola_collector_events_total'), legend: '{{outcome}}' }],
    },
    {
      ...{ kind: 'timeseries', title: 'Requests of producers that failed', unit: 'reqps', width: 12 },
      description:
        'Answers of the collector from 400 on, by producer and status. 401 is a key that is unknown or ended, 429 one who sends too fast.',
      ...{ thresholds: notAbove(0.1, 1), runbook: 'KeyExpiresSoon' },
      queries: [
        {
          expr: sumRate(
            'producer, status',
            'gondola_collector_request_duration_seconds_count',
            'status=~"[45].."',
          ),
          legend: '{{producer}} {{status}}',
        },
      ],
    },
    {
      ...{ kind: 'timeseries', title: 'Collector, 99 of 100 requests', unit: 's', width: 8 },
      description: 'Time to the answer, in 99 of 100 requests at most, and of one append to the stream.',
      thresholds: notAbove(1, 5),
      queries: [
        { expr: quantile(0.99, '', 'gondola_collector_request_duration_seconds'), legend: 'request' },
        { expr: quantile(0.99, '', 'gondola_collector_append_duration_seconds'), legend: 'append' },
      ],
    },
    {
      ...{ kind: 'timeseries', title: 'Inside the collector', unit: 'bytes', width: 8, thresholds: ANY },
      description:
        'Bytes of requests that are read, judged or wait for the stream. At queue.bytesMax (64 MiB unless set otherwise) producers are told to come again.',
      queries: [{ expr: `sum(${of('gondola_collector_bytes_inside')})`, legend: 'held' }],
    },
    {
      ...{ kind: 'stat', title: 'Requests inside', unit: 'short', width: 8 },
      description:
        'Requests of producers that are read, judged or wait for the stream now. At queue.requestsMax (200 unless set otherwise) producers are told to come again.',
      thresholds: notAbove(100, 180),
      queries: [{ expr: `sum(${of('gondola_collector_requests_inside')})` }],
    },
    {
      ...{ kind: 'timeseries', title: 'Bytes of producers', unit: 'Bps', width: 8, thresholds: ANY },
      description: 'Bytes of bodies that producers sent, inflated: the ten who send most.',
      queries: [
        { expr: `topk(10, ${sumRate('producer', 'gondola_collector_bytes_total')})`, legend: '{{producer}}' },
      ],
    },
    {
      ...{
        kind: 'timeseries',
        title: 'Appended to the stream',
        unit: 'suffix: events/s',
        width: 8,
        thresholds: ANY,
      },
      description:
        'Records of producers that the stream acknowledged. Only then is a producer told that they are accepted.',
      queries: [{ expr: sumRate('', 'gondola_collector_records_appended_total'), legend: 'records' }],
    },
    {
      ...{ kind: 'timeseries', title: 'Api, 99 of 100 requests', unit: 's', width: 8 },
      description:
        'Time to the answer by route, in 99 of 100 requests at most. Points are traces where tracing is on.',
      thresholds: notAbove(0.5, 2),
      queries: [
        {
          expr: quantile(0.99, 'route', 'gondola_api_request_duration_seconds'),
          ...{ legend: '{{route}}', hasExemplars: true },
        },
      ],
    },
    {
      ...{ kind: 'stat', title: 'Boards that follow', unit: 'short', width: 8, thresholds: ANY },
      description: 'Clients that follow signals over server-sent events now.',
      queries: [{ expr: `sum(${of('gondola_api_stream_clients')})` }],
    },
    {
      ...{ kind: 'stat', title: 'Followers dropped, last hour', unit: 'short', width: 8 },
      description: 'Clients that were dropped because they did not read what was sent to them.',
      thresholds: notAbove(1, 20),
      queries: [{ expr: `sum(increase(${of('gondola_api_stream_clients_dropped_total')}[1h]))` }],
    },
    {
      ...{ kind: 'timeseries', title: 'Requests not let in', unit: 'reqps', width: 8 },
      description: 'Requests of the api without a key that may: by the reason that the caller was told.',
      thresholds: ANY,
      queries: [{ expr: sumRate('reason', 'gondola_api_refusals_total'), legend: '{{reason}}' }],
    },
  ],
};

export const PROCESSES: Row = {
  title: 'Processes',
  panels: [
    {
      kind: 'table',
      ...{ title: 'What runs', unit: 'short', width: 12, thresholds: ANY, runbook: 'ServiceDown' },
      description: 'Processes, their version, and what they use.',
      rows: { job: 'Service', instance: 'At', version: 'Version' },
      columns: [
        { title: 'Up', expr: `max by (job, instance, version) (${of('gondola_build_info')})`, unit: 'bool' },
        {
          title: 'Memory',
          expr: withVersion(of('process_resident_memory_bytes')),
          unit: 'bytes',
        },
        { title: 'CPU', expr: withVersion(rate('process_cpu_seconds_total')), unit: 'percentunit' },
        { title: 'Loop lag', expr: withVersion(of('nodejs_eventloop_lag_p99_seconds')), unit: 's' },
      ],
    },
    {
      ...{ kind: 'timeseries', title: 'Memory', unit: 'bytes', width: 12, thresholds: ANY },
      description: 'Resident memory of each process.',
      queries: [
        {
          expr: `max by (job, instance) (${of('process_resident_memory_bytes')} and on (job, instance) gondola_build_info)`,
          legend: '{{job}} {{instance}}',
        },
      ],
    },
    {
      ...{ kind: 'timeseries', title: 'Traces and lineage', unit: 'suffix: per second', width: 12 },
      description:
        'Spans and lineage events that were taken, and those left out with the reason: the line never waits for who follows it. Empty where neither is set.',
      thresholds: ANY,
      queries: [
        { expr: sumRate('', 'gondola_spans_exported_total'), legend: 'spans' },
        { expr: sumRate('reason', 'gondola_spans_dropped_total'), legend: 'spans left out: {{reason}}' },
        { expr: sumRate('', 'gondola_lineage_events_total'), legend: 'lineage' },
        {
          expr: sumRate('reason', 'gondola_lineage_events_dropped_total'),
          legend: 'lineage left out: {{reason}}',
        },
      ],
    },
    {
      ...{ kind: 'bargauge', title: 'Certificates end in', unit: 's', width: 12 },
      description: 'Time left of the certificates that configurations name. Empty where none is named.',
      ...{ thresholds: notBelow(7 * 86_400, 21 * 86_400), runbook: 'CertificateExpiresSoon' },
      queries: [
        {
          expr: `min by (file) (${of('gondola_certificate_expiry_timestamp_seconds')}) - time()`,
          legend: '{{file}}',
        },
      ],
    },
    {
      ...{ kind: 'bargauge', title: 'Keys of producers end in', unit: 's', width: 12 },
      description: 'Time left of the key of each producer that ends next. Empty where keys have no end.',
      ...{ thresholds: notBelow(3 * 86_400, 14 * 86_400), runbook: 'KeyExpiresSoon' },
      queries: [
        {
          expr: `min by (producer) (${of('gondola_key_expiry_timestamp_seconds')}) - time()`,
          legend: '{{producer}}',
        },
      ],
    },
  ],
};

/** The same rows as what runs: with the version of the process. */
function withVersion(expr: string): string {
  return `max by (job, instance, version) (${expr} * on (job, instance) group_left (version) ${of('gondola_build_info')})`;
}

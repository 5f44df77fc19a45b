import { FRESH_BOUND } from '../rules/recording.js';
import { ANY, NONE_AT_ALL, notAbove, notBelow, type Dashboard, type Row } from './dashboard.js';
import { DETECTION, DOORS, PROCESSES } from './line-parts.js';
import { WEBHOOKS } from './webhooks.js';
import { of, quantile, sumRate } from './promql.js';
import { ENVIRONMENT } from './variables.js';

const FRESH = sumRate('pipeline', 'gondola_freshness_seconds_bucket', FRESH_BOUND);
const COMMITS = sumRate('pipeline', 'gondola_freshness_seconds_count');

const health: Row = {
  title: 'Health',
  panels: [
    {
      ...{ kind: 'stat', title: 'Fresh within a minute', unit: 'percentunit', width: 6 },
      description:
        'Share of commits whose rows were readable at most 60 s after the broker took their oldest record: the objective is 99 %.',
      ...{ thresholds: notBelow(0.95, 0.99), runbook: 'FreshnessBudgetBurnsFast' },
      queries: [{ expr: `${FRESH} / ${COMMITS}`, legend: '{{pipeline}}' }],
    },
    {
      ...{ kind: 'stat', title: 'Waits for', unit: 'bool', width: 6 },
      description:
        'Whether the line waits for the lake, the stream or the registry. It goes on by itself when they are back; meanwhile nothing is lost and the lag grows.',
      ...{ thresholds: NONE_AT_ALL, runbook: 'LakeUnreachable' },
      queries: [{ expr: `max by (what) (${of('gondola_outage')})`, legend: '{{what}}' }],
    },
    {
      ...{ kind: 'stat', title: 'Records behind', unit: 'short', width: 6 },
      description:
        'Records that are in the stream and not read yet, by pipeline. It should come back to near 0.',
      ...{ thresholds: notAbove(100_000, 1_000_000), runbook: 'LineLagging' },
      queries: [{ expr: `sum by (pipeline) (${of('gondola_lag_records')})`, legend: '{{pipeline}}' }],
    },
    {
      ...{ kind: 'stat', title: 'Commits fenced, last hour', unit: 'short', width: 6 },
      description:
        'Commits that were refused because another instance has the partition. A few at a hand-over are usual; many are two that believe it is theirs.',
      ...{ thresholds: notAbove(3, 5), runbook: 'CommitsFenced' },
      queries: [
        {
          expr: `sum by (pipeline) (increase(${of('gondola_fenced_commits_total')}[1h]))`,
          legend: '{{pipeline}}',
        },
      ],
    },
  ],
};

const reading: Row = {
  title: 'Reading',
  panels: [
    {
      ...{ kind: 'timeseries', title: 'Records read', unit: 'suffix: events/s', width: 12, thresholds: ANY },
      description: 'Records read from each stream.',
      runbook: 'LineLagging',
      queries: [
        {
          expr: sumRate('pipeline, stream', 'gondola_records_received_total'),
          legend: '{{pipeline}} {{stream}}',
        },
      ],
    },
    {
      ...{ kind: 'timeseries', title: 'Bytes read', unit: 'Bps', width: 12, thresholds: ANY },
      description: 'Keys and values read from each stream.',
      queries: [
        {
          expr: sumRate('pipeline, stream', 'gondola_received_bytes_total'),
          legend: '{{pipeline}} {{stream}}',
        },
      ],
    },
    {
      ...{ kind: 'timeseries', title: 'Lag in records', unit: 'short', width: 12 },
      description:
        'Records between what was read and the end, of the partitions that are furthest behind (Kafka, Event Hubs, embedded stream).',
      ...{ thresholds: notAbove(100_000, 1_000_000), runbook: 'LineLagging' },
      queries: [
        {
          expr: `topk(10, sum by (pipeline, stream, partition) (${of('gondola_lag_records')}))`,
          legend: '{{pipeline}} {{stream}}/{{partition}}',
        },
      ],
    },
    {
      ...{ kind: 'timeseries', title: 'Lag in seconds', unit: 's', width: 12 },
      description:
        'How old a record may be and not be read yet, of the shards that are furthest behind. Kinesis alone tells it so; empty elsewhere.',
      ...{ thresholds: notAbove(60, 300), runbook: 'LineLagging' },
      queries: [
        {
          expr: `topk(10, max by (pipeline, stream, partition) (${of('gondola_lag_seconds')}))`,
          legend: '{{pipeline}} {{stream}}/{{partition}}',
        },
      ],
    },
    {
      ...{ kind: 'timeseries', title: 'Partitions', unit: 'short', width: 12, thresholds: ANY },
      description: 'Partitions that are read, by pipeline. The sum should stay what the stream has.',
      queries: [
        {
          expr: `sum by (pipeline, stream) (${of('gondola_partitions_assigned')})`,
          legend: '{{pipeline}} {{stream}}',
        },
      ],
    },
    {
      ...{ kind: 'timeseries', title: 'Hand-overs', unit: 'suffix: per second', width: 12 },
      description:
        'Assignments of partitions, also the first of a process. Steady ones are instances that come and go.',
      ...{ thresholds: notAbove(0.02, 0.1), runbook: 'CommitsFenced' },
      queries: [{ expr: sumRate('pipeline', 'gondola_rebalances_total'), legend: '{{pipeline}}' }],
    },
  ],
};

const publishing: Row = {
  title: 'Publishing',
  panels: [
    {
      ...{ kind: 'heatmap', title: 'Freshness', unit: 'short', width: 12, thresholds: ANY },
      description: 'Commits by how old their oldest record was when its rows became readable.',
      runbook: 'FreshnessBudgetBurnsSlowly',
      queries: [
        {
          expr: `sum by (le) (increase(${of('gondola_freshness_seconds_bucket')}[$__rate_interval]))`,
          legend: '{{le}}',
        },
      ],
    },
    {
      ...{ kind: 'timeseries', title: 'Freshness, 95 of 100 commits', unit: 's', width: 12 },
      description: 'In 95 of 100 commits of a sink the oldest record was readable within this time.',
      ...{ thresholds: notAbove(60, 300), runbook: 'FreshnessBudgetBurnsFast' },
      queries: [
        {
          expr: quantile(0.95, 'pipeline, sink', 'gondola_freshness_seconds'),
          legend: '{{pipeline}} {{sink}}',
        },
      ],
    },
    {
      ...{ kind: 'timeseries', title: 'Rows committed', unit: 'suffix: rows/s', width: 12, thresholds: ANY },
      description: 'Rows that sinks made readable.',
      queries: [
        { expr: sumRate('pipeline, sink', 'gondola_rows_committed_total'), legend: '{{pipeline}} {{sink}}' },
      ],
    },
    {
      ...{ kind: 'timeseries', title: 'Time of a commit, 99 of 100', unit: 's', width: 12 },
      description:
        'How long 99 of 100 commits of a sink took at most, tries included. Points are traces where tracing is on.',
      ...{ thresholds: notAbove(5, 30), runbook: 'LakeUnreachable' },
      queries: [
        {
          expr: quantile(0.99, 'pipeline, sink', 'gondola_commit_duration_seconds'),
          ...{ legend: '{{pipeline}} {{sink}}', hasExemplars: true },
        },
      ],
    },
    {
      ...{ kind: 'timeseries', title: 'Retries by cause', unit: 'suffix: per second', width: 12 },
      description: 'Actions that were repeated because the world outside refused, by error code.',
      ...{ thresholds: notAbove(0.1, 1), runbook: 'LakeUnreachable' },
      queries: [
        { expr: sumRate('pipeline, code', 'gondola_retries_total'), legend: '{{pipeline}} {{code}}' },
      ],
    },
    {
      ...{ kind: 'timeseries', title: 'Late events', unit: 'suffix: events/s', width: 12 },
      description:
        'Events that came after their time was over: kept and counted, but nothing is decided again.',
      thresholds: notAbove(1, 100),
      queries: [{ expr: sumRate('stream', 'gondola_late_events_total'), legend: '{{stream}}' }],
    },
    {
      ...{ kind: 'timeseries', title: 'Rows that detection doubts', unit: 'suffix: rows/s', width: 12 },
      description:
        'Rows that detection did not take as they say: a clock a day ahead, a delivery told twice, more units than a shelf can have.',
      thresholds: notAbove(0.1, 10),
      queries: [{ expr: sumRate('reason', 'gondola_detect_rows_doubted_total'), legend: '{{reason}}' }],
    },
  ],
};

export const LINE: Dashboard = {
  uid: 'gondola-line',
  title: 'Góndola: line',
  description: 'Whether events come through in time, and what the line waits for.',
  variables: [ENVIRONMENT],
  rows: [health, reading, publishing, DETECTION, DOORS, WEBHOOKS, PROCESSES],
};

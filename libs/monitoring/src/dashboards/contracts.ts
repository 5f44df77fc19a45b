import { ANY, notAbove, notBelow, type Dashboard, type Row } from './dashboard.js';
import { of, sumRate } from './promql.js';
import { ENVIRONMENT } from './variables.js';

const INGEST = 'pipeline="ingest"';
const QUARANTINED = sumRate('subject', 'gondola_quarantined_records_total', INGEST);
const STORED = sumRate('subject', 'gondola_silver_rows_total', INGEST);
const CHECKED = sumRate('subject, expectation', 'gondola_quality_checked_total');
const FAILED = sumRate('subject, expectation', 'gondola_quality_failed_total');
const SCORE = `min by (subject) (${of('gondola_quality_score')})`;
/** Of a contract that has no rows of one of both, the other one alone. */
const share = `${QUARANTINED} / ((${QUARANTINED} + ${STORED}) or ${QUARANTINED})`;

const now: Row = {
  title: 'Now',
  panels: [
    {
      ...{ kind: 'stat', title: 'Quality by contract', unit: 'suffix: of 100', width: 12 },
      description:
        'Share of what each contract expects that is met, in the newest hour of event time, of 100.',
      thresholds: notBelow(90, 99),
      queries: [{ expr: SCORE, legend: '{{subject}}' }],
    },
    {
      ...{ kind: 'stat', title: 'In quarantine', unit: 'percentunit', width: 6 },
      description: 'Share of the records read that ingest put into quarantine.',
      ...{ thresholds: notAbove(0.001, 0.01), runbook: 'QuarantineShareHigh' },
      queries: [
        {
          expr: `sum(${QUARANTINED}) / ${sumRate('', 'gondola_records_received_total', INGEST)}`,
        },
      ],
    },
    {
      ...{ kind: 'stat', title: 'Duplicates', unit: 'percentunit', width: 6 },
      description:
        'Share of the records read whose event was known already. A producer that repeats a lot pays for it twice.',
      thresholds: notAbove(0.05, 0.3),
      queries: [
        {
          expr: `${sumRate('', 'gondola_records_rejected_total', INGEST, 'reason="duplicate"')} / ${sumRate('', 'gondola_records_received_total', INGEST)}`,
        },
      ],
    },
  ],
};

const contracts: Row = {
  title: 'Contracts',
  panels: [
    {
      kind: 'table',
      ...{ title: 'Contracts', unit: 'short', width: 24, thresholds: ANY, runbook: 'QuarantineShareHigh' },
      description:
        'Each contract now: events stored and put into quarantine each second, and its quality. A record that did not get as far as a contract has no name.',
      rows: { subject: 'Contract' },
      columns: [
        { title: 'Stored', expr: STORED, unit: 'suffix: rows/s' },
        { title: 'Quarantined', expr: QUARANTINED, unit: 'suffix: rows/s', thresholds: notAbove(0.1, 1) },
        { title: 'Share in quarantine', expr: share, unit: 'percentunit', thresholds: notAbove(0.001, 0.01) },
        { title: 'Quality', expr: SCORE, unit: 'suffix: of 100', thresholds: notBelow(90, 99) },
      ],
    },
    {
      ...{ kind: 'timeseries', title: 'Quality by contract', unit: 'suffix: of 100', width: 12 },
      description:
        'Share of what each contract expects that is met. It falls when a producer changed something.',
      thresholds: notBelow(90, 99),
      queries: [{ expr: SCORE, legend: '{{subject}}' }],
    },
    {
      ...{ kind: 'timeseries', title: 'Expectations not met', unit: 'percentunit', width: 12 },
      description:
        'The ten expectations that fail most, as a share of the events or lines that were held against them.',
      thresholds: notAbove(0.01, 0.1),
      queries: [{ expr: `topk(10, ${FAILED} / (${CHECKED} > 0))`, legend: '{{subject}} {{expectation}}' }],
    },
    {
      ...{
        kind: 'timeseries',
        title: 'Stored by contract',
        unit: 'suffix: rows/s',
        width: 12,
        thresholds: ANY,
      },
      description: 'Rows of each contract that became readable in silver.',
      queries: [{ expr: STORED, legend: '{{subject}}' }],
    },
    {
      ...{ kind: 'timeseries', title: 'Share in quarantine by contract', unit: 'percentunit', width: 12 },
      description: 'Of what came of each contract, the share that was put into quarantine.',
      ...{ thresholds: notAbove(0.001, 0.01), runbook: 'QuarantineShareHigh' },
      queries: [{ expr: share, legend: '{{subject}}' }],
    },
  ],
};

const refused: Row = {
  title: 'What was refused',
  panels: [
    {
      ...{ kind: 'timeseries', title: 'Quarantine by reason', unit: 'suffix: events/s', width: 12 },
      description:
        'Records that ingest put into quarantine, by contract and reason: GET /quarantine and npx gondola quarantine show them.',
      ...{ thresholds: notAbove(1, 10), runbook: 'QuarantineShareHigh' },
      queries: [
        {
          expr: sumRate('subject, reason', 'gondola_quarantined_records_total', INGEST),
          legend: '{{subject}} {{reason}}',
        },
      ],
    },
    {
      ...{
        kind: 'timeseries',
        title: 'Rejected by stage',
        unit: 'suffix: events/s',
        width: 12,
        thresholds: ANY,
      },
      description: 'Records that a stage took out of the line, duplicates among them.',
      queries: [
        {
          expr: sumRate('pipeline, stage, reason', 'gondola_records_rejected_total'),
          legend: '{{pipeline}} {{stage}} {{reason}}',
        },
      ],
    },
    {
      ...{ kind: 'timeseries', title: 'Refused at the door', unit: 'suffix: events/s', width: 24 },
      description:
        'Events that the collector did not take, by producer and reason: the producer was told why of each.',
      thresholds: notAbove(1, 10),
      queries: [
        {
          expr: sumRate('producer, outcome', 'gondola_collector_events_total', 'outcome!="accepted"'),
          legend: '{{producer}} {{outcome}}',
        },
      ],
    },
  ],
};

export const CONTRACTS: Dashboard = {
  uid: 'gondola-contracts',
  title: 'Góndola: contracts and quality',
  description: 'Whether producers send what their contracts say, and what was put into quarantine.',
  variables: [ENVIRONMENT],
  rows: [now, contracts, refused],
};

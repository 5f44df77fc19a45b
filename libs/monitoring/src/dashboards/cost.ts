import { ANY, notAbove, type Dashboard, type Row } from './dashboard.js';
import { of, rate, sumRate } from './promql.js';
import { ENVIRONMENT, price } from './variables.js';

const HOURS_OF_MONTH = 730;
const SECONDS_OF_MONTH = HOURS_OF_MONTH * 3_600;
const GIB = 2 ** 30;

/** Of Góndola's own processes, whatever else the same Prometheus looks at. */
const CPU = `sum(${rate('process_cpu_seconds_total')} and on (job, instance) gondola_build_info)`;
const MEMORY = `sum(${of('process_resident_memory_bytes')} and on (job, instance) gondola_build_info)`;
const EVENTS = sumRate('', 'gondola_records_received_total', 'pipeline="ingest"');
const WRITTEN = sumRate('', 'gondola_lake_bytes_total', 'direction="written"');
const WRITES = sumRate('', 'gondola_lake_requests_total', 'operation=~"put|list"');
const READS = sumRate('', 'gondola_lake_requests_total', 'operation="get"');

const perMillion = (expr: string): string => `1e6 * (${expr}) / (${EVENTS} > 0)`;

/** What a month costs at the pace of now: computing, requests, and the month's new bytes kept for a month. */
const COSTS = {
  computing: `${CPU} * ${HOURS_OF_MONTH} * $cpu_hour`,
  memory: `${MEMORY} / ${GIB} * ${HOURS_OF_MONTH} * $gib_hour`,
  requests: `(${WRITES} * $thousand_puts + ${READS} * $thousand_gets) / 1000 * ${SECONDS_OF_MONTH}`,
  storage: `${WRITTEN} * ${SECONDS_OF_MONTH} / ${GIB} * $gib_month`,
};
const TOTAL = Object.values(COSTS)
  .map((cost) => `(${cost})`)
  .join(' + ');

const money: Row = {
  title: 'Money, at the prices above',
  panels: [
    {
      ...{
        kind: 'stat',
        title: 'A month at this pace, $currency',
        unit: 'short',
        width: 8,
        thresholds: ANY,
      },
      description:
        'Estimate: what a month costs if it goes on as now, by the prices that you type in above. Network and the broker are not in it.',
      queries: [{ expr: TOTAL }],
    },
    {
      ...{ kind: 'stat', title: 'A million events, $currency', unit: 'short', width: 8, thresholds: ANY },
      description: 'The same estimate for a million events that ingest reads.',
      queries: [{ expr: `(${TOTAL}) / ${SECONDS_OF_MONTH} * 1e6 / (${EVENTS} > 0)` }],
    },
    {
      ...{ kind: 'stat', title: 'Events of a month at this pace', unit: 'short', width: 8, thresholds: ANY },
      description: 'Events that ingest would read in a month if it goes on as now.',
      queries: [{ expr: `${EVENTS} * ${SECONDS_OF_MONTH}` }],
    },
    {
      ...{
        kind: 'timeseries',
        title: 'What it is for, $currency a month',
        unit: 'short',
        width: 24,
        thresholds: ANY,
      },
      description:
        'The estimate of a month by what is paid: computing, memory, requests to the lake, and the new bytes kept for a month.',
      queries: Object.entries(COSTS).map(([legend, expr]) => ({ expr, legend })),
    },
  ],
};

const perEvent: Row = {
  title: 'Of a million events',
  panels: [
    {
      ...{ kind: 'timeseries', title: 'CPU of a million events', unit: 's', width: 12 },
      description:
        'CPU seconds of all processes for a million events that ingest reads. It is high while little comes: processes cost something at rest too.',
      thresholds: notAbove(30, 100),
      queries: [{ expr: perMillion(CPU), legend: 'CPU' }],
    },
    {
      ...{
        kind: 'timeseries',
        title: 'Bytes of a million events',
        unit: 'bytes',
        width: 12,
        thresholds: ANY,
      },
      description:
        'Bytes read from the streams, and written to the lake and read from it, for a million events.',
      queries: [
        {
          expr: perMillion(sumRate('', 'gondola_received_bytes_total', 'pipeline="ingest"')),
          legend: 'read from the stream',
        },
        { expr: perMillion(WRITTEN), legend: 'written to the lake' },
        {
          expr: perMillion(sumRate('', 'gondola_lake_bytes_total', 'direction="read"')),
          legend: 'read from the lake',
        },
      ],
    },
    {
      ...{
        kind: 'timeseries',
        title: 'Objects of a million events',
        unit: 'short',
        width: 12,
        thresholds: ANY,
      },
      description:
        'Requests to the lake for a million events; a put makes an object. Longer flushes make fewer.',
      queries: [
        {
          expr: `1e6 * ${sumRate('operation', 'gondola_lake_requests_total')} / on () group_left () (${EVENTS} > 0)`,
          legend: '{{operation}}',
        },
      ],
    },
    {
      ...{ kind: 'timeseries', title: 'Rows of a million events', unit: 'short', width: 12, thresholds: ANY },
      description: 'Rows that each sink wrote for a million events that ingest reads.',
      queries: [
        {
          expr: `1e6 * ${sumRate('sink', 'gondola_rows_committed_total')} / on () group_left () (${EVENTS} > 0)`,
          legend: '{{sink}}',
        },
      ],
    },
  ],
};

const use: Row = {
  title: 'Use',
  panels: [
    {
      ...{ kind: 'timeseries', title: 'CPU', unit: 'percentunit', width: 8, thresholds: ANY },
      description: 'CPU of each process: 100 % is one core.',
      queries: [
        {
          expr: `sum by (job, instance) (${rate('process_cpu_seconds_total')} and on (job, instance) gondola_build_info)`,
          legend: '{{job}} {{instance}}',
        },
      ],
    },
    {
      ...{ kind: 'timeseries', title: 'Requests to the lake', unit: 'reqps', width: 8, thresholds: ANY },
      description: 'Requests by kind, those that failed included.',
      queries: [{ expr: sumRate('operation', 'gondola_lake_requests_total'), legend: '{{operation}}' }],
    },
    {
      ...{ kind: 'timeseries', title: 'Bytes of the lake', unit: 'Bps', width: 8, thresholds: ANY },
      description: 'Bytes of objects that are written and read.',
      queries: [{ expr: sumRate('direction', 'gondola_lake_bytes_total'), legend: '{{direction}}' }],
    },
  ],
};

export const COST: Dashboard = {
  uid: 'gondola-cost',
  title: 'Góndola: cost',
  description: 'What events cost in CPU, bytes, objects and rows, and in money at your prices.',
  variables: [
    ENVIRONMENT,
    price('currency', 'Currency', 'USD'),
    price('cpu_hour', 'CPU core, an hour', '0.04'),
    price('gib_hour', 'GiB of memory, an hour', '0.005'),
    price('thousand_puts', '1,000 puts', '0.005'),
    price('thousand_gets', '1,000 gets', '0.0004'),
    price('gib_month', 'GiB kept, a month', '0.023'),
  ],
  rows: [money, perEvent, use],
};

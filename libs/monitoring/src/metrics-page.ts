import { LABELS, METRICS, type LabelBound, type MetricSpec } from '@gondola/telemetry';

const BOUNDS: Readonly<Record<LabelBound['by'], string>> = {
  closed: 'a list in the code',
  configured: 'what is configured',
  limited: 'a limit: the largest stay',
};

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string[] =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);

/** Markdown of the list of metrics. */
export function metricsPage(): string {
  const specs: readonly MetricSpec[] = Object.values(METRICS).toSorted((left, right) =>
    left.name < right.name ? -1 : 1,
  );
  return `${[
    '# Metrics',
    '',
    'Made by `npm run monitoring` from `libs/telemetry/src/specs`: change it there.',
    '',
    'Each service answers `/metrics`, in the format of Prometheus or as OpenMetrics (which has exemplars) to who accepts that.',
    '`gondola up` is all services in one process. Beside these, each process has what prom-client says of every Node process',
    '(`process_*`, `nodejs_*`). Counters begin at 0 with the process. The label `environment` comes from scraping.',
    '',
    ...table(['name', 'kind', 'unit', 'labels', 'series', 'served by', 'meaning'], specs.map(rowOf)),
    '',
    '## Labels',
    '',
    'They are all there are: what has no bound is no label.',
    '',
    ...table(
      ['label', 'bounded by', 'values'],
      Object.entries(LABELS).map(([label, { by, values }]) => [`\`${label}\``, BOUNDS[by], values]),
    ),
  ].join('\n')}\n`;
}

function rowOf(spec: MetricSpec): readonly string[] {
  const { name, kind, unit, labels, services, help } = spec;
  const meaning = spec.hasExemplars ? `${help}. With exemplars` : help;
  return [`\`${name}\``, kind, unit, labels.join(', '), seriesOf(spec), services.join(', '), meaning];
}

/** How many series there may be in one process: a histogram has one for each bound, for all, their sum and their count. */
function seriesOf({ labels, buckets }: MetricSpec): string {
  return (
    [...labels.map((label) => label), ...(buckets ? [String(buckets.length + 3)] : [])].join(' × ') || '1'
  );
}

import { METRICS } from '@gondola/telemetry';

/** Markdown of the list of metrics. */
export function metricsPage(): string {
  const rows = Object.values(METRICS)
    .toSorted((left, right) => (left.name < right.name ? -1 : 1))
    .map(({ name, kind, labels, help }) => `| \`${name}\` | ${kind} | ${labels.join(', ')} | ${help} |`);
  return `${['# Metrics', '', '| name | kind | labels | meaning |', '| --- | --- | --- | --- |', ...rows].join('\n')}\n`;
}

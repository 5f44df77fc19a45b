import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { metricsPage } from './metrics-page.js';
import { dashboardFiles } from './dashboards/dashboards.js';
import { alertmanagerFiles } from './alertmanager/config.js';
import { prometheusFiles } from './rules/prometheus-config.js';
import { ruleFiles } from './rules/generated.js';

/** What `deploy/` and the chart hold that is made from typed sources: path from the root of the repository -> text. */
export function generatedFiles(): ReadonlyMap<string, string> {
  const inChart = [...dashboardFiles(), ...ruleFiles()];
  return new Map([
    ['deploy/monitoring/metrics.md', metricsPage()],
    ...dashboardFiles(),
    ...prometheusFiles(),
    ...ruleFiles(),
    ...alertmanagerFiles(),
    // A chart is packed by itself: it has copies.
    ...inChart.map(([path, text]): [string, string] => [chartPath(path), text]),
  ]);
}

const chartPath = (path: string): string =>
  path
    .replace('deploy/grafana/dashboards/', 'helm/gondola/files/dashboards/')
    .replace('deploy/prometheus/', 'helm/gondola/files/rules/');

// `npm run monitoring`, in the root of the repository, after a change of metrics, dashboards or rules.
if (import.meta.main) {
  for (const [path, text] of generatedFiles()) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(join('.', path), text);
  }
}

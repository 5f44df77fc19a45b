import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { metricsPage } from './metrics-page.js';
import { dashboardFiles } from './dashboards/dashboards.js';
import { alertmanagerFiles } from './alertmanager/config.js';
import { prometheusFiles } from './rules/prometheus-config.js';
import { ruleFiles } from './rules/generated.js';

/** What `deploy/` holds that is made from typed sources: path from the root of the repository -> text. */
export function generatedFiles(): ReadonlyMap<string, string> {
  return new Map([
    ['deploy/monitoring/metrics.md', metricsPage()],
    ...dashboardFiles(),
    ...prometheusFiles(),
    ...ruleFiles(),
    ...alertmanagerFiles(),
  ]);
}

// `npm run monitoring`, in the root of the repository, after a change of metrics, dashboards or rules.
if (import.meta.main) {
  for (const [path, text] of generatedFiles()) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(join('.', path), text);
  }
}

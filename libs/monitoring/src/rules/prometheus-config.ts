import { ENVIRONMENTS, type Environment } from './limits.js';
import { RULE_FILES, yamlOf } from './rule-files.js';

/** Services and where they answer `/metrics` unless told otherwise. Alerts know them by the job's prefix. */
const TARGETS: Readonly<Record<string, readonly string[]>> = {
  'gondola-ingest': ['127.0.0.1:8081'],
  'gondola-detect': ['127.0.0.1:8082'],
  'gondola-api': ['127.0.0.1:8080'],
  'gondola-collector': ['127.0.0.1:8083'],
};

export interface PrometheusOptions {
  readonly targets?: Readonly<Record<string, readonly string[]>>;
  readonly alertmanager?: string;
  readonly ruleFiles?: readonly string[];
  readonly interval?: string;
}

/** A configuration to begin with: replace `static_configs` by the discovery of your platform. */
export function prometheusConfig(environment: Environment, options: PrometheusOptions = {}) {
  const { targets = TARGETS, alertmanager = '127.0.0.1:9093', interval = '15s' } = options;
  return {
    global: {
      scrape_interval: interval,
      evaluation_interval: interval,
      external_labels: { environment },
    },
    rule_files: options.ruleFiles ?? RULE_FILES.map((file) => `${file}.rules.yaml`),
    alerting: { alertmanagers: [{ static_configs: [{ targets: [alertmanager] }] }] },
    scrape_configs: Object.entries(targets).map(([job_name, addresses]) => ({
      job_name,
      // Dashboards choose by it. What Prometheus itself adds to what it sends elsewhere is not in its own series.
      static_configs: [{ targets: addresses, labels: { environment } }],
    })),
  };
}

/** Path from the root of the repository -> text. */
export const prometheusFiles = (): ReadonlyMap<string, string> =>
  new Map(
    ENVIRONMENTS.map((environment) => [
      `deploy/prometheus/${environment}/prometheus.yaml`,
      yamlOf(prometheusConfig(environment)),
    ]),
  );

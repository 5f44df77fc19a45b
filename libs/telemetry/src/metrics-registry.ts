import { collectDefaultMetrics, Registry, type Metric, type OpenMetricsContentType } from 'prom-client';

/** The metrics of one process, in the two formats that Prometheus asks for. */
export class MetricsRegistry extends Registry {
  /** The same metrics as OpenMetrics 1.0, which has exemplars. */
  asOpenMetrics(): Registry<OpenMetricsContentType> {
    const view = new Registry<OpenMetricsContentType>();
    view.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
    // prom-client cuts `_total` off a counter's own name when it writes OpenMetrics: a view keeps that from the original.
    for (const metric of this.getMetricsAsArray()) view.registerMetric(Object.create(metric) as Metric);
    return view;
  }
}

const MISNAMED = ['handles', 'requests', 'resources'].map((what) => `nodejs_active_${what}_total`);

/** With the numbers of the process itself (CPU, memory, event loop). One per process. */
export function createRegistry(): MetricsRegistry {
  const registry = new MetricsRegistry();
  collectDefaultMetrics({ register: registry });
  // Gauges by the name of counters, which Prometheus' own check refuses; the sums of what `nodejs_active_*` says by type.
  for (const name of MISNAMED) registry.removeSingleMetric(name);
  return registry;
}

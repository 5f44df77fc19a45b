import { Counter, Gauge, Histogram, Registry, type OpenMetricsContentType } from 'prom-client';
import { exemplarOf } from './exemplar.js';
import type { MetricSpec } from './metric-spec.js';

type Label<S extends MetricSpec> = S['labels'][number];

// Several pipelines of one process ask for the same metric: prom-client refuses a second one of a name.

export function counterOf<const S extends MetricSpec>(registry: Registry, spec: S): Counter<Label<S>> {
  const known = registry.getSingleMetric(spec.name) as Counter<Label<S>> | undefined;
  return known ?? new Counter({ ...common(spec), registers: [registry] });
}

export function gaugeOf<const S extends MetricSpec>(
  registry: Registry,
  spec: S,
  collect?: (gauge: Gauge<Label<S>>) => void,
): Gauge<Label<S>> {
  const known = registry.getSingleMetric(spec.name) as Gauge<Label<S>> | undefined;
  if (known) return known;
  const gauge: Gauge<Label<S>> = new Gauge({
    ...common(spec),
    registers: [registry],
    collect: () => collect?.(gauge),
  });
  return gauge;
}

export function histogramOf<const S extends MetricSpec>(registry: Registry, spec: S): Histogram<Label<S>> {
  const known = registry.getSingleMetric(spec.name) as Histogram<Label<S>> | undefined;
  const buckets = spec.buckets ? { buckets: [...spec.buckets] } : {};
  if (known || !spec.hasExemplars)
    return known ?? new Histogram({ ...common(spec), ...buckets, registers: [registry] });
  // prom-client makes metrics with exemplars in registries of OpenMetrics alone; in others they are shown without.
  const open = new Registry<OpenMetricsContentType>();
  open.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  const traced = new Histogram({ ...common(spec), ...buckets, enableExemplars: true, registers: [open] });
  registry.registerMetric(traced);
  return traced;
}

/** Of a metric with exemplars: what was seen keeps the trace that the caller runs in, where there is one. */
export function observeTraced<L extends string>(
  histogram: Histogram<L>,
  labels: Partial<Record<L, string | number>>,
  value: number,
): void {
  // Typed by prom-client as labels of the metric, which an exemplar's are not.
  const exemplarLabels = exemplarOf() as Partial<Record<L, string>> | undefined;
  histogram.observe({ labels, value, exemplarLabels });
}

function common<S extends MetricSpec>(spec: S): { name: string; help: string; labelNames: Label<S>[] } {
  return { name: spec.name, help: spec.help, labelNames: [...spec.labels] };
}

import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

export interface MetricSpec {
  readonly name: string;
  readonly kind: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  /**
   * Only labels whose values come from configuration or a closed list: never a shelf or a record. Stores, categories and the few items
   * of stockout metrics have limits.
   */
  readonly labels: readonly string[];
  readonly buckets?: readonly number[];
}

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
  return known ?? new Histogram({ ...common(spec), ...buckets, registers: [registry] });
}

function common<S extends MetricSpec>(spec: S): { name: string; help: string; labelNames: Label<S>[] } {
  return { name: spec.name, help: spec.help, labelNames: [...spec.labels] };
}

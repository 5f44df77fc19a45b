import { Gauge, type Registry } from 'prom-client';
import { METRICS } from './metrics.js';

interface Precision {
  /** Null: nothing was looked at. */
  readonly estimate: { readonly value: number; readonly low: number; readonly high: number } | null;
}

/** `byKind` is asked at each scrape; kinds that nobody looked at are left out. */
export function createPrecisionMetric(
  registry: Registry,
  byKind: () => ReadonlyMap<string, Precision>,
): void {
  const { name, help, labels } = METRICS.signalsPrecision;
  const gauge: Gauge<'kind' | 'bound'> = new Gauge({
    ...{ name, help, labelNames: labels, registers: [registry] },
    collect() {
      gauge.reset();
      for (const [kind, { estimate }] of byKind())
        for (const [bound, ratio] of Object.entries(estimate ?? {})) gauge.set({ kind, bound }, ratio);
    },
  });
}

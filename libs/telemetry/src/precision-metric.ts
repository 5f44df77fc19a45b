import type { Registry } from 'prom-client';
import { gaugeOf } from './instruments.js';
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
  gaugeOf(registry, METRICS.signalsPrecision, (gauge) => {
    gauge.reset();
    for (const [kind, { estimate }] of byKind())
      for (const [bound, ratio] of Object.entries(estimate ?? {})) gauge.set({ kind, bound }, ratio);
  });
}

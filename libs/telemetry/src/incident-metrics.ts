import type { Registry } from 'prom-client';
import { gaugeOf } from './instruments.js';
import { METRICS } from './metrics.js';

/** `openByKind` is asked at each scrape and must name every kind, also those at 0. */
export function createIncidentMetrics(
  registry: Registry,
  openByKind: () => Readonly<Record<string, number>>,
): void {
  gaugeOf(registry, METRICS.incidentsOpen, (gauge) => {
    for (const [kind, incidents] of Object.entries(openByKind())) gauge.set({ kind }, incidents);
  });
}

import type { PipelineObserver } from '@gondola/stream';
import type { Registry } from 'prom-client';
import { gaugeOf } from './instruments.js';
import { LINE_METRICS } from './specs/line.js';

const OUTSIDE = ['lake', 'stream', 'registry'] as const;

/** Who of one pipeline waits for what: it is an outage as long as anybody does. */
export function createOutageObserver(
  registry: Registry,
  pipeline: string,
): Pick<PipelineObserver, 'waiting'> {
  const gauge = gaugeOf(registry, LINE_METRICS.outage);
  const awaited = new Map<string, string>();
  function show(): void {
    const codes = [...awaited.values()];
    for (const what of OUTSIDE)
      gauge.set({ pipeline, what }, codes.some((code) => code.startsWith(`${what}_`)) ? 1 : 0);
  }
  return {
    waiting(waiter, code) {
      if (code === null) awaited.delete(waiter);
      else awaited.set(waiter, code);
      show();
    },
  };
}

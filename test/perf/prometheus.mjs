/** A Prometheus on a database made of samples with times. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { importFromTests } from './tests.mjs';

/** Of one series in one answer. */
const POINTS_MAX = 10_000;

const servers = await importFromTests('servers/prometheus.ts');

/** `text` is OpenMetrics with times. Blocks span two hours and each reads the whole text, so give it a day at a time. */
export function backfill(text, dir) {
  const file = join(dir, 'samples.txt');
  writeFileSync(file, text);
  const args = ['tsdb', 'create-blocks-from', 'openmetrics', '--quiet', file, join(dir, 'data')];
  const { code, said } = servers.runTool('promtool', args);
  if (code !== 0) throw new Error(said);
}

export async function startPrometheus(dir, lookback) {
  const args = [`--query.lookback-delta=${lookback}`, '--query.timeout=30m'];
  const { url, stop } = await servers.startPrometheus({ config: '{}', dir, args });
  return {
    /** Series of a range query: `[labels, [[seconds, value], ...]]` each. */
    async range(query, fromMs, untilMs, stepSeconds) {
      const series = new Map();
      const partMs = POINTS_MAX * stepSeconds * 1000;
      for (let from = fromMs; from <= untilMs; from += partMs) {
        const end = Math.min(untilMs, from + partMs - stepSeconds * 1000);
        const params = {
          query,
          start: String(from / 1000),
          end: String(end / 1000),
          step: String(stepSeconds),
        };
        const body = new URLSearchParams(params);
        const answer = await (await fetch(`${url}/api/v1/query_range`, { method: 'POST', body })).json();
        if (answer.status !== 'success') throw new Error(answer.error);
        for (const { metric, values } of answer.data.result) {
          const key = JSON.stringify(metric);
          const known = series.get(key);
          if (known) known[1].push(...values);
          else series.set(key, [metric, values]);
        }
      }
      return [...series.values()];
    },
    stop,
  };
}

/** A Prometheus on a database made of samples with times. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { importFromTests } from './tests.mjs';

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
  const args = [`--query.lookback-delta=${lookback}`];
  const { url, stop } = await servers.startPrometheus({ config: '{}', dir, args });
  return {
    /** Series of a range query: `[labels, [[seconds, value], ...]]` each. */
    async range(query, fromMs, untilMs, stepSeconds) {
      const body = new URLSearchParams({
        query,
        start: String(fromMs / 1000),
        end: String(untilMs / 1000),
        step: String(stepSeconds),
      });
      const answer = await (await fetch(`${url}/api/v1/query_range`, { method: 'POST', body })).json();
      if (answer.status !== 'success') throw new Error(answer.error);
      return answer.data.result.map(({ metric, values }) => [metric, values]);
    },
    stop,
  };
}

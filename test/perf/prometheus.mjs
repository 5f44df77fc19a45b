/** A Prometheus on a database made of samples with times. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const PROGRAMS = process.env.GONDOLA_PROMETHEUS ?? join(import.meta.dirname, '../../.ci/prometheus/usr/bin');

/** `text` is OpenMetrics with times. Blocks span two hours and each reads the whole text, so give it a day at a time. */
export function backfill(text, dir) {
  const file = join(dir, 'samples.txt');
  writeFileSync(file, text);
  execFileSync(join(PROGRAMS, 'promtool'), [
    ...['tsdb', 'create-blocks-from', 'openmetrics', '--quiet', file, join(dir, 'data')],
  ]);
}

export async function startPrometheus(dir, lookback) {
  const port = await freePort();
  const config = join(dir, 'prometheus.yaml');
  writeFileSync(config, '{}');
  const child = spawn(
    join(PROGRAMS, 'prometheus'),
    [
      ...[`--config.file=${config}`, `--storage.tsdb.path=${join(dir, 'data')}`, '--log.level=error'],
      ...[`--web.listen-address=127.0.0.1:${port}`, '--storage.tsdb.retention.time=50y'],
      `--query.lookback-delta=${lookback}`,
    ],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  const url = `http://127.0.0.1:${port}`;
  while (!(await fetch(`${url}/-/ready`).catch(() => null))?.ok) await sleep(100);
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
    async stop() {
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

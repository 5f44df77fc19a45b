import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startChildServer, type RunningServer } from './child-server.js';

const program = process.env['GONDOLA_MLFLOW'] ?? join(import.meta.dirname, '../../.ci/mlflow/bin/mlflow');
const READY_MS_MAX = 120_000;

export interface Mlflow extends RunningServer {
  readonly url: string;
}

/** Runs suites that need MLflow, or shows them as skipped and says what is missing. */
export function describeWithMlflow(name: string, suite: () => void): void {
  const missing = `no MLflow at ${program}: python3 -m venv .ci/mlflow && .ci/mlflow/bin/pip install mlflow, or set GONDOLA_MLFLOW`;
  if (existsSync(program)) describe(name, suite);
  else describe.skip(`${name} (${missing})`, suite);
}

/** An empty MLflow on a free port of loopback, its data in a folder of its own. Takes half a minute or more. */
export async function startMlflow(): Promise<Mlflow> {
  const folder = mkdtempSync(join(tmpdir(), 'gondola-mlflow-'));
  const server = await startChildServer(program, (port) => [
    ...['server', '--host', '127.0.0.1', '--port', String(port), '--workers', '1'],
    ...['--backend-store-uri', `sqlite:///${join(folder, 'mlflow.sqlite')}`],
    ...['--artifacts-destination', join(folder, 'artifacts')],
  ]);
  const url = `http://127.0.0.1:${server.port}`;
  const stop = async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  const endMs = performance.now() + READY_MS_MAX;
  while (!(await fetch(`${url}/health`).catch(() => null))?.ok) {
    if (performance.now() > endMs) {
      await stop();
      throw new Error(`${url} does not answer`);
    }
    await sleep(200);
  }
  return { port: server.port, url, stop };
}

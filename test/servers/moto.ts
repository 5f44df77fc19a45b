import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { startChildServer, type RunningServer } from './child-server.js';

const program = process.env['GONDOLA_MOTO'] ?? join(import.meta.dirname, '../../.venv/bin/moto_server');

/** Runs suites that need moto's Glue (only looking schemas up is as it should be there), or shows them as skipped. */
export const describeWithMoto: (name: string, suite: () => void) => void = existsSync(program)
  ? describe
  : (name, suite) =>
      describe.skip(`${name} (no moto at ${program}: .ci/run installs it, or set GONDOLA_MOTO)`, suite);

export async function startMoto(): Promise<RunningServer & { readonly endpoint: string }> {
  const server = await startChildServer(program, (port) => ['-H', '127.0.0.1', '-p', String(port)]);
  return { ...server, endpoint: `http://127.0.0.1:${server.port}` };
}

import { spawn } from 'node:child_process';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '..');
const BIN = join(ROOT, 'apps/gondola/bin/gondola.js');

export interface Ended {
  readonly code: number | null;
  readonly killed: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command line as users do, in a process of its own; with `killWhen` it is ended by SIGKILL then. */
export function runGondola(
  args: readonly string[],
  options: { killWhen?: Promise<unknown> } = {},
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [BIN, ...args], { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (part: Buffer) => (stdout += part.toString()));
    child.stderr.on('data', (part: Buffer) => (stderr += part.toString()));
    child.on('error', reject);
    void options.killWhen?.then(() => child.kill('SIGKILL'));
    child.on('close', (code, signal) => {
      resolve({ code, killed: signal === 'SIGKILL', stdout, stderr });
    });
  });
}

/** The JSON object that `--json` prints as its last line. */
export function lastLine(ended: Ended): Record<string, unknown> {
  const line = ended.stdout.trim().split('\n').at(-1) ?? '';
  return JSON.parse(line) as Record<string, unknown>;
}

import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '..');
const BIN = join(ROOT, 'apps/gondola/bin/gondola.js');

export interface Ended {
  readonly code: number | null;
  readonly killed: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly child: ChildProcess;
  /** Everything it has printed so far. */
  readonly output: () => string;
  readonly ended: Promise<Ended>;
}

/** Starts the command line as users do, in a process of its own. */
export function startGondola(args: readonly string[], env: NodeJS.ProcessEnv = {}): Running {
  const child = spawn(process.execPath, [BIN, ...args], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (part: Buffer) => (stdout += part.toString()));
  child.stderr.on('data', (part: Buffer) => (stderr += part.toString()));
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, killed: signal === 'SIGKILL', stdout, stderr }));
  });
  return { child, output: () => stdout + stderr, ended };
}

/** Runs it to its end; with `killWhen` it is ended by SIGKILL then. */
export function runGondola(
  args: readonly string[],
  options: { killWhen?: Promise<unknown>; env?: NodeJS.ProcessEnv } = {},
): Promise<Ended> {
  const { child, ended } = startGondola(args, options.env);
  void options.killWhen?.then(() => child.kill('SIGKILL'));
  return ended;
}

/** The JSON object that `--json` prints as its last line. */
export function lastLine(ended: Ended): Record<string, unknown> {
  const line = ended.stdout.trim().split('\n').at(-1) ?? '';
  return JSON.parse(line) as Record<string, unknown>;
}

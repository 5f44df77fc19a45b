import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ROOT, runGondola, lastLine, startGondola, type Running } from '../run-gondola.js';

const URL_MS_MAX = 180_000;

export interface RunningService {
  /** `http://127.0.0.1:port` */
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts a service with a configuration, as users do, and resolves when it says where it answers. */
export async function startService(
  command: 'up' | 'ingest' | 'detect' | 'api' | 'collector',
  config: object,
  dir: string,
): Promise<RunningService> {
  const file = join(dir, `${command}.yaml`);
  writeFileSync(file, JSON.stringify(config));
  const running = startGondola([command, '--config', file]);
  const url = await urlOf(running);
  const stop = async () => {
    running.child.kill('SIGTERM');
    await running.ended;
  };
  return { url, stop };
}

async function urlOf(running: Running): Promise<string> {
  let code: number | null = null;
  void running.ended.then((ended) => (code = ended.code ?? -1));
  const endMs = performance.now() + URL_MS_MAX;
  for (;;) {
    const found = /http:\/\/127\.0\.0\.1:\d+/.exec(running.output());
    if (found) return found[0];
    if (code !== null || performance.now() > endMs) {
      running.child.kill('SIGKILL');
      throw new Error(`it does not answer: ${running.output()}`);
    }
    await sleep(50);
  }
}

/** A key as `gondola keys new` makes it. */
export async function makeKey(file: string, producer: string, more: readonly string[] = []): Promise<string> {
  const args = [
    'keys',
    'new',
    '--json',
    '--file',
    file,
    '--environment',
    'dev',
    '--producer',
    producer,
    ...more,
  ];
  return String(lastLine(await runGondola(args))['key']);
}

/** The shipped filter as if it had been made from a lake, which is when a model knows its days. */
export function datedModel(dir: string): string {
  const file = join(dir, 'model.json');
  const { sha256: _, ...model } = JSON.parse(
    readFileSync(join(ROOT, 'apps/gondola/models/hmm-2026.11.json'), 'utf8'),
  ) as Record<string, unknown>;
  const data = { from: '2026-09-01', to: '2026-11-01', events: 1, labels: 1, out: 1, sources: [] };
  writeFileSync(file, JSON.stringify({ ...model, data }));
  return file;
}

/** Makes a table of a lake on disk unreachable, a failure that is waited out, and gives it back. */
export function loseTable(folder: string): () => void {
  const away = `${folder}.away`;
  if (existsSync(folder)) renameSync(folder, away);
  else mkdirSync(away, { recursive: true });
  symlinkSync(folder, folder);
  return () => {
    rmSync(folder);
    renameSync(away, folder);
  };
}

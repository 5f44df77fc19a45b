import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT, startGondola, type Running } from '../run-gondola.js';

/** What the pod of `helm test` runs, against a service as its image runs it. */
function health(args: readonly string[], deadlineMs = 30_000): Promise<{ code: number; said: string }> {
  const script = join(ROOT, 'helm/gondola/files/health.mjs');
  return new Promise((resolve) => {
    const env = { ...process.env, DEADLINE_MS: String(deadlineMs) };
    execFile(process.execPath, [script, ...args], { env }, (error, stdout) =>
      resolve({ code: Number(error?.code ?? 0), said: stdout }),
    );
  });
}

describe('helm test', () => {
  let folder: string;
  let api: Running;
  let url: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'gondola-health-'));
    const config = join(folder, 'api.yaml');
    writeFileSync(config, `environment: dev\nlake: ${join(folder, 'lake')}\nhttp: { port: 0 }\n`);
    api = startGondola(['api', '--config', config]);
    while (!url) {
      url = /api runs: (\S+)/.exec(api.output())?.[1] ?? '';
      if (api.child.exitCode !== null) throw new Error(api.output());
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  });
  afterAll(async () => {
    api.child.kill('SIGTERM');
    await api.ended;
    rmSync(folder, { recursive: true });
  });

  it('is content with a service that is ready and of its environment', async () => {
    await expect(health(['dev', url])).resolves.toEqual({ code: 0, said: `ok   ${url}\n` });
  });

  it.each([
    ['of another environment', () => ['qa', url], 'is not of qa', undefined],
    ['that does not answer', () => ['dev', url, 'http://127.0.0.1:9'], 'does not answer', 1_500],
  ])('fails for a service %s', async (_, args, why, deadlineMs) => {
    const { code, said } = await health(args(), deadlineMs);
    expect(code).toBe(1);
    expect(said).toMatch(new RegExp(`^BAD .*${why}`, 'm'));
  });
});

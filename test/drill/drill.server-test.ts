import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from '../run-gondola.js';

interface Drilled {
  readonly ok: boolean;
  readonly drill: readonly {
    readonly name: string;
    readonly figures: { readonly rowsLost: number; readonly recoverySeconds: number };
    readonly checks: readonly { readonly what: string; readonly ok: boolean }[];
  }[];
}

it(
  'what is lost or damaged comes back by the steps of the runbook, and nothing is lost or doubled',
  async () => {
    const script = join(ROOT, 'deploy/drill/run.mjs');
    const args = [script, '--days', '4', '--json'];
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: ROOT }).catch(
      (error: unknown) => error as { stdout: string },
    );
    const { drill, ok } = JSON.parse(stdout.trim().split('\n').at(-1) ?? '{}') as Drilled;
    expect(drill.flatMap(({ checks }) => checks.filter((check) => !check.ok))).toEqual([]);
    expect(ok).toBe(true);
    expect(drill.map(({ name }) => name)).toEqual([
      'lost-broker',
      'lost-lake',
      'damaged-table',
      'lost-state',
    ]);
    for (const { figures, checks } of drill) {
      expect(checks.length).toBeGreaterThan(3);
      expect(figures.rowsLost).toBe(0);
      expect(figures.recoverySeconds).toBeGreaterThan(0);
    }
  },
  15 * 60_000,
);

import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../run-gondola.js';

describe('release.mjs guarded', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gondola-guarded-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  /** Stands in for `gh`, which says how an environment is protected. */
  function guarded(environment: string, rules: readonly object[]): readonly [number | null, string] {
    const gh = join(folder, 'gh');
    const answer = JSON.stringify({ protection_rules: rules });
    writeFileSync(
      gh,
      `#!/bin/sh\n[ "$*" = "api repos/acme/gondola/environments/${environment}" ] && echo '${answer}'\n`,
    );
    chmodSync(gh, 0o755);
    const args = ['guarded', '--environment', environment, '--repository', 'acme/gondola'];
    const { status, stderr } = spawnSync(
      process.execPath,
      [join(ROOT, 'deploy/release/release.mjs'), ...args],
      {
        encoding: 'utf8',
        env: { ...process.env, PATH: `${folder}:${process.env['PATH'] ?? ''}` },
      },
    );
    return [status, stderr];
  }

  const somebody = { type: 'required_reviewers', reviewers: [{ type: 'Team' }] };

  it.each([
    ['prod', [somebody], 0],
    ['prod', [], 78],
    ['prod', [{ type: 'required_reviewers', reviewers: [] }], 78],
    ['qa', [{ type: 'wait_timer' }], 78],
    ['dev', [], 0],
  ] as const)('%s with %j: %i', (environment, rules, code) => {
    const [status, said] = guarded(environment, rules);
    expect(status).toBe(code);
    expect(said).toMatch(code === 0 ? /^$/ : /has no required reviewers/);
  });
});

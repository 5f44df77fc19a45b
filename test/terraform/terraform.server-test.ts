import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readFiles, ROOT } from './tree.js';

const TERRAFORM = process.env['GONDOLA_TERRAFORM'] ?? 'terraform';
const VERSION_MIN = [1, 11] as const;

const found = spawnSync(TERRAFORM, ['version', '-json'], { encoding: 'utf8' });
const version = /"terraform_version": "(\d+)\.(\d+)/.exec(found.stdout ?? '');
const [major = 0, minor = 0] = (version ?? []).slice(1).map(Number);
const isFit = major > VERSION_MIN[0] || (major === VERSION_MIN[0] && minor >= VERSION_MIN[1]);
const describeWithTerraform = (name: string, suite: () => void): void => {
  if (isFit) describe(name, suite);
  else
    describe.skip(`${name} (no Terraform ${VERSION_MIN.join('.')} or later: set GONDOLA_TERRAFORM)`, suite);
};

/** Modules that need no provider: their checks and tests run without a cloud and without a registry. */
const ALONE = ['naming', 'guardrails'];

describeWithTerraform('Terraform itself', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gondola-terraform-'));
  const cliConfig = join(folder, 'terraform.rc');
  beforeAll(() => {
    writeFileSync(cliConfig, '');
    // It writes beside what it reads.
    cpSync(ROOT, join(folder, 'terraform'), { recursive: true });
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const run = (where: string, ...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(TERRAFORM, args, {
      cwd: join(folder, 'terraform', where),
      encoding: 'utf8',
      env: { ...process.env, TF_CLI_CONFIG_FILE: cliConfig, CHECKPOINT_DISABLE: '1', TF_IN_AUTOMATION: '1' },
    });
    return { status, said: stdout + stderr };
  };

  it('would format nothing otherwise', () => {
    expect(run('.', 'fmt', '-check', '-recursive', '-diff')).toEqual({ status: 0, said: '' });
  });

  it.each(ALONE)('finds %s valid, and its tests pass', (module) => {
    const where = `modules/${module}`;
    expect(run(where, 'init', '-backend=false', '-input=false')).toMatchObject({ status: 0 });
    expect(run(where, 'validate', '-no-color')).toMatchObject({ status: 0 });
    const { status, said } = run(where, 'test', '-no-color');
    expect({ status, said }).toMatchObject({ status: 0 });
    const tests = readFiles('.tftest.hcl').get(`${where}/tests/${module}.tftest.hcl`) ?? '';
    expect(said).toContain(`${tests.match(/^run "/gm)?.length} passed, 0 failed`);
  });

  it('refuses a setting that the environment may not have', () => {
    const { status, said } = run(
      'modules/guardrails',
      ...['plan', '-no-color', '-input=false', '-var=environment=prod', '-var=event_retention_hours=24'],
      ...['-var=undelete_days=30', '-var=log_retention_days=365', '-var=deletion_protection=true'],
      ...['-var=zone_redundant=true', '-var=public_network_access=false', '-var=monthly_budget=1'],
      '-var=alarm_receivers=["a@example.com"]',
    );
    expect(status).toBe(1);
    expect(said).toContain('event_retention_hours must be at least 168');
  });
});

import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../run-gondola.js';

describe('deploy/release/terraform.sh', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gondola-terraform-sh-'));
  const told = join(folder, 'told');
  afterAll(() => rmSync(folder, { recursive: true }));
  // Stands in for Terraform: writes down what it is told, and where it would keep its settings.
  const terraform = join(folder, 'terraform');
  writeFileSync(terraform, `#!/bin/sh\necho "$TF_DATA_DIR $*" >>${told}\n`);
  chmodSync(terraform, 0o755);

  function run(...args: string[]): readonly string[] {
    writeFileSync(told, '');
    const env = { ...process.env, PATH: `${folder}:${process.env['PATH'] ?? ''}` };
    const { status, stderr } = spawnSync(join(ROOT, 'deploy/release/terraform.sh'), args, { env });
    expect([status, String(stderr)]).toEqual([0, '']);
    return readFileSync(told, 'utf8').trim().split('\n');
  }

  it('carries out the plan of that cloud and environment alone, with settings that no other has', () => {
    const plan = 'dist/terraform/aws-prod.tfplan';
    const [init, planned] = run('plan', 'aws', 'prod');
    expect(init).toMatch(/dist\/terraform\/aws-prod .* -backend-config=envs\/prod.backend.hcl$/);
    expect(planned).toMatch(
      new RegExp(`dist/terraform/aws-prod .*-var-file=envs/prod.tfvars -out=.*/${plan}$`),
    );
    expect(run('apply', 'aws', 'prod').at(-1)).toMatch(new RegExp(`apply .*/${plan}$`));
    expect(run('apply', 'aws', 'dev').join('\n')).not.toContain('prod');
    expect(run('apply', 'azure', 'prod').join('\n')).not.toContain('aws');
  });
});

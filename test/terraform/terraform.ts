import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from './tree.js';

const TERRAFORM = process.env['GONDOLA_TERRAFORM'] ?? 'terraform';
const MAJOR = 1;
const MINOR_MIN = 11;
/** Where `test/terraform/prepare.sh` puts the stand-ins for providers. */
const STAND_INS = join(import.meta.dirname, '../../.ci/bin/stand-in');

const isTerraformThere = (): boolean => {
  const { stdout } = spawnSync(TERRAFORM, ['version', '-json'], { encoding: 'utf8' });
  const [, major, minor] = /"terraform_version": "(\d+)\.(\d+)/.exec(stdout ?? '') ?? [];
  return Number(major) === MAJOR && Number(minor) >= MINOR_MIN;
};

/** A suite that needs Terraform, and stand-ins for providers where it says so; skipped with the reason where they are not there. */
export function describeWithTerraform(name: string, needs: 'alone' | 'stand-ins', suite: () => void): void {
  if (!isTerraformThere())
    describe.skip(`${name} (no Terraform ${MAJOR}.${MINOR_MIN} or later: set GONDOLA_TERRAFORM)`, suite);
  else if (needs === 'stand-ins' && !existsSync(join(STAND_INS, 'terraform-provider-azurerm')))
    describe.skip(`${name} (no ${STAND_INS}: run test/terraform/prepare.sh, which needs Go)`, suite);
  else describe(name, suite);
}

export interface Said {
  readonly status: number | null;
  /** Standard output and standard error. */
  readonly said: string;
}

/** A copy of deploy/terraform that Terraform may write beside, with the state in it and the stand-ins for providers. */
export class TerraformCopy {
  readonly folder = mkdtempSync(join(tmpdir(), 'gondola-terraform-'));
  private readonly cliConfig = join(this.folder, 'terraform.rc');

  constructor() {
    writeFileSync(
      this.cliConfig,
      `provider_installation {\n  dev_overrides {\n    "hashicorp/aws" = "${STAND_INS}"\n    "hashicorp/azurerm" = "${STAND_INS}"\n  }\n  direct {}\n}\n`,
    );
    cpSync(ROOT, join(this.folder, 'tree'), { recursive: true });
  }

  /** Puts something else in the place of what stands in a file. Throws when it does not stand there. */
  replace(file: string, from: string, to: string): void {
    const path = join(this.folder, 'tree', file);
    const text = readFileSync(path, 'utf8');
    if (!text.includes(from)) throw new Error(`${file} has no ${from}`);
    writeFileSync(
      path,
      text.replace(from, () => to),
    );
  }

  run(where: string, ...args: string[]): Said {
    const { status, stdout, stderr } = spawnSync(TERRAFORM, args, {
      cwd: join(this.folder, 'tree', where),
      encoding: 'utf8',
      maxBuffer: 64 << 20,
      env: {
        ...process.env,
        TF_CLI_CONFIG_FILE: this.cliConfig,
        TF_IN_AUTOMATION: '1',
        CHECKPOINT_DISABLE: '1',
        STAND_IN_ARGUMENTS: join(import.meta.dirname, 'provider-arguments.json'),
      },
    });
    return { status, said: stdout + stderr };
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

import { environmentsIn } from '../../libs/config/src/environment/names.js';
import { describeWithTerraform, TerraformCopy } from './terraform.js';
import { readFiles } from './tree.js';

/** Modules that need no provider: their checks and tests run without a cloud and without a registry. */
const ALONE = ['naming', 'guardrails'];
const KNOWN = ['dev', 'qa', 'prod'];

describeWithTerraform('Terraform itself', 'alone', () => {
  const copy = new TerraformCopy();
  afterAll(() => copy[Symbol.dispose]());

  it('would format nothing otherwise', () => {
    expect(copy.run('.', 'fmt', '-check', '-recursive', '-diff')).toEqual({ status: 0, said: '' });
  });

  it.each(ALONE)('finds %s valid, and its tests pass', (module) => {
    const where = `modules/${module}`;
    expect(copy.run(where, 'init', '-backend=false', '-input=false')).toMatchObject({ status: 0 });
    expect(copy.run(where, 'validate', '-no-color')).toMatchObject({ status: 0 });
    const { status, said } = copy.run(where, 'test', '-no-color');
    expect({ status, said }).toMatchObject({ status: 0 });
    const tests = readFiles('.tftest.hcl').get(`${where}/tests/${module}.tftest.hcl`) ?? '';
    expect(said).toContain(`${tests.match(/^run "/gm)?.length} passed, 0 failed`);
  });

  it.each(KNOWN)('makes names that the services take for those of %s, and of no other', (environment) => {
    const parts = { environment, org: 'acme', region: 'euw1', suffix: '01', owner: 'o', cost_center: 'c' };
    const args = Object.entries(parts).map(([name, value]) => `-var=${name}=${value}`);
    const where = 'modules/naming';
    expect(copy.run(where, 'apply', '-auto-approve', '-input=false', ...args)).toMatchObject({ status: 0 });
    const { said } = copy.run(where, 'output', '-json');
    const { names, underscored } = JSON.parse(said) as Record<string, { value: Record<string, string> }>;
    const made = [...Object.values(names?.value ?? {}), ...Object.values(underscored?.value ?? {})];
    expect(made.length).toBeGreaterThan(20);
    for (const name of made) expect([name, environmentsIn(name, KNOWN)]).toEqual([name, [environment]]);
  });
});

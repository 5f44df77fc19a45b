import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../run-gondola.js';

const actionlint = join(ROOT, '.ci/bin/actionlint');
const lint = (files: readonly string[], input = '') =>
  spawnSync(actionlint, ['-shellcheck=', '-pyflakes=', '-no-color', ...files], {
    cwd: ROOT,
    input,
    encoding: 'utf8',
  });

if (!existsSync(actionlint)) {
  it.skip('actionlint: left out, it is not in .ci/bin (bash .ci/run server brings it where there is Go)', () => {});
} else
  describe('actionlint', () => {
    it('has nothing to say of the workflows', () => {
      const folder = '.github/workflows';
      const { status, stdout } = lint(readdirSync(join(ROOT, folder)).map((name) => `${folder}/${name}`));
      expect([status, stdout]).toEqual([0, '']);
    });

    it.each([
      ['${{ needs.build.outputs.digest }}', 'property "build" is not defined'],
      ['${{ inputs.nobody }}', 'property "nobody" is not defined'],
    ])('finds %s', (expression, fault) => {
      const text = `on: { workflow_dispatch: {} }\njobs:\n  one:\n    runs-on: ubuntu-24.04\n    steps: [{ run: 'echo ${expression}' }]\n`;
      const { status, stdout } = lint(['-'], text);
      expect(status).toBe(1);
      expect(stdout).toContain(fault);
    });
  });

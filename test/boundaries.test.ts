import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');
const run = (command: string, args: readonly string[], input = '') =>
  spawnSync(join(ROOT, 'node_modules/.bin', command), args, { cwd: ROOT, input, encoding: 'utf8' });

/** What eslint says of a file that is not there. */
const lint = (path: string, code: string) =>
  run('eslint', ['--stdin', '--stdin-filename', path, '--format', 'json'], code);

describe('a forbidden import fails the check', () => {
  // The rule reads Nx's project graph, and is skipped with a mere warning when there is none.
  beforeAll(() => {
    const graph = run('nx', ['show', 'projects']);
    expect({ status: graph.status, projects: graph.stdout.includes('broker-embedded') }).toEqual({
      status: 0,
      projects: true,
    });
  }, 600_000);

  it.each([
    [
      'a stage that uses a broker',
      'libs/validate/src/x.ts',
      '@gondola/broker-embedded',
      /type:stage|scope:validate/,
    ],
    ['a stage that uses Nest', 'libs/detect/src/x.ts', '@nestjs/common', /"type:stage" is not allowed/],
    [
      'a broker that knows the lake',
      'libs/broker/embedded/src/x.ts',
      '@gondola/lake-delta',
      /"scope:broker" can only/,
    ],
    [
      'the core that knows a library',
      'libs/stream/src/x.ts',
      '@gondola/telemetry',
      /Circular dependency|type:core/,
    ],
    ['a sink that knows a stage', 'libs/sink/lake/src/x.ts', '@gondola/validate', /type:adapter|scope:sink/],
    [
      'production code that uses test code',
      'apps/ingest/src/x.ts',
      '@gondola/testing',
      /"type:app" can only/,
    ],
    ['an SDK outside its library', 'apps/api/src/x.ts', 'prom-client', /"type:app" is not allowed/],
  ])('%s', (_, path, name, says) => {
    const { status, stdout } = lint(
      path,
      `import * as forbidden from '${name}';\nexport default forbidden;\n`,
    );
    const [{ messages }] = JSON.parse(stdout) as {
      messages: { ruleId: string; message: string; severity: number }[];
    }[];
    const errors = messages.filter(
      ({ ruleId, severity }) => ruleId === '@nx/enforce-module-boundaries' && severity === 2,
    );
    expect(status).toBe(1);
    expect(errors.map(({ message }) => message).join('\n')).toMatch(says);
  });

  it('but not an allowed one', () => {
    const code = "import { systemClock } from '@gondola/stream';\nexport default systemClock;\n";
    expect(lint('libs/validate/src/x.ts', code).status).toBe(0);
  });
});

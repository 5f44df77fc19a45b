import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../run-gondola.js';

const hadolint = process.env['GONDOLA_HADOLINT'] ?? join(ROOT, '.venv/bin/hadolint');
const dockerfile = readFileSync(join(ROOT, 'deploy/image/Dockerfile'), 'utf8');
const describeLint = existsSync(hadolint) ? describe : describe.skip;

const codesOf = (text: string): string[] => {
  const { stdout, error } = spawnSync(hadolint, ['--format', 'json', '-'], { input: text, encoding: 'utf8' });
  if (error) throw error;
  return (JSON.parse(stdout) as { code: string }[]).map(({ code }) => code);
};

describeLint('the Dockerfile, by hadolint (test/interop/requirements.txt)', () => {
  it('has nothing to be said of', () => expect(codesOf(dockerfile)).toEqual([]));

  it.each([
    ['a base of no version', 'DL3006', ['FROM scratch AS app', 'FROM debian AS app']],
    ['the newest base', 'DL3007', ['FROM scratch AS app', 'FROM debian:latest AS app']],
    ['root at the end', 'DL3002', ['USER 65532:65532\nEXPOSE', 'USER root\nEXPOSE']],
    ['a folder that depends on another', 'DL3000', ['WORKDIR /src', 'WORKDIR src']],
  ])('%s would be found', (_, code, [from = '', to = '']) => {
    expect(dockerfile).toContain(from);
    expect(codesOf(dockerfile.replace(from, to))).toContain(code);
  });
});

describe('the Dockerfile', () => {
  it('brings the Node that tests run on, pins its bases and ends as nobody', () => {
    expect(dockerfile).toContain(`ARG NODE_IMAGE=node:${process.versions.node}-`);
    expect(
      dockerfile.match(/^FROM .*$/gm)?.every((line) => /^FROM (scratch|\$\{[A-Z_]+\}) AS [a-z]+$/.test(line)),
    ).toBe(true);
    for (const stage of ['service', 'trainer']) {
      const text = dockerfile
        .split(/^FROM /m)
        .find((part) => part.split('\n', 1)[0]?.endsWith(`AS ${stage}`));
      expect(text).toMatch(/\nUSER 65532:65532\n/);
      // No shell is needed: the base may have none.
      expect(text).not.toMatch(/^(RUN|SHELL|ADD)/m);
    }
  });
});

import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../run-gondola.js';

const digest = (of: string) => `sha256:${of.repeat(64)}`;
const PLACE = ['--registry', 'registry.example.org/acme'];
const RELEASE = ['--image', digest('a'), '--trainer', digest('b'), '--chart', '0.1.0-abc123'];

/** What helm answers of a release that may be followed. */
const GOOD = {
  info: { status: 'deployed', last_deployed: '2026-11-26T10:00:00Z' },
  config: { image: { digest: digest('a') }, trainerImage: { digest: digest('b') } },
  hooks: [
    {
      kind: 'Pod',
      events: ['test'],
      last_run: { phase: 'Succeeded', completed_at: '2026-11-26T10:05:00Z' },
    },
  ],
};

describe('a release', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gondola-release-'));
  const helm = join(folder, 'helm');
  afterAll(() => rmSync(folder, { recursive: true }));

  /** Stands in for a helm that has a cluster; what it is told to change is only printed (`--dry-run`). */
  function helmSays(status: object): void {
    const answers = { status, metadata: { version: '0.1.0-abc123' } };
    const words = Object.entries(answers).map(
      ([word, answer]) => `*" ${word} "*) cat <<'END'\n${JSON.stringify(answer)}\nEND\n;;`,
    );
    writeFileSync(helm, `#!/bin/sh\ncase " $* " in\n${words.join('\n')}\n*) exit 3 ;;\nesac\n`);
    chmodSync(helm, 0o755);
  }

  function run(...args: string[]) {
    const script = join(ROOT, 'deploy/release/release.mjs');
    const env = { ...process.env, HELM: helm };
    return spawnSync(process.execPath, [script, ...args], { encoding: 'utf8', env });
  }
  const printed = (...args: string[]) => {
    const { status, stdout, stderr } = run(...args, '--dry-run');
    expect([status, stderr]).toEqual([0, '']);
    return stdout.trim().split('\n');
  };
  const refusal = (...args: string[]) => {
    const { status, stderr } = run(...args, '--dry-run');
    expect(status).toBe(78);
    return stderr;
  };

  it('is deployed by digest, with the values that are in the chart, as a whole, and tested', () => {
    const [pull, upgrade, test, ...rest] = printed('deploy', '--environment', 'prod', ...RELEASE, ...PLACE);
    expect(rest).toEqual([]);
    expect(pull).toMatch(
      /^helm pull oci:\/\/registry.example.org\/acme\/charts\/gondola --version 0.1.0-abc123 /,
    );
    expect(upgrade).toContain('--namespace gondola-prod');
    expect(upgrade).toMatch(/--values \S+\/gondola\/values-prod.yaml/);
    expect(upgrade).toContain(`--set image.digest=${digest('a')}`);
    expect(upgrade).toContain(`--set trainerImage.digest=${digest('b')}`);
    expect(upgrade).toContain('--atomic');
    expect(test).toMatch(/^helm test gondola --namespace gondola-prod /);
  });

  it.each([
    [['--image', 'latest'], '--image is a digest'],
    [['--image', 'sha256:abc'], '--image is a digest'],
    [['--trainer', `${digest('b')}0`], '--trainer is a digest'],
    [['--chart', 'newest'], '--chart is a version'],
    [['--registry', 'Registry.example.org/acme'], '--registry is a host'],
    [['--environment', 'production'], '--environment is one of dev, qa, prod'],
  ])('with %j is refused', (change, why) => {
    expect(refusal('deploy', '--environment', 'qa', ...RELEASE, ...PLACE, ...change)).toContain(why);
  });

  it('is followed as it runs and was tested', () => {
    helmSays(GOOD);
    expect(printed('released', '--environment', 'qa')).toEqual([
      `image=${digest('a')}`,
      `trainer=${digest('b')}`,
      'chart=0.1.0-abc123',
    ]);
    expect(printed('before', '--environment', 'prod')).toEqual(['from=qa']);
    expect(refusal('before', '--environment', 'dev')).toContain('is the first');
  });

  it.each([
    ['that failed', { ...GOOD, info: { ...GOOD.info, status: 'failed' } }, 'is failed, not deployed'],
    ['that is paused', { ...GOOD, config: { ...GOOD.config, paused: true } }, 'is paused'],
    ['without tests', { ...GOOD, hooks: [] }, 'has not passed helm test'],
    [
      'whose tests ran before it',
      { ...GOOD, info: { ...GOOD.info, last_deployed: '2026-11-26T11:00:00Z' } },
      'has not passed helm test',
    ],
    [
      'whose tests failed',
      { ...GOOD, hooks: [{ ...GOOD.hooks[0], last_run: { phase: 'Failed' } }] },
      'has not passed helm test',
    ],
    ['by tag', { ...GOOD, config: { image: { tag: '0.1.0' } } }, '--image is a digest'],
  ])('%s is not followed', (_, status, why) => {
    helmSays(status);
    expect(refusal('released', '--environment', 'qa')).toContain(why);
  });

  it('goes back to the one before, or to the one that is named', () => {
    const place = ['--environment', 'qa'];
    expect(printed('rollback', ...place)[0]).toMatch(/^helm rollback gondola --namespace gondola-qa --wait /);
    expect(printed('rollback', ...place, '--revision', '7')[0]).toMatch(/^helm rollback gondola 7 /);
    expect(printed('rollback', ...place)[1]).toMatch(/^helm test /);
    expect(refusal('rollback', ...place, '--revision', 'last')).toContain('--revision is a number');
  });

  it('is paused for as long as the stream remembers, and runs on as the same version', () => {
    helmSays(GOOD);
    const pause = (environment: string, hours: string, kept: string) => [
      ...['pause', '--environment', environment, '--hours', hours, '--retention-hours', kept, ...PLACE],
    ];
    expect(printed(...pause('qa', '59', '168'))).toEqual([
      'helm upgrade gondola oci://registry.example.org/acme/charts/gondola --version 0.1.0-abc123 ' +
        '--namespace gondola-qa --reuse-values --set paused=true --atomic --timeout 15m',
    ]);
    expect(printed('resume', '--environment', 'qa', ...PLACE)[0]).toContain('--set paused=false');
    expect(refusal(...pause('qa', '59', '24'))).toContain('needs 73.75');
    expect(refusal(...pause('qa', '20', '24'))).toContain('forgotten unread');
    expect(refusal(...pause('qa', '', '24'))).toContain('numbers above 0');
    expect(refusal(...pause('prod', '1', '168'))).toContain('prod is not paused');
  });
});

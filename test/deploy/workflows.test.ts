import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { ROOT } from '../run-gondola.js';
import { actionSchema, faultsOf, faultsOfSteps, workflowSchema, type Workflow } from './workflow-rules.js';

const folder = join(ROOT, '.github/workflows');
const read = (name: string) => readFileSync(join(folder, name), 'utf8');
const parsed = (text: string): Workflow => workflowSchema.parse(parse(text));
const workflow = (name: string) => parsed(read(name));
const scriptsOf = ({ jobs }: Workflow, name: string) =>
  jobs[name].steps.map(({ run = '' }) => run).join('\n');

describe('workflows', () => {
  it.each(readdirSync(folder))('%s keeps the rules', (name) => {
    expect(faultsOf(read(name), workflow(name))).toEqual([]);
  });

  it.each(readdirSync(join(ROOT, '.github/actions')))('the action %s keeps them', (name) => {
    const text = readFileSync(join(ROOT, '.github/actions', name, 'action.yml'), 'utf8');
    const { steps } = actionSchema.parse(parse(text)).runs;
    expect(faultsOfSteps(steps)).toEqual([]);
    expect(text).not.toContain('secrets.');
  });

  it('promote what ran and was tested in the environment before, by digest, once somebody approved', () => {
    const promote = workflow('promote.yml');
    const { released, guarded, deploy } = promote.jobs;
    expect(released.environment).toBe("${{ inputs.to == 'prod' && 'qa-read' || 'dev-read' }}");
    expect(scriptsOf(promote, 'released')).toContain('release.mjs released --environment "$FROM"');
    expect(deploy.needs).toEqual(['released', 'guarded']);
    expect(deploy.environment).toBe('${{ inputs.to }}');
    expect(guarded.environment).toBeUndefined();
    expect(scriptsOf(promote, 'guarded')).toContain('guarded --environment "$TO"');
    const env = deploy.steps.at(-1)?.env;
    for (const name of ['image', 'trainer', 'chart'])
      expect(env?.[name.toUpperCase()]).toBe(`\${{ needs.released.outputs.${name} }}`);
  });

  it('let nothing into qa or prod but promotion, rollback, pause and what terraform planned', () => {
    const targets = readdirSync(folder).flatMap((name) =>
      Object.values(workflow(name).jobs).flatMap(({ environment }) =>
        environment && !environment.includes('read') ? [`${name} ${environment}`] : [],
      ),
    );
    expect(targets.sort()).toEqual([
      'pause-qa.yml qa-schedule',
      'promote.yml ${{ inputs.to }}',
      'release.yml dev',
      'rollback.yml ${{ inputs.environment }}',
      'terraform.yml ${{ inputs.environment }}',
    ]);
    expect(workflow('terraform.yml').jobs['apply'].needs).toEqual(['plan', 'guarded']);
    expect(workflow('rollback.yml').jobs['rollback'].needs).toBe('guarded');
  });

  it('pause qa for as long as it is until it resumes', () => {
    const text = read('pause-qa.yml');
    const crons = [...text.matchAll(/cron: '0 (\d+) \* \* (\d)(?:-(\d))?'/g)].map(
      ([, hour, from, to = from]) => ({
        hour: Number(hour),
        days: Array.from({ length: Number(to) - Number(from) + 1 }, (_, index) => Number(from) + index),
      }),
    );
    const resume = crons.at(-1);
    const hoursOf = (hour: number, day: number) => {
      const next = (resume?.days ?? []).map(
        (other) => ((other - day + 7) % 7) * 24 + (resume?.hour ?? 0) - hour,
      );
      return Math.min(...next.filter((hours) => hours > 0));
    };
    for (const { hour, days } of crons.slice(0, -1)) {
      const said = new RegExp(`'0 ${hour} \\* \\* ${days[0]}(?:-\\d)?' && (\\d+)`).exec(text)?.[1];
      expect(Math.max(...days.map((day) => hoursOf(hour, day)))).toBe(Number(said));
    }
  });
});

describe('a fault is found', () => {
  const good = read('promote.yml');
  it.each<[string, (text: string) => string, string]>([
    ['an action by tag', (text) => text.replace(/checkout@\w+/, 'checkout@v7'), 'not pinned by commit'],
    [
      'rights for code of others',
      (text) => text.replace('workflow_dispatch:', 'pull_request_target:'),
      'with rights',
    ],
    [
      'no permissions',
      (text) => text.replace('permissions:\n  contents: read\n\n', ''),
      'says no permissions',
    ],
    [
      'rights for all',
      (text) => text.replace('contents: read\n\n', 'contents: write\n\n'),
      'every job may write',
    ],
    ['a kept key', (text) => text.replace('github.token', 'secrets.DEPLOY_KEY'), 'longer than the run'],
    ['no time limit', (text) => text.replaceAll(/ +timeout-minutes: 45\n/g, ''), 'says no time'],
    [
      'no environment',
      (text) => text.replaceAll(/ +environment: \$\{\{ inputs.to \}\}\n/g, ''),
      'no environment guards',
    ],
    ['an unknown one', (text) => text.replace("'qa-read'", "'staging'"), 'there is no environment staging'],
    [
      'prod by a way for reading',
      (text) => text.replace('environment: ${{ inputs.to }}\n', 'environment: qa-read\n'),
      'is for reading',
    ],
    ['no word for the cloud', (text) => text.replaceAll(/ +id-token: write.*\n/g, ''), 'without id-token'],
    [
      'a script of people',
      (text) => text.replace('--environment "$TO" --registry', '--environment ${{ inputs.to }} --registry'),
      'inside of a script',
    ],
    [
      'a script that is not there',
      (text) => text.replace('release/release.mjs deploy', 'release/releases.mjs deploy'),
      'there is no deploy/release/releases.mjs',
    ],
    [
      'a token left behind',
      (text) => text.replace('persist-credentials: false', 'persist-credentials: true'),
      'its token behind',
    ],
    [
      'code of others beside rights',
      (text) => text.replace('- uses: ./.github/actions/cluster', '- uses: ./.github/actions/set-up'),
      'beside rights to write',
    ],
    ['no concurrency', (text) => text.replace(/concurrency:\n.*\n.*\n/, ''), 'says no concurrency'],
  ])('%s', (_, change, fault) => {
    const text = change(good);
    expect(text).not.toBe(good);
    expect(faultsOf(text, parsed(text)).join('\n')).toContain(fault);
  });

  it.each([
    ['bash .ci/run checks', '.ci/run has no step checks'],
    ['npm run chek', 'there is no npm run chek'],
  ])('%s', (run, fault) => {
    expect(faultsOfSteps([{ run, with: {}, env: {} }])).toEqual([fault]);
  });
});

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { ROOT } from '../run-gondola.js';

/** What is asked of every workflow, and what is wrong with one, a line for each. */

const stepSchema = z.object({
  uses: z.string().optional(),
  run: z.string().optional(),
  shell: z.string().optional(),
  with: z.record(z.string(), z.unknown()).default({}),
  env: z.record(z.string(), z.unknown()).default({}),
});
const jobSchema = z.object({
  uses: z.string().optional(),
  environment: z.string().optional(),
  permissions: z.record(z.string(), z.string()).optional(),
  'timeout-minutes': z.number().optional(),
  needs: z.union([z.string(), z.array(z.string())]).optional(),
  steps: z.array(stepSchema).default([]),
});
export const workflowSchema = z.object({
  on: z.record(z.string(), z.unknown()),
  permissions: z.record(z.string(), z.string()).optional(),
  concurrency: z.unknown().optional(),
  jobs: z.record(z.string(), jobSchema),
});
export const actionSchema = z.object({ runs: z.object({ steps: z.array(stepSchema) }) });

export type Workflow = z.output<typeof workflowSchema>;
type Job = Workflow['jobs'][string];
type Step = z.output<typeof stepSchema>;

const PINNED = /^(?:\.\/[\w./-]+|[\w.-]+\/[\w./-]+@[0-9a-f]{40})$/;
/** The environments, those of them in which nothing can be changed, and the one that may pause qa at night. */
const ENVIRONMENTS = /^(?:dev|qa|prod)(?:-read)?$|^qa-schedule$/;
const CHANGES_A_CLUSTER = /release\.mjs (?:deploy|rollback|pause|resume)\b|terraform\.sh apply\b/;
/** A word of people or branches in a script is a script of theirs: it goes through `env`. */
const INJECTED = /\$\{\{\s*(?:inputs|github\.(?:event|head_ref|ref_name))\b/;
const LONG_LIVED =
  /secrets\.(?!GITHUB_TOKEN\b)|aws-(?:access-key-id|secret-access-key)|creds\b|client-secret/;

export function faultsOf(text: string, workflow: Workflow): string[] {
  const faults: string[] = [];
  if ('pull_request_target' in workflow.on)
    faults.push('pull_request_target runs with rights on code of others');
  if (LONG_LIVED.test(text)) faults.push('a key that lives longer than the run');
  if (!workflow.permissions) faults.push('says no permissions');
  if (Object.values(workflow.permissions ?? {}).includes('write')) faults.push('every job may write');
  if (!workflow.concurrency) faults.push('says no concurrency');
  for (const [name, job] of Object.entries(workflow.jobs))
    faults.push(...[...faultsOfJob(job), ...faultsOfSteps(job.steps)].map((fault) => `${name}: ${fault}`));
  return faults;
}

function faultsOfJob(job: Job): string[] {
  const faults: string[] = [];
  if (job.uses) return PINNED.test(job.uses) ? [] : [`${job.uses} is not pinned`];
  const scripts = job.steps.map(({ run = '' }) => run).join('\n');
  if (job['timeout-minutes'] === undefined) faults.push('says no time after which it is ended');
  const mayWrite = Object.values(job.permissions ?? {}).includes('write');
  const signsIn = job.steps.some(({ uses = '' }) =>
    /actions\/cluster$|configure-aws-credentials@/.test(uses),
  );
  if (signsIn && job.permissions?.['id-token'] !== 'write') faults.push('signs in without id-token');
  if (signsIn && !job.environment) faults.push('signs in outside of an environment');
  if (CHANGES_A_CLUSTER.test(scripts) && !job.environment) faults.push('changes what no environment guards');
  if (CHANGES_A_CLUSTER.test(scripts) && job.environment?.endsWith('-read'))
    faults.push('changes something in an environment that is for reading');
  for (const environment of environmentsOf(job))
    if (!ENVIRONMENTS.test(environment)) faults.push(`there is no environment ${environment}`);
  const installs = ({ uses = '', run = '' }: Step) =>
    uses.endsWith('actions/set-up') || /\bnpm (?:ci|install|test)\b/.test(run);
  if (mayWrite && job.steps.some(installs)) faults.push('code of others runs beside rights to write');
  return faults;
}

/** Those that its expression may give. */
function environmentsOf({ environment }: Job): string[] {
  if (environment === undefined) return [];
  if (!environment.includes('${{')) return [environment];
  const texts = [...environment.matchAll(/&& '([^']+)'|\|\| '([^']+)'/g)].map(
    ([, one, other]) => one ?? other,
  );
  if (texts.length > 0) return texts;
  return [environment.replace(/\$\{\{\s*(?:inputs\.(?:to|environment)|matrix\.environment)\s*\}\}/, 'qa')];
}

export function faultsOfSteps(steps: readonly Step[]): string[] {
  return steps.flatMap(({ uses, run, with: inputs }) => {
    const faults: string[] = [];
    if (uses && !PINNED.test(uses)) faults.push(`${uses} is not pinned by commit`);
    if (uses?.startsWith('./') && !existsSync(join(ROOT, uses))) faults.push(`there is no ${uses}`);
    if (uses?.startsWith('actions/checkout@') && inputs['persist-credentials'] !== false)
      faults.push('checkout leaves its token behind');
    if (run && INJECTED.test(run)) faults.push('an expression inside of a script');
    return [...faults, ...(run ? missingIn(run) : [])];
  });
}

/** Scripts and npm scripts that a script calls and that are not there. */
function missingIn(run: string): string[] {
  const paths = run.match(/(?:^|\s)(?:\.ci|deploy|test|apps|libs)\/[\w./-]+/g) ?? [];
  const files = paths.map((path) => path.trim()).filter((path) => !existsSync(join(ROOT, path)));
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  const names = [...run.matchAll(/\bnpm run (?:--silent )?([\w:-]+)/g)].map(([, name]) => name);
  const steps = [...run.matchAll(/\.ci\/run (\w+)/g)].map(([, name]) => name);
  const known = readFileSync(join(ROOT, '.ci/run'), 'utf8');
  return [
    ...files.map((path) => `there is no ${path}`),
    ...names.filter((name) => !(name in scripts)).map((name) => `there is no npm run ${name}`),
    ...steps.filter((name) => !known.includes(`\n  ${name}) `)).map((name) => `.ci/run has no step ${name}`),
  ];
}

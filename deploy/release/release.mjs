/**
 * node deploy/release/release.mjs COMMAND --environment dev|qa|prod [options] [--dry-run]
 *
 *   deploy    --image sha256:… --trainer sha256:… --chart VERSION --registry HOST/PATH [--values FILE]
 *   released  what runs there and has passed its tests, for the environment after it; into $GITHUB_OUTPUT too
 *   rollback  [--revision N]
 *   pause     --hours N --retention-hours N --registry HOST/PATH
 *   resume    --registry HOST/PATH
 *   before    which environment a release has to come from
 *   guarded   --repository OWNER/NAME: is the environment one that somebody has to approve? By gh and its GH_TOKEN
 *
 * Works on the cluster that kubectl's configuration names. The chart is at oci://REGISTRY/charts/gondola, images at REGISTRY/gondola and
 * REGISTRY/gondola-trainer. --dry-run prints the commands that would change something, and runs those that only read. Exit codes: 0 done,
 * 1 failed, 78 refused. HELM names another helm.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import * as steps from './steps.mjs';

const HELM = process.env['HELM'] ?? 'helm';
const names = ['environment', 'image', 'trainer', 'chart', 'registry', 'values', 'revision', 'repository'];
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    ...Object.fromEntries([...names, 'hours', 'retention-hours'].map((name) => [name, { type: 'string' }])),
    'dry-run': { type: 'boolean', default: false },
  },
});

const COMMANDS = { deploy, released, rollback, pause, resume, before, guarded };

try {
  const command = COMMANDS[positionals[0]];
  if (!command || positionals.length > 1)
    throw new steps.Refused(`which of ${Object.keys(COMMANDS).join(', ')}?`);
  command(steps.requireEnvironment(values.environment));
} catch (error) {
  if (!(error instanceof steps.Refused)) throw error;
  console.error(error.message);
  process.exitCode = 78;
}

function deploy(environment) {
  const folder = mkdtempSync(join(tmpdir(), 'gondola-chart-'));
  try {
    const release = steps.requireRelease(values);
    run(steps.deploySteps({ environment, ...release, ...places(), folder, values: values.values }));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function released(environment) {
  const status = ask(['status', steps.RELEASE, '--namespace', steps.namespaceOf(environment)]);
  const release = steps.releasedOf(environment, { status, metadata: metadataOf(environment) });
  tell({ ...release });
}

function rollback(environment) {
  run(steps.rollbackSteps({ environment, revision: values.revision }));
}

function pause(environment) {
  const [hours, retentionHours] = [Number(values.hours), Number(values['retention-hours'])];
  steps.requirePause({ environment, hours, retentionHours });
  run(steps.pauseSteps({ environment, chart: metadataOf(environment).version, ...places() }));
}

function resume(environment) {
  run(steps.resumeSteps({ environment, chart: metadataOf(environment).version, ...places() }));
}

function before(environment) {
  const from = steps.BEFORE[environment];
  if (!from) throw new steps.Refused(`${environment} is the first: it gets what was built`);
  tell({ from });
}

/** Reviewers are a setting of the repository: a workflow that only names the environment would not notice that they went. */
function guarded(environment) {
  if (!steps.BEFORE[environment]) return; // Whatever is on main runs there: nobody is asked.
  if (!/^[\w.-]+\/[\w.-]+$/.test(values.repository ?? ''))
    throw new steps.Refused('--repository is OWNER/NAME');
  const path = `repos/${values.repository}/environments/${environment}`;
  const { protection_rules: rules = [] } = JSON.parse(
    execFileSync('gh', ['api', path], { encoding: 'utf8' }),
  );
  if (!rules.some(({ type, reviewers = [] }) => type === 'required_reviewers' && reviewers.length > 0))
    throw new steps.Refused(
      `the environment ${environment} of ${values.repository} has no required reviewers`,
    );
}

function places() {
  const { registry } = values;
  if (!/^[a-z0-9.:-]+(\/[a-z0-9._-]+)+$/.test(registry ?? ''))
    throw new steps.Refused(`--registry is a host and a path, in lower case; it was ${registry}`);
  return { registry, charts: `oci://${registry}/charts` };
}

function metadataOf(environment) {
  return ask(['get', 'metadata', steps.RELEASE, '--namespace', steps.namespaceOf(environment)]);
}

function ask(args) {
  return JSON.parse(execFileSync(HELM, [...args, '--output', 'json'], { encoding: 'utf8' }));
}

function run(commands) {
  for (const args of commands) {
    console.log(['helm', ...args].join(' '));
    if (values['dry-run']) continue;
    const { status, error } = spawnSync(HELM, args, { stdio: 'inherit' });
    if (error) throw error;
    if (status !== 0) {
      process.exitCode = 1;
      return;
    }
  }
}

function tell(answers) {
  const lines = Object.entries(answers).map(([name, value]) => `${name}=${value}\n`);
  process.stdout.write(lines.join(''));
  const file = process.env['GITHUB_OUTPUT'];
  if (file) appendFileSync(file, lines.join(''));
}

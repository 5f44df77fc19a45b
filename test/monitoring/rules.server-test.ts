import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  ALERTS,
  ENVIRONMENTS,
  labelsOf,
  proofsText,
  RULE_FILES,
  ruleGroups,
  TEAMS,
  yamlOf,
  type Environment,
} from '@gondola/monitoring';
import { describeWithPrometheus, runTool } from '../servers/prometheus.js';

const DEPLOY = join(import.meta.dirname, '../../deploy');
const rulesDir = (environment: Environment) => join(DEPLOY, 'prometheus', environment);
const alertmanagerFile = (environment: Environment) => join(DEPLOY, 'alertmanager', `${environment}.yaml`);

describeWithPrometheus('rules as Prometheus reads them', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gondola-rules-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each(ENVIRONMENTS)('%s: the configuration and its files of rules are valid', (environment) => {
    const config = join(rulesDir(environment), 'prometheus.yaml');
    expect(runTool('promtool', ['check', 'config', config])).toMatchObject({ code: 0 });
  });

  it.each(ENVIRONMENTS)(
    '%s: every alert fires, does not fire just below, and resolves',
    (environment) => {
      const file = join(folder, `${environment}.yaml`);
      writeFileSync(file, proofsText(environment, rulesDir(environment)));
      const { code, said } = runTool('promtool', ['test', 'rules', file]);
      expect(said).toMatch(/SUCCESS/);
      expect(code).toBe(0);
    },
    600_000,
  );

  it('each of these proofs can fail: none stands when every alert fires always', () => {
    for (const file of RULE_FILES) {
      const groups = ruleGroups(file, 'prod').groups.map(({ name, rules }) => ({
        name,
        rules: rules.map((rule) => ({ ...rule, expr: 'vector(1)' })),
      }));
      writeFileSync(join(folder, `${file}.rules.yaml`), yamlOf({ groups }));
    }
    const tests = join(folder, 'always.yaml');
    const text = proofsText('prod', folder);
    writeFileSync(tests, text);
    const { code, said } = runTool('promtool', ['test', 'rules', tests]);
    expect(code).toBe(1);
    for (const [name] of text.matchAll(/\w+ of prod .*/g)) expect(said).toContain(name);
  }, 600_000);
});

describeWithPrometheus('routes as Alertmanager reads them', () => {
  it.each(ENVIRONMENTS)('%s: the configuration is valid', (environment) => {
    expect(runTool('amtool', ['check-config', alertmanagerFile(environment)])).toMatchObject({ code: 0 });
  });

  const receiversOf = (environment: Environment, labels: Readonly<Record<string, string>>): string[] => {
    const pairs = Object.entries(labels).map(([name, value]) => `${name}=${value}`);
    const args = ['config', 'routes', 'test', '--config.file', alertmanagerFile(environment), ...pairs];
    const { code, said } = runTool('amtool', args);
    expect(code).toBe(0);
    return (said.split('\n').find((line) => !line.startsWith('Warning')) ?? '')
      .replace(/Warning:.*/, '')
      .split(',');
  };

  it.each(TEAMS)('prod: %s is paged for what is critical, told of warnings, and spared the rest', (team) => {
    const told = (severity: string) => receiversOf('prod', { severity, team });
    expect(told('critical')).toEqual(['webhook', `${team}-pager`, team]);
    expect(told('warning')).toEqual(['webhook', team]);
    expect(told('info')).toEqual(['webhook', 'nobody']);
  });

  it('every alert reaches its team in prod, nobody is paged in qa, and dev has the webhook alone', () => {
    for (const alert of ALERTS) {
      const { severity, team } = labelsOf(alert, 'prod');
      const expected = {
        critical: ['webhook', `${team}-pager`, team],
        warning: ['webhook', team],
        info: ['webhook', 'nobody'],
      }[severity ?? ''];
      expect(receiversOf('prod', labelsOf(alert, 'prod'))).toEqual(expected);
      expect(receiversOf('qa', labelsOf(alert, 'qa')).join()).not.toContain('pager');
      expect(receiversOf('dev', labelsOf(alert, 'dev'))).toEqual(['webhook']);
    }
  });
});

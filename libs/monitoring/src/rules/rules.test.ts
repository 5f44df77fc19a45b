import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { METRICS, type MetricSpec } from '@gondola/telemetry';
import { inlineExpr } from './inline.js';
import { ENVIRONMENTS, limitsOf, STRICTER_HIGHER, type Limits } from './limits.js';
import { ALERTS, annotationsOf, contextOf, labelsOf, ruleFileText } from './rule-files.js';

const RUNBOOKS = join(import.meta.dirname, '../../../../deploy/runbooks');
const [dev, qa, prod] = ENVIRONMENTS.map(limitsOf);

describe('alerts', () => {
  it('each have a runbook, and each runbook an alert', () => {
    const names = ALERTS.map(({ name }) => name).sort();
    expect(new Set(names).size).toBe(names.length);
    // What is planned or lost begins with a small letter.
    const runbooks = readdirSync(RUNBOOKS).filter((name) => /^[A-Z]/.test(name));
    expect(runbooks.sort()).toEqual(names.map((name) => `${name}.md`));
  });

  it.each(ALERTS.map(({ name }) => name))(
    '%s: its runbook says where to look, what to do and when it worked',
    (name) => {
      const text = readFileSync(join(RUNBOOKS, `${name}.md`), 'utf8');
      expect(text.split('\n')[0]).toBe(`# ${name}`);
      expect(text.match(/^## .*/gm)).toEqual(['## Look here', '## Do this', '## How to know it worked']);
      // Else a page shows them as one run of words.
      expect(text).not.toMatch(/^(curl|npx|openssl) /m);
      // Else they are about dev.
      expect(text).not.toMatch(/--lake LAKE(?! --environment ENV)/);
      for (const [, other] of text.matchAll(/\]\((\w+)\.md\)/g))
        expect(ALERTS.map((one) => one.name)).toContain(other);
    },
  );

  it.each(ALERTS)('$name: says what and what to do in one line, in both languages', (alert) => {
    for (const words of [alert.summary, alert.action]) {
      expect(words.es).not.toBe(words.en);
      for (const line of [words.en, words.es]) expect(line).toMatch(/^[^\n]{20,200}$/);
      const shown = (line: string) => (line.match(/\{\{[^}]*\}\}/g) ?? []).sort();
      expect(shown(words.es)).toEqual(shown(words.en));
    }
    expect(labelsOf(alert, 'prod')).toMatchObject({
      environment: 'prod',
      team: alert.team,
      severity: alert.severity,
    });
    expect(annotationsOf(alert)['runbook_url']).toMatch(new RegExp(`/${alert.name}\\.md$`));
  });

  it.each(Object.keys(limitsOf('prod')) as (keyof Limits)[])(
    '%s is at least as strict in prod as in qa, and in qa as in dev',
    (name) => {
      const sign = STRICTER_HIGHER.has(name) ? -1 : 1;
      expect(sign * prod[name]).toBeLessThanOrEqual(sign * qa[name]);
      expect(sign * qa[name]).toBeLessThanOrEqual(sign * dev[name]);
    },
  );

  it.each(ALERTS)('$name: asks for metrics that there are, by labels that they have', (alert) => {
    const specs = new Map(Object.values<MetricSpec>(METRICS).map((spec) => [spec.name, spec]));
    const expr = inlineExpr(alert, contextOf('prod'));
    for (const [, name, matchers = ''] of expr.matchAll(/\b(gondola_\w+)(\{[^}]*\})?/g)) {
      const spec = specs.get(name) ?? specs.get(name.replace(/_(bucket|count)$/, ''));
      expect({ name, isKnown: spec !== undefined }).toEqual({ name, isKnown: true });
      for (const [, label] of matchers.matchAll(/(\w+)[!=]/g))
        expect([...(spec?.labels ?? []), 'le']).toContain(label);
    }
  });

  it('wake nobody outside prod', () => {
    for (const alert of ALERTS) {
      expect(labelsOf(alert, 'qa')['severity']).not.toBe('critical');
      expect(labelsOf(alert, 'dev')['severity']).toBe('info');
    }
  });
});

it('time in rules is written in the longest unit that fits, and passes faster in tests', () => {
  expect([5, 60, 1440, 90].map(contextOf('prod').minutes)).toEqual(['5m', '1h', '1d', '90m']);
  expect([1, 5, 10].map(contextOf('prod', 1).minutes)).toEqual(['1s', '5s', '10s']);
  expect(ruleFileText('stockouts', 'prod', 0.2)).toContain('for: 2s');
});

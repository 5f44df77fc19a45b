import type { Alert, ProofSeries } from './alert.js';
import { limitsOf, type Environment } from './limits.js';
import { ALERTS, annotationsOf, keepMinutesOf, labelsOf, RULE_FILES } from './rule-files.js';
import { stringify } from 'yaml';

/** Samples that come after what `for` and the windows of an expression need, to be on the safe side of an evaluation. */
const SPARE_MINUTES = 3;
const STALE_MINUTES = 6;
const RESTART_MINUTES = 5;
/** After a restart; before those that kept firing would have ended. */
const BACK_MINUTES = 6;

/**
 * A test file of `promtool test rules`: each alert fires when things are bad, ends when they are good again, does not fire
 * when they are only just good enough, and where it is to outlive a restart it does. `rulesDir` has the files of rules.
 */
export function proofsText(environment: Environment, rulesDir: string): string {
  return stringify(
    {
      rule_files: RULE_FILES.map((file) => `${rulesDir}/${file}.rules.yaml`),
      evaluation_interval: '1m',
      tests: ALERTS.flatMap((alert) => testsOf(alert, environment)),
    },
    { lineWidth: 0, aliasDuplicateObjects: false },
  );
}

function testsOf(alert: Alert, environment: Environment) {
  const limits = limitsOf(environment);
  const { series, labels, shown, more, lookBackMinutes = 0, hasBelow = true } = alert.proof(limits);
  const badMinutes = alert.forMinutes(limits) + lookBackMinutes + SPARE_MINUTES;
  const keepMinutes = keepMinutesOf(alert, limits);
  const goodMinutes = lookBackMinutes + STALE_MINUTES + SPARE_MINUTES + keepMinutes;
  const firedAt = (minutes: number) => {
    const value = typeof shown === 'string' ? shown : shown(minutes * 60);
    const annotations = annotationsOf({ ...alert, ...(more ? { more } : {}) });
    return {
      exp_labels: { ...labelsOf(alert, environment), ...labels },
      exp_annotations: Object.fromEntries(
        Object.entries(annotations).map(([name, text]) => [name, filledIn(text, labels, value)]),
      ),
    };
  };
  const test = (name: string, phases: readonly Phase[], looks: readonly object[]) => ({
    name: `${alert.name} of ${environment} ${name}`,
    interval: '1m',
    input_series: series.map((one) => ({ series: one.series, values: valuesOf(one, phases) })),
    alert_rule_test: looks,
  });
  const look = (minutes: number, alerts: readonly object[]) => ({
    eval_time: `${minutes}m`,
    alertname: alert.name,
    ...(alerts.length > 0 ? { exp_alerts: alerts } : {}),
  });
  const tests = [
    test(
      'fires and resolves',
      [
        { of: 'bad', minutes: badMinutes },
        { of: 'good', minutes: goodMinutes },
      ],
      [look(badMinutes, [firedAt(badMinutes)]), look(badMinutes + goodMinutes, [])],
    ),
  ];
  if (hasBelow)
    tests.push(test('does not fire below', [{ of: 'below', minutes: badMinutes }], [look(badMinutes, [])]));
  if (keepMinutes > 0) {
    const backMinutes = badMinutes + RESTART_MINUTES + BACK_MINUTES;
    tests.push(
      test(
        'outlives a restart of who tells',
        [
          { of: 'bad', minutes: badMinutes },
          { of: 'gone', minutes: RESTART_MINUTES },
          { of: 'bad', minutes: BACK_MINUTES },
        ],
        [
          look(badMinutes + RESTART_MINUTES, [firedAt(badMinutes)]),
          look(backMinutes, [firedAt(backMinutes)]),
        ],
      ),
    );
  }
  return tests;
}

interface Phase {
  readonly of: 'bad' | 'below' | 'good' | 'gone';
  readonly minutes: number;
}

/** In promtool's notation: the first sample is at 0, then one a minute. */
function valuesOf(series: ProofSeries, phases: readonly Phase[]): string {
  let total = 0;
  return phases
    .map(({ of, minutes }, at) => {
      const value = of === 'gone' ? NaN : series[of];
      const count = at === 0 ? minutes : minutes - 1;
      if (Number.isNaN(value)) {
        total = 0;
        return at === 0 ? `_x${count + 1}` : `stale _x${count}`;
      }
      if (series.of === 'level') return `${value}+0x${count}`;
      const from = at === 0 ? 0 : total + value;
      total = from + value * count;
      return `${from}+${value}x${count}`;
    })
    .join(' ');
}

function filledIn(text: string, labels: Readonly<Record<string, string>>, value: string): string {
  return text
    .replaceAll(/\{\{ \$labels\.(\w+) \}\}/g, (_, name: string) => labels[name] ?? '')
    .replaceAll(/\{\{ \$value[^}]*\}\}/g, value);
}

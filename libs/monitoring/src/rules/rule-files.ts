import { stringify } from 'yaml';
import { RUNBOOKS_URL } from '../runbooks.js';
import { STOCKOUT_CAUSES, type Alert, type RuleContext, type Severity } from './alert.js';
import { DETECTION_ALERTS } from './detection-alerts.js';
import { limitsOf, type Environment, type Limits } from './limits.js';
import { LINE_ALERTS } from './line-alerts.js';
import { lineRecordings, storeRecordings, type RecordingRule } from './recording.js';
import { STORE_ALERTS } from './store-alerts.js';
import { UPKEEP_ALERTS } from './upkeep-alerts.js';
import { WEBHOOK_ALERTS } from './webhook-alerts.js';

const FILES = {
  stockouts: { recordings: storeRecordings, alerts: [...STORE_ALERTS, ...DETECTION_ALERTS] },
  line: { recordings: lineRecordings, alerts: [...LINE_ALERTS, ...WEBHOOK_ALERTS, ...UPKEEP_ALERTS] },
} as const satisfies Record<
  string,
  { recordings: (context: RuleContext) => readonly RecordingRule[]; alerts: readonly Alert[] }
>;
export type RuleFile = keyof typeof FILES;
export const RULE_FILES = Object.keys(FILES) as readonly RuleFile[];

export const ALERTS: readonly Alert[] = Object.values(FILES).flatMap(({ alerts }) => alerts);

/** Outside prod nobody is woken, and in dev nobody is written to. */
const SEVERITIES: Readonly<Record<Environment, Readonly<Record<Severity, Severity>>>> = {
  dev: { critical: 'info', warning: 'info', info: 'info' },
  qa: { critical: 'warning', warning: 'warning', info: 'info' },
  prod: { critical: 'critical', warning: 'warning', info: 'info' },
};

export function contextOf(environment: Environment, secondsPerMinute = 60): RuleContext {
  return { limits: limitsOf(environment), minutes: (count) => duration(count * secondsPerMinute) };
}

/** The longest unit that leaves nothing over. */
function duration(seconds: number): string {
  const units = [
    ['d', 86_400],
    ['h', 3_600],
    ['m', 60],
  ] as const;
  const unit = units.find(([, size]) => seconds >= size && seconds % size === 0);
  return unit ? `${seconds / unit[1]}${unit[0]}` : `${Math.ceil(seconds)}s`;
}

/** Labels that an alert has from its rule, beside those of its series. */
export function labelsOf(
  { name, cause, team, severity }: Alert,
  environment: Environment,
): Readonly<Record<string, string>> {
  const isStockout = (STOCKOUT_CAUSES as readonly string[]).includes(cause);
  return {
    environment,
    severity: SEVERITIES[environment][severity],
    team,
    cause,
    about: isStockout ? 'shelves' : 'line',
    runbook_url: runbookOf(name),
  };
}

export const annotationsOf = ({ name, summary, action, more }: Alert): Readonly<Record<string, string>> => ({
  summary_en: summary.en,
  summary_es: summary.es,
  action_en: action.en,
  action_es: action.es,
  ...(more ? { more_en: more.en, more_es: more.es } : {}),
  runbook_url: runbookOf(name),
});

const runbookOf = (name: string): string => `${RUNBOOKS_URL}/${name}.md`;

/** How long it fires on when what it asks for is gone. Prometheus 2.42 or later. */
export const keepMinutesOf = ({ endsAtOnce = false }: Alert, { keepFiringMinutes }: Limits): number =>
  endsAtOnce ? 0 : keepFiringMinutes;

/** One file of rules. With fewer `secondsPerMinute` time passes faster, for tests on servers that scrape each second. */
export function ruleGroups(file: RuleFile, environment: Environment, secondsPerMinute = 60) {
  const context = contextOf(environment, secondsPerMinute);
  const { recordings, alerts } = FILES[file];
  const rules = [
    ...recordings(context),
    ...alerts.map((alert) => {
      const forMinutes = alert.forMinutes(context.limits);
      const keepMinutes = keepMinutesOf(alert, context.limits);
      return {
        alert: alert.name,
        expr: alert.expr(context),
        ...(forMinutes > 0 ? { for: context.minutes(forMinutes) } : {}),
        ...(keepMinutes > 0 ? { keep_firing_for: context.minutes(keepMinutes) } : {}),
        labels: labelsOf(alert, environment),
        annotations: annotationsOf(alert),
      };
    }),
  ];
  return { groups: [{ name: `gondola-${file}`, rules }] };
}

export const ruleFileText = (file: RuleFile, environment: Environment, secondsPerMinute = 60): string =>
  yamlOf(ruleGroups(file, environment, secondsPerMinute));

export const yamlOf = (value: unknown): string =>
  `# Made by \`npm run monitoring\` from libs/monitoring/src: change it there.\n${stringify(value, { lineWidth: 0, aliasDuplicateObjects: false })}`;

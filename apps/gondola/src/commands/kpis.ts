import { kpiPage, loopNumbers, reliabilityOf, type KpiValue, type LoopNumbers } from '@gondola/kpi';
import { parseTime } from '@gondola/quarantine';
import { asUsage } from '../as-usage.js';
import { UsageError, type Command } from '../command.js';
import { readCounts, readPicks, readSales, type Period } from '../read-shelves.js';
import { readLoop, type Loop } from '../read-loop.js';
import { chosenTables, LAKE_OPTIONS, LAKE_USAGE, noPositionals, upkeepOf } from '../upkeep-line.js';

export const kpis: Command = {
  summary: 'availability, lost sales, precision and recall of signals, and what they bring',
  usage:
    `${LAKE_USAGE} [--store S] [--since T] [--until T] [--people] [--check-share P] [--substitution P] [--margin P] ` +
    '[--minutes-per-look N]   |   --docs',
  options: {
    ...LAKE_OPTIONS,
    store: { type: 'string' },
    since: { type: 'string' },
    until: { type: 'string' },
    people: { type: 'boolean' },
    'check-share': { type: 'string', default: '0.01' },
    substitution: { type: 'string', default: '0.45' },
    margin: { type: 'string', default: '1' },
    'minutes-per-look': { type: 'string', default: '4' },
    docs: { type: 'boolean' },
  },
  run: async ({ positionals, values }, context) => {
    noPositionals('kpis', positionals);
    if (values['docs'] === true) {
      process.stdout.write(kpiPage());
      return { command: 'kpis', ok: true };
    }
    const options = {
      checkShare: parseNumber('check-share', values['check-share'], 1),
      substitutionShare: parseNumber('substitution', values['substitution'], 1),
      marginShare: parseNumber('margin', values['margin'], 1),
      minutesPerLook: parseNumber('minutes-per-look', values['minutes-per-look'], 1_440),
    };
    const { store, environment, ...rest } = upkeepOf(values, context);
    await chosenTables({ store, environment, ...rest }, undefined);
    const loop = await readLoop(store, environment);
    const period = periodOf(values, loop);
    const ofStore = ({ storeId }: { storeId: string }) =>
      period.storeId === null || storeId === period.storeId;
    const signals = loop.signals.filter(ofStore);
    const verdicts = loop.verdicts.filter(ofStore);
    const { counts, zeroCounts } = await readCounts(store, environment, period);
    const picks = await readPicks(store, environment, period);
    const sales = await readSales(store, environment, period);
    const { fromMs, untilMs } = period;
    const input = { signals, verdicts, ...sales, counts, picks, fromMs, untilMs };
    const numbers = loopNumbers(input, { ...options, zeroCounts });
    tell(numbers, context.say);
    const people = values['people'] === true ? { people: reliabilityOf(signals, verdicts) } : {};
    return { command: 'kpis', ok: true, ...numbers, ...people };
  },
};

/** Without a choice all that the lake holds of signals and verdicts. */
function periodOf(values: Readonly<Record<string, string | boolean | undefined>>, loop: Loop): Period {
  const timesMs = [...loop.signals, ...loop.verdicts].map(({ atMs }) => atMs);
  const chosen = (name: 'since' | 'until') => asUsage(() => parseTime(name, values[name]));
  const fromMs = chosen('since') ?? timesMs.reduce((least, timeMs) => Math.min(least, timeMs), Infinity);
  const untilMs = chosen('until') ?? timesMs.reduce((most, timeMs) => Math.max(most, timeMs), 0) + 1;
  const { store } = values;
  const storeId = typeof store === 'string' ? store : null;
  // Nothing is there, and nothing chosen: an empty period says that each KPI lacks something.
  if (!Number.isFinite(fromMs)) return { fromMs: 0, untilMs: 1, storeId };
  if (fromMs < untilMs) return { fromMs, untilMs, storeId };
  throw new UsageError('--since is not before --until, or after the newest signal and verdict');
}

function parseNumber(option: string, text: string | boolean | undefined, max: number): number {
  const value = Number(text);
  if (text !== '' && value >= 0 && value <= max) return value;
  throw new UsageError(`--${option} is a number from 0 to ${max}; it was ${text}`);
}

function tell({ kpis: values, massZeroings }: LoopNumbers, say: (line: string) => void): void {
  for (const value of values) say(describe(value));
  for (const { storeId, fromMs, zeros } of massZeroings)
    say(`store ${storeId}: ${zeros} shelves zeroed at once at ${new Date(fromMs).toISOString()}: left out`);
}

function describe({ name, value, low, high, p90, cases, currency, missing, unit }: KpiValue): string {
  const label = name.en.padEnd(28);
  if (value === null) return `${label}-  (${String(missing).replaceAll('_', ' ')})`;
  const text = (number: number) => (unit === 'share' ? `${(100 * number).toFixed(1)} %` : number.toFixed(1));
  const interval = low === null || high === null ? '' : `  (${text(low)} to ${text(high)})`;
  const tail = p90 === null ? '' : `  (9 of 10 within ${text(p90)})`;
  const words = {
    share: '',
    money: ` ${currency ?? ''}`,
    minutes: ' min',
    money_per_minute: ` ${currency ?? ''}/min`,
  };
  return `${label}${text(value)}${words[unit]}${interval}${tail}  of ${cases}`;
}

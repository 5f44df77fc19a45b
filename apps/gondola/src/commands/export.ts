import { isStrict, knownEnvironments, parseLakeAddress } from '@gondola/config';
import { exportTable, listTables, type ExportDeps, type ExportResult } from '@gondola/lake-upkeep';
import { SetupError, systemClock } from '@gondola/stream';
import { UsageError, type Command } from '../command.js';
import { openLake } from '../open-lake.js';
import { megabytes, noPositionals, parseDates } from '../upkeep-line.js';

/** What holds nothing personal but masked. Bronze and quarantine hold what producers sent. */
const EXPORTED = /^(silver\/.+|signals)$/;

export const exportCommand: Command = {
  summary: 'copy silver and signals of one environment into a lake of another, for reading there',
  usage:
    '--from DIR|URI --from-environment E --to DIR|URI --to-environment E [--table silver|silver/SUBJECT|signals] [--dates A..B] ' +
    '[--upward] [--dry-run]   (run again it adds nothing; bronze, quarantine and keys never go)',
  options: {
    from: { type: 'string' },
    'from-environment': { type: 'string' },
    to: { type: 'string' },
    'to-environment': { type: 'string' },
    table: { type: 'string' },
    dates: { type: 'string' },
    upward: { type: 'boolean', default: false },
    'dry-run': { type: 'boolean', default: false },
  },
  run: async ({ positionals, values }, context) => {
    noPositionals('export', positionals);
    const given = (name: string) => {
      const value = values[name];
      if (typeof value === 'string' && value !== '') return value;
      throw new UsageError(`export takes --${name}`);
    };
    const [fromEnvironment, toEnvironment] = [given('from-environment'), given('to-environment')];
    requireDownward(fromEnvironment, toEnvironment, values['upward'] === true);
    const from = {
      store: openLake(parseLakeAddress(given('from'), fromEnvironment)),
      environment: fromEnvironment,
    };
    const to = { store: openLake(parseLakeAddress(given('to'), toEnvironment)), environment: toEnvironment };
    const dryRun = values['dry-run'] === true;
    const options = { dates: parseDates(values['dates']), dryRun, signal: context.signal };
    const say = (_: unknown, message: string) => context.say(message);
    const log = { info: say, warn: say, error: say };
    const deps = { from, to, clock: systemClock, log, progress: context.progress };
    const tables: ExportResult[] = [];
    for (const name of await chosen(from, values['table'])) {
      const result = context.signal.aborted ? null : await exportTable(deps, name, options);
      if (!result) continue;
      tables.push(result);
      context.say(describe(result, dryRun));
    }
    return { command: 'export', ok: !context.signal.aborted, dryRun, tables };
  },
};

/** `GONDOLA_ENVIRONMENTS` names them from the least to the best guarded. */
function requireDownward(from: string, to: string, isUpward: boolean): void {
  if (from === to) throw new UsageError('export is from one environment to another');
  const known = knownEnvironments(process.env);
  const rankOf = (environment: string) => {
    const at = known.indexOf(environment);
    return at < 0 && isStrict(environment, known) ? Infinity : at;
  };
  if (isUpward || rankOf(to) < rankOf(from)) return;
  throw new SetupError(
    'environment_mismatch',
    `--to-environment: ${to} is guarded no less than ${from} (of ${known.join(', ')}): rows of ${from} have no place there; ` +
      '--upward, if they really do',
  );
}

async function chosen(
  { store, environment }: ExportDeps['from'],
  wanted: string | boolean | undefined,
): Promise<readonly string[]> {
  if (typeof wanted === 'string' && wanted !== 'silver' && !EXPORTED.test(wanted))
    throw new UsageError(
      `--table is silver, silver/SUBJECT or signals: bronze, quarantine and the rest stay where they are; it was ${wanted}`,
    );
  const all = (await listTables(store, environment)).map((path) => path.slice(environment.length + 1));
  const names = all.filter(
    (name) =>
      EXPORTED.test(name) && (typeof wanted !== 'string' || name === wanted || name.startsWith(`${wanted}/`)),
  );
  if (names.length > 0) return names;
  throw new SetupError(
    'config_invalid',
    `--from: ${store.address} has no table ${String(wanted ?? 'silver or signals')} of ${environment}; there are: ${all.join(', ') || 'none'}`,
  );
}

function describe(result: ExportResult, dryRun: boolean): string {
  const { table, dates, filesAdded, filesRemoved, rowsAdded, bytesAdded } = result;
  if (dates === 0) return `${table}: nothing to do`;
  const exchanged = filesRemoved === 0 ? '' : ` in the place of ${filesRemoved}`;
  const what = `${rowsAdded} rows of ${dates} days, ${filesAdded} files${exchanged}, ${megabytes(bytesAdded)}`;
  return `${table}: ${what}${dryRun ? ' (dry run)' : ''}`;
}

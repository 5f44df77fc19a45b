import { parseLakeAddress, type LakeAddress } from '@gondola/config';
import { createColumnarEncoder } from '@gondola/lake-parquet';
import type { IngestConfig } from '@gondola/ingest';
import { listTables, noTables, type DateRange, type UpkeepDeps } from '@gondola/lake-upkeep';
import { GondolaError, systemClock } from '@gondola/stream';
import { UsageError, type CommandContext } from './command.js';
import { keyringOf } from './key-file.js';
import { openLake } from './open-lake.js';

type Values = Readonly<Record<string, string | boolean | undefined>>;

/** Options of every command that keeps the tables of a lake. */
export const LAKE_OPTIONS = {
  lake: { type: 'string' },
  environment: { type: 'string', default: 'dev' },
  keys: { type: 'string' },
} as const;
export const LAKE_USAGE = '--lake DIR|URI [--environment NAME] [--keys FILE]';

export const LAYERS = ['bronze', 'silver', 'quarantine', 'signals', 'incidents', 'quality'] as const;

export function upkeepOf(values: Values, context: CommandContext): UpkeepDeps {
  const lake = values['lake'];
  if (typeof lake !== 'string') throw new UsageError('which lake: --lake DIR or URI');
  const { keys } = values;
  const bronze = typeof keys === 'string' ? { encryption: { keyFile: keys } } : {};
  const environment = String(values['environment']);
  return upkeepDeps({ lake: parseLakeAddress(lake, environment), environment, bronze }, context, '--keys');
}

export function upkeepDeps(
  { lake, environment, bronze }: Pick<IngestConfig, 'environment' | 'bronze'> & { lake: LakeAddress },
  context: CommandContext,
  keysField?: string,
): UpkeepDeps {
  const keyring = keyringOf({ environment, bronze }, keysField);
  const say = (_: unknown, message: string) => context.say(message);
  return {
    store: openLake(lake),
    encoder: createColumnarEncoder('zstd', keyring),
    clock: systemClock,
    environment,
    log: { info: say, warn: say, error: say },
    progress: context.progress,
  };
}

/** Tables of a layer (`silver`) or a single one (`silver/retail.pos.transaction`); without a name all of them. */
export async function chosenTables(
  deps: UpkeepDeps,
  name: string | boolean | undefined,
): Promise<readonly string[]> {
  const { store, environment } = deps;
  const tables = await listTables(store, environment);
  if (tables.length === 0) throw noTables(deps);
  const chosen = tables.filter((path) => {
    const table = path.slice(environment.length + 1);
    return typeof name !== 'string' || table === name || table.startsWith(`${name}/`);
  });
  if (chosen.length > 0) return chosen;
  const known = tables.map((path) => path.slice(environment.length + 1)).join(', ');
  throw new GondolaError(
    'input_invalid',
    `${store.address} has no table ${String(name)} of ${environment}; there are: ${known}`,
    false,
  );
}

const DATES = /^(\d{4}-\d\d-\d\d)?\.\.(\d{4}-\d\d-\d\d)?$/;

/** `2026-11-01..2026-11-23`, either end may be left out; a single date is that day. */
export function parseDates(text: string | boolean | undefined): DateRange {
  if (typeof text !== 'string') return { first: null, last: null };
  const [, first = null, last = null] = DATES.exec(text.includes('..') ? text : `${text}..${text}`) ?? [];
  const isDate = [first, last].every((date) => date === null || isDay(date));
  if (isDate && (first ?? last) !== null && (first ?? '') <= (last ?? '9999')) return { first, last };
  throw new UsageError(`--dates is a day such as 2026-11-23, or a range A..B, A.. or ..B; it was ${text}`);
}

/** Not 2024-02-30, which would be taken for a day of March. */
function isDay(text: string): boolean {
  const ms = Date.parse(text);
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(text);
}

/** A whole number of at least `min`. */
export function parseCount(option: string, text: string | boolean | undefined, min: number): number {
  const count = Number(text);
  if (text !== '' && Number.isSafeInteger(count) && count >= min) return count;
  throw new UsageError(`--${option} is a whole number of at least ${min}; it was ${text}`);
}

export const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

export const noPositionals = (command: string, positionals: readonly string[]): void => {
  if (positionals.length > 0) throw new UsageError(`${command} takes no positional arguments`);
};

/** For who reads silver to recognise duplicates, when a file of it is lost. */
export const tellGoneFile =
  ({ say }: Pick<CommandContext, 'say'>) =>
  (path: string): void =>
    say(`${path} is gone: of events that only it knew, duplicates are not recognised`);

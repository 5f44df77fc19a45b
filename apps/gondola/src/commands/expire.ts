import { expire as expireTable, type ExpireResult } from '@gondola/lake-upkeep';
import { UsageError, type Command } from '../command.js';
import {
  chosenTables,
  LAKE_OPTIONS,
  LAKE_USAGE,
  LAYERS,
  megabytes,
  noPositionals,
  parseCount,
  upkeepOf,
} from '../upkeep-line.js';

export const expire: Command = {
  summary:
    'take old dates out of tables; positions stay, so nothing is read again, and vacuum frees the bytes',
  usage: `${LAKE_USAGE} --table ${LAYERS.join('|')}|NAME --days N [--dry-run]`,
  options: {
    ...LAKE_OPTIONS,
    table: { type: 'string' },
    days: { type: 'string' },
    'dry-run': { type: 'boolean', default: false },
  },
  run: async ({ positionals, values }, context) => {
    noPositionals('expire', positionals);
    if (typeof values['table'] !== 'string') throw new UsageError('expire takes --table and --days');
    const deps = upkeepOf(values, context);
    const days = parseCount('days', values['days'], 1);
    const dryRun = values['dry-run'] === true;
    const tables: ExpireResult[] = [];
    for (const path of await chosenTables(deps, values['table'])) {
      const result = await expireTable(deps, path, { days, dryRun });
      if (!result) continue;
      tables.push(result);
      context.say(describe(result, dryRun));
    }
    return { command: 'expire', ok: true, dryRun, tables };
  },
};

function describe(
  { table, keptFrom, filesRemoved, bytesRemoved, rows }: ExpireResult,
  dryRun: boolean,
): string {
  if (filesRemoved === 0) return `${table}: nothing is older than ${keptFrom}`;
  const what = `${rows} rows in ${filesRemoved} files, ${megabytes(bytesRemoved)}`;
  return `${table}: ${dryRun ? 'would remove' : 'removed'} ${what}; ${keptFrom} and later stay`;
}

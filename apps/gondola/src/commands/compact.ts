import { compact as compactTable, type CompactResult } from '@gondola/lake-upkeep';
import { UsageError, type Command } from '../command.js';
import {
  chosenTables,
  LAKE_OPTIONS,
  LAKE_USAGE,
  megabytes,
  noPositionals,
  parseCount,
  parseDates,
  upkeepOf,
} from '../upkeep-line.js';

export const compact: Command = {
  summary: 'put small files of the tables together; writers and readers may go on meanwhile',
  usage: `${LAKE_USAGE} [--table NAME] [--dates A..B] [--target-mib N] [--z-order COLUMN,COLUMN] [--dry-run]`,
  options: {
    ...LAKE_OPTIONS,
    table: { type: 'string' },
    dates: { type: 'string' },
    'target-mib': { type: 'string', default: '128' },
    'z-order': { type: 'string' },
    'dry-run': { type: 'boolean', default: false },
  },
  run: async ({ positionals, values }, context) => {
    noPositionals('compact', positionals);
    const deps = upkeepOf(values, context);
    const options = {
      targetBytes: parseCount('target-mib', values['target-mib'], 1) * 2 ** 20,
      dates: parseDates(values['dates']),
      zOrder: parseZOrder(values['z-order'], values['table']),
      dryRun: values['dry-run'] === true,
      signal: context.signal,
    };
    const tables: CompactResult[] = [];
    for (const path of await chosenTables(deps, values['table'])) {
      const result = context.signal.aborted ? null : await compactTable(deps, path, options);
      if (!result) continue;
      tables.push(result);
      context.say(describe(result, options.dryRun));
    }
    const memoryBytesMax = process.resourceUsage().maxRSS * 1024;
    return {
      command: 'compact',
      ok: !context.signal.aborted,
      dryRun: options.dryRun,
      tables,
      memoryBytesMax,
    };
  },
};

/** The columns are a table's own, so the table must be named. */
function parseZOrder(
  text: string | boolean | undefined,
  table: string | boolean | undefined,
): readonly [string, string] | null {
  if (typeof text !== 'string') return null;
  const [first, second, ...more] = text.split(',');
  if (first && second && more.length === 0 && typeof table === 'string') return [first, second];
  throw new UsageError(
    '--z-order takes two columns of the table that --table names, e.g. ' +
      '--table silver/retail.pos.transaction --z-order retail_store_id,item_id',
  );
}

function describe(result: CompactResult, dryRun: boolean): string {
  const { table, filesRemoved, filesAdded, bytesRemoved, bytesAdded, rows, conflicts } = result;
  if (filesRemoved + conflicts === 0) return `${table}: nothing to do`;
  const size = dryRun ? megabytes(bytesRemoved) : `${megabytes(bytesRemoved)} -> ${megabytes(bytesAdded)}`;
  const others = conflicts === 0 ? '' : `; another process was first ${conflicts} times`;
  return `${table}: ${filesRemoved} files -> ${filesAdded}, ${rows} rows, ${size}${dryRun ? ' (dry run)' : ''}${others}`;
}

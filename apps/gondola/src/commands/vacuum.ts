import { vacuum as vacuumLake, type VacuumResult } from '@gondola/lake-upkeep';
import type { Command } from '../command.js';
import { LAKE_OPTIONS, LAKE_USAGE, megabytes, noPositionals, parseCount, upkeepOf } from '../upkeep-line.js';

const HOUR_MS = 3_600_000;

export const vacuum: Command = {
  summary: 'delete files that no table needs any more; younger versions stay readable',
  usage: `${LAKE_USAGE} [--retention-hours N] [--force-short-retention] [--dry-run]`,
  options: {
    ...LAKE_OPTIONS,
    'retention-hours': { type: 'string', default: '168' },
    'force-short-retention': { type: 'boolean', default: false },
    'dry-run': { type: 'boolean', default: false },
  },
  run: async ({ positionals, values }, context) => {
    noPositionals('vacuum', positionals);
    const deps = upkeepOf(values, context);
    const dryRun = values['dry-run'] === true;
    const result = await vacuumLake(deps, {
      retentionMs: parseCount('retention-hours', values['retention-hours'], 0) * HOUR_MS,
      forceRetention: values['force-short-retention'] === true,
      dryRun,
      signal: context.signal,
    });
    if (dryRun) for (const path of result.paths) context.say(path);
    context.say(describe(result, dryRun));
    return { command: 'vacuum', ok: !context.signal.aborted, dryRun, ...result };
  },
};

function describe({ tables, files, bytes, byReason }: VacuumResult, dryRun: boolean): string {
  const reasons = Object.entries(byReason)
    .filter(([, count]) => count > 0)
    .map(([reason, count]) => `${reason} ${count}`);
  const what = files === 0 ? 'nothing' : `${files} files, ${megabytes(bytes)} (${reasons.join(', ')})`;
  return `${dryRun ? 'would delete' : 'deleted'} ${what} of ${tables} tables`;
}

import { readConfigFile } from '@gondola/config';
import { ingestConfigSchema, silverSubjects } from '@gondola/ingest';
import { widen as widenTable, type WidenResult } from '@gondola/lake-upkeep';
import { UsageError, type Command } from '../command.js';
import { openContracts } from '../open-registry.js';
import { megabytes, noPositionals, upkeepDeps } from '../upkeep-line.js';

export const widen: Command = {
  summary:
    'give columns of silver the wider types that their contracts have now; readers may go on meanwhile',
  usage: '--config FILE [--dry-run]   (FILE is that of ingest)',
  options: { config: { type: 'string' }, 'dry-run': { type: 'boolean', default: false } },
  run: async ({ positionals, values }, context) => {
    noPositionals('widen', positionals);
    if (typeof values['config'] !== 'string') throw new UsageError('widen takes --config FILE');
    const dryRun = values['dry-run'] === true;
    const config = readConfigFile(values['config'], ingestConfigSchema);
    const deps = upkeepDeps(config, context);
    const registry = await openContracts(config, deps);
    const { signal } = context;
    const tables: WidenResult[] = [];
    for (const { subject, columns } of silverSubjects(config, registry)) {
      const path = `${config.environment}/silver/${subject}`;
      const result = signal.aborted ? null : await widenTable(deps, path, columns, { dryRun, signal });
      if (!result) continue;
      tables.push(result);
      context.say(signal.aborted ? `${path}: stopped; run it again to go on` : describe(result, dryRun));
    }
    if (tables.length === 0 && !signal.aborted)
      context.say(
        `${deps.store.address} has no silver tables of ${config.environment}: nothing to do, if this is the lake of ingest`,
      );
    return { command: 'widen', ok: !signal.aborted, dryRun, tables };
  },
};

function describe(result: WidenResult, dryRun: boolean): string {
  const { table, columns, files, rows, bytesRemoved, bytesAdded } = result;
  if (columns.length === 0) return `${table}: nothing to do`;
  const types = columns.map(({ column, from, to }) => `${column} ${from} -> ${to}`).join(', ');
  const size = dryRun ? megabytes(bytesRemoved) : `${megabytes(bytesRemoved)} -> ${megabytes(bytesAdded)}`;
  return `${table}: ${types}; ${files} files, ${rows} rows, ${size}${dryRun ? ' (dry run)' : ''}`;
}

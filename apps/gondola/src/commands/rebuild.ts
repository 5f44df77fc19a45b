import { readConfigFile } from '@gondola/config';
import { ingestConfigSchema } from '@gondola/ingest';
import { rebuild as rebuildTables, type RebuildResult } from '@gondola/lake-upkeep';
import { createJudge } from '@gondola/quarantine';
import { UsageError, type Command } from '../command.js';
import { readMaskingKey } from '../line.js';
import { openRegistryOf } from '../open-registry.js';
import { noPositionals, parseDates, tellGoneFile, upkeepDeps } from '../upkeep-line.js';

export const rebuild: Command = {
  summary: 'judge the records of bronze anew and replace what silver and quarantine hold of them',
  usage:
    '--config FILE [--dates A..B] [--with-expired]   (FILE is that of ingest; dates are those of bronze, without them all)',
  options: {
    config: { type: 'string' },
    dates: { type: 'string' },
    'with-expired': { type: 'boolean', default: false },
  },
  run: async ({ positionals, values }, context) => {
    noPositionals('rebuild', positionals);
    if (typeof values['config'] !== 'string') throw new UsageError('rebuild takes --config FILE');
    const dates = parseDates(values['dates']);
    const config = readConfigFile(values['config'], ingestConfigSchema);
    const deps = upkeepDeps(config, context);
    await using opened = new AsyncDisposableStack();
    const registry = await openRegistryOf(config, { ...deps, opened });
    const maskingKey = readMaskingKey(config);
    const judge = createJudge(config, { ...deps, registry, maskingKey, onGoneFile: tellGoneFile(context) });
    const result = await rebuildTables(deps, {
      stream: config.stream.name,
      dates,
      createPipeline: judge.intoTables,
      withExpired: values['with-expired'] === true,
      flush: config.flush,
      signal: context.signal,
    });
    const ok = !context.signal.aborted;
    context.say(ok ? describe(result) : 'stopped; no table was changed');
    const { records, tables } = result;
    return { command: 'rebuild', ok, records, ranges: Object.fromEntries(result.ranges), tables };
  },
};

function describe({ records, tables }: RebuildResult): string {
  const lines = Object.entries(tables).flatMap(
    ([path, { rowsRemoved, rowsAdded, filesRewritten, filesGone }]) => [
      `  ${path}: ${rowsRemoved} rows replaced by ${rowsAdded}, ${filesRewritten} files written again`,
      ...filesGone.map(
        (file) =>
          `  ${path}: ${file.path} was gone and is out of the table, with ${file.rows ?? 'an unknown number of'} rows; ` +
          'those that were of other streams or dates come back when these are rebuilt too',
      ),
    ],
  );
  return [`${records} records judged anew`, ...lines].join('\n');
}

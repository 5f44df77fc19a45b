import { readConfigFile } from '@gondola/config';
import { ingestConfigSchema } from '@gondola/ingest';
import { rebuild as rebuildTables, type RebuildResult } from '@gondola/lake-upkeep';
import { loadEmbeddedRegistry } from '@gondola/schema-registry';
import { UsageError, type Command } from '../command.js';
import { createJudge } from '../judge.js';
import { readMaskingKey, SHIPPED } from '../line.js';
import { noPositionals, parseDates, upkeepDeps } from '../upkeep-line.js';

export const rebuild: Command = {
  summary: 'judge the records of bronze anew and replace what silver and quarantine hold of them',
  usage:
    '--config FILE [--dates A..B]   (FILE is that of ingest; dates are those of bronze, without them all)',
  options: { config: { type: 'string' }, dates: { type: 'string' } },
  run: async ({ positionals, values }, context) => {
    noPositionals('rebuild', positionals);
    if (typeof values['config'] !== 'string') throw new UsageError('rebuild takes --config FILE');
    const dates = parseDates(values['dates']);
    const config = readConfigFile(values['config'], ingestConfigSchema);
    const deps = upkeepDeps(config, context);
    const registry = loadEmbeddedRegistry(config.schemas ?? SHIPPED.schemas);
    const maskingKey = readMaskingKey(config.masking.keyFile);
    const judge = createJudge(config, { ...deps, registry, maskingKey });
    const result = await rebuildTables(deps, {
      stream: config.stream.name,
      dates,
      createPipeline: judge.intoTables,
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
  const lines = Object.entries(tables).map(
    ([path, { rowsRemoved, rowsAdded, filesRewritten }]) =>
      `  ${path}: ${rowsRemoved} rows replaced by ${rowsAdded}, ${filesRewritten} files written again`,
  );
  return [`${records} records judged anew`, ...lines].join('\n');
}

import { readConfigFile } from '@gondola/config';
import { ingestConfigSchema, type IngestConfig } from '@gondola/ingest';
import type { UpkeepDeps } from '@gondola/lake-upkeep';
import { loadEmbeddedRegistry, type SchemaRegistry } from '@gondola/schema-registry';
import { UsageError, type Command, type CommandContext, type Summary } from '../command.js';
import { createJudge } from '../judge.js';
import { readMaskingKey, SHIPPED } from '../line.js';
import { openRegistryOf } from '../open-registry.js';
import { FILTER_OPTIONS, parseFilter } from '../quarantine/filter.js';
import { list } from '../quarantine/list.js';
import { replay } from '../quarantine/replay.js';
import { show } from '../quarantine/show.js';
import {
  LAKE_OPTIONS,
  LAKE_USAGE,
  noPositionals,
  parseCount,
  tellGoneFile,
  upkeepDeps,
  upkeepOf,
} from '../upkeep-line.js';

type Values = Parameters<Command['run']>[0]['values'];

export const quarantine: Command = {
  summary: 'what was refused and why: list it, show a record, judge it again after a contract was mended',
  usage: [
    'list|show|replay ...',
    `  list ${LAKE_USAGE} [--producer P] [--rows N] [--page N] and a choice`,
    `  show STREAM/PARTITION/POSITION|POSITION ${LAKE_USAGE}`,
    '  replay --config FILE [--dry-run] [--force] and a choice   (FILE is that of ingest)',
    '  a choice: [--reason R,R] [--subject S] [--since T] [--until T]   (UTC, when ingest read it)',
    '  list and show take --config FILE as well, and --schemas DIR',
  ].join('\n'),
  options: {
    ...LAKE_OPTIONS,
    ...FILTER_OPTIONS,
    config: { type: 'string' },
    schemas: { type: 'string' },
    producer: { type: 'string' },
    rows: { type: 'string', default: '20' },
    page: { type: 'string', default: '1' },
    'dry-run': { type: 'boolean', default: false },
    force: { type: 'boolean', default: false },
  },
  run: async ({ positionals: [action, ...positionals], values }, context) => {
    if (action === 'list') {
      noPositionals('quarantine list', positionals);
      return runList(values, context);
    }
    if (action === 'show') {
      const [wanted, ...others] = positionals;
      if (wanted === undefined || others.length > 0) throw new UsageError('quarantine show takes one record');
      return withReading(values, context, (deps, registry, config) =>
        show(deps, registry, { wanted, defaultSubject: config?.defaultSubject ?? null }, context),
      );
    }
    if (action === 'replay') {
      noPositionals('quarantine replay', positionals);
      return runReplay(values, context);
    }
    throw new UsageError(`quarantine list, show or replay; it was ${action ?? 'nothing'}`);
  },
};

async function runList(values: Values, context: CommandContext): Promise<Summary> {
  const { producer } = values;
  const options = {
    filter: parseFilter(values),
    producer: typeof producer === 'string' ? producer : null,
    rows: parseCount('rows', values['rows'], 1),
    page: parseCount('page', values['page'], 1),
  };
  return withReading(values, context, (deps, registry) => list(deps, registry, options, context));
}

async function runReplay(values: Values, context: CommandContext): Promise<Summary> {
  if (typeof values['config'] !== 'string') throw new UsageError('quarantine replay takes --config FILE');
  const filter = parseFilter(values);
  return withReading(values, context, async (deps, registry, config) => {
    if (!config) throw new UsageError('quarantine replay takes --config FILE');
    const maskingKey = readMaskingKey(config.masking.keyFile);
    const judge = createJudge(config, { ...deps, registry, maskingKey, onGoneFile: tellGoneFile(context) });
    const [dryRun, force] = [values['dry-run'] === true, values['force'] === true];
    return replay(deps, judge, { stream: config.stream.name, filter, dryRun, force }, context);
  });
}

/** The lake and the contracts: of a configuration of ingest, or by themselves. */
async function withReading(
  values: Values,
  context: CommandContext,
  read: (deps: UpkeepDeps, registry: SchemaRegistry, config: IngestConfig | null) => Promise<Summary>,
): Promise<Summary> {
  const config =
    typeof values['config'] === 'string' ? readConfigFile(values['config'], ingestConfigSchema) : null;
  const deps = config ? upkeepDeps(config, context) : upkeepOf(values, context);
  const named = typeof values['schemas'] === 'string' ? values['schemas'] : config?.schemas;
  if (!config) return read(deps, loadEmbeddedRegistry(named ?? SHIPPED.schemas), null);
  await using opened = new AsyncDisposableStack();
  const registry = await openRegistryOf({ ...config, schemas: named }, { ...deps, opened });
  return await read(deps, registry, config);
}

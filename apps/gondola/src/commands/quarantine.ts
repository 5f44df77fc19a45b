import { readConfigFile } from '@gondola/config';
import { ingestConfigSchema, type IngestConfig } from '@gondola/ingest';
import { asUsage } from '../as-usage.js';
import type { UpkeepDeps } from '@gondola/lake-upkeep';
import { loadEmbeddedRegistry, type SchemaRegistry } from '@gondola/schema-registry';
import { ChoiceError, list, parseFilter, replay, show, type QuarantineFilter } from '@gondola/quarantine';
import { GondolaError } from '@gondola/stream';
import { UsageError, type Command, type CommandContext, type Summary } from '../command.js';
import { readMaskingKey, SHIPPED } from '../line.js';
import { openReplayJudge } from '../open-quarantine.js';
import { openRegistryOf } from '../open-registry.js';
import { listingWords, replayWords, rowWords } from '../quarantine-words.js';
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
    `  list ${LAKE_USAGE} [--producer P] [--stream S] [--rows N] [--page N] and a choice`,
    `  show STREAM/PARTITION/POSITION|POSITION ${LAKE_USAGE}`,
    '  replay --config FILE [--dry-run] [--force] and a choice   (FILE is that of ingest)',
    '  a choice: [--reason R,R] [--subject S] [--since T] [--until T]   (UTC, when ingest read it)',
    '  list and show take --config FILE as well, and --schemas DIR',
  ].join('\n'),
  options: {
    ...LAKE_OPTIONS,
    reason: { type: 'string' },
    subject: { type: 'string' },
    since: { type: 'string' },
    until: { type: 'string' },
    config: { type: 'string' },
    schemas: { type: 'string' },
    producer: { type: 'string' },
    stream: { type: 'string' },
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
      return runShow(wanted, values, context);
    }
    if (action === 'replay') {
      noPositionals('quarantine replay', positionals);
      return runReplay(values, context);
    }
    throw new UsageError(`quarantine list, show or replay; it was ${action ?? 'nothing'}`);
  },
};

async function runList(values: Values, context: CommandContext): Promise<Summary> {
  const text = (name: string) => (typeof values[name] === 'string' ? String(values[name]) : null);
  const options = {
    filter: filterOf(values),
    producer: text('producer'),
    stream: text('stream'),
    rows: parseCount('rows', values['rows'], 1),
    page: parseCount('page', values['page'], 1),
  };
  return withReading(values, context, async (deps, registry) => {
    const listing = await list(deps, registry, options);
    context.say(listingWords(listing));
    const { last: _, ...told } = listing;
    return { command: 'quarantine list', ok: true, ...told };
  });
}

const filterOf = (values: Values): QuarantineFilter => asUsage(() => parseFilter(values));

async function runShow(wanted: string, values: Values, context: CommandContext): Promise<Summary> {
  return withReading(values, context, async (deps, registry, config) => {
    const options = { wanted, defaultSubject: config?.defaultSubject ?? null };
    const shown = await show(deps, registry, options).catch((error: unknown) => {
      throw error instanceof ChoiceError ? new UsageError(`a ${error.parameter} ${error.message}`) : error;
    });
    if (!shown) throw new GondolaError('input_invalid', `quarantine has no record ${wanted}`, false);
    context.say(rowWords(shown));
    return { command: 'quarantine show', ok: true, ...shown };
  });
}

async function runReplay(values: Values, context: CommandContext): Promise<Summary> {
  if (typeof values['config'] !== 'string') throw new UsageError('quarantine replay takes --config FILE');
  const filter = filterOf(values);
  const [dryRun, force] = [values['dry-run'] === true, values['force'] === true];
  return withReading(values, context, async (deps, registry, config) => {
    if (!config) throw new UsageError('quarantine replay takes --config FILE');
    const maskingKey = readMaskingKey(config);
    const onGoneFile = tellGoneFile(context);
    await using opened = await openReplayJudge(
      config,
      { ...deps, registry, maskingKey, onGoneFile },
      { dryRun },
    );
    const { signal } = context;
    const onProgress = (records: number) => context.progress(`${records} records judged again`);
    const options = { stream: config.stream.name, filter, dryRun, force };
    const result = await replay(deps, opened.judge, options, { signal, onProgress });
    const ok = !signal.aborted;
    context.say(replayWords(result, { dryRun, ok }));
    return { command: 'quarantine replay', ok, dryRun, ...result };
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

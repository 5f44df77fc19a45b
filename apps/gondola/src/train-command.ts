import { writeFile } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import { parseLakeAddress } from '@gondola/config';
import { localClock, modelText, type Model } from '@gondola/detect';
import { loadEmbeddedRegistry } from '@gondola/schema-registry';
import { systemClock } from '@gondola/stream';
import { asUsage } from './as-usage.js';
import { UsageError, type CommandContext, type Summary } from './command.js';
import { SHIPPED } from './line.js';
import { readModel } from './read-model.js';
import { trackRun } from './mlflow.js';
import { openLake } from './open-lake.js';
import { parseSources } from './silver-labels.js';
import { trainFromSilver, type Trained } from './train-silver.js';
import { findPython } from './trainer.js';
import { parseDates } from './upkeep-line.js';

const EXPERIMENT = 'gondola';

type Values = Readonly<Record<string, string | boolean | undefined>>;

export const SILVER_OPTIONS = {
  lake: { type: 'string' },
  environment: { type: 'string', default: 'dev' },
  labels: { type: 'string', default: 'counts' },
  dates: { type: 'string' },
  base: { type: 'string' },
  schemas: { type: 'string' },
  'time-zone': { type: 'string', default: 'UTC' },
  mlflow: { type: 'string' },
} as const;

export const SILVER_USAGE =
  '--lake DIR|URI --out FILE [--environment NAME] [--labels counts,snapshots,verdicts] [--dates A..B] [--base MODEL] [--schemas DIR] ' +
  '[--time-zone ZONE] [--filter-only | --python PATH] [--version NAME] [--mlflow URL]';

/** `gondola train --lake`: a model from what a lake's silver holds. */
export async function runSilverTraining(values: Values, context: CommandContext): Promise<Summary> {
  const text = (name: string) => String(values[name] ?? '');
  const startMs = systemClock.nowMs();
  const lake = parseLakeAddress(text('lake'), text('environment'));
  const timeZone = text('time-zone');
  asUsage(() => localClock(timeZone));
  const { first: from, last: to } = parseDates(values['dates']);
  const sources = parseSources(text('labels'));
  const python = values['filter-only'] ? null : await findPython(text('python'));
  const version = text('version');
  const trained = await trainFromSilver({
    ...{
      store: openLake(lake),
      environment: text('environment'),
      days: { from, to },
      timeZone,
      python,
      version,
    },
    registry: loadEmbeddedRegistry(text('schemas') || SHIPPED.schemas),
    sources,
    base: readModel(text('base') || undefined),
    command: commandOf(values),
    signal: context.signal,
    onStep: (step) => context.say(`fitted ${step}`),
    onDay: (date) => context.progress(`silver of ${date}`),
  });
  const { model, labels, out, measures, baseMeasures } = trained;
  await writeFile(text('out'), modelText(model));
  context.say(
    `${text('out')}: ${model.version} ${model.hash.slice(0, 12)}, from ${labels} labels, ${out} out of stock`,
  );
  for (const [who, found] of [
    ['this model', measures],
    ['its base', baseMeasures],
  ] as const)
    if (found)
      context.say(
        `  ${who}, on the last ${found.rows} labels: AP ${found.ap.toFixed(3)}, ECE ${found.ece.toFixed(3)}, Brier ${found.brier.toFixed(4)}`,
      );
  const address = text('mlflow') || process.env['MLFLOW_TRACKING_URI'];
  const run = address ? await track(address, trained, { startMs, context }) : null;
  return {
    ...{ command: 'train', ok: true, out: text('out'), model: model.version, hash: model.hash },
    ...{ parent: model.file.parent, labels, labelsOut: out, sources: trained.sources, days: trained.days },
    ...{ shelves: trained.shelves, measures, baseMeasures, hasTrees: model.trees !== null, mlflowRun: run },
  };
}

async function track(
  address: string,
  { model, labels, out, sources, shelves, days, measures, baseMeasures }: Trained,
  { startMs, context }: { startMs: number; context: CommandContext },
): Promise<string> {
  if (!/^https?:\/\//.test(address) || isAbsolute(address))
    throw new UsageError('--mlflow (or MLFLOW_TRACKING_URI) is the http(s) address of an MLflow server');
  const named = (prefix: string, found: typeof measures) =>
    Object.fromEntries(
      Object.entries(found ?? {}).map(([name, value]) => [`${prefix}${name}`, value as number]),
    );
  const { runId, hasArtifact } = await trackRun(
    address,
    {
      ...{ experiment: EXPERIMENT, name: model.version, startMs, endMs: systemClock.nowMs() },
      params: {
        ...{ command: model.file.fitted_on.command, from: days.from, to: days.to, labels, labels_out: out },
        ...{ sources: sources.join(','), shelves, parent: model.file.parent ?? '', trees: treesOf(model) },
      },
      metrics: {
        ...named('held_', measures),
        ...named('base_held_', baseMeasures),
        ...model.file.trees?.metrics,
      },
      tags: { 'gondola.model.hash': model.hash, 'gondola.model.version': model.version },
      artifact: { name: 'model.json', text: modelText(model) },
    },
    process.env,
  );
  const file = hasArtifact
    ? 'with the model file'
    : 'without the file: this server takes none (--serve-artifacts)';
  context.say(`MLflow: run ${runId}, ${file}`);
  return runId;
}

const treesOf = ({ file: { trees } }: Model): number =>
  trees ? trees.second.nodes.length + trees.first.reduce((sum, one) => sum + one.nodes.length, 0) : 0;

/** What made the model, without where things lie on this machine. */
function commandOf(values: Values): string {
  const said = ['labels', 'dates', 'time-zone', 'version']
    .filter((name) => values[name] !== undefined)
    .map((name) => ` --${name} ${String(values[name])}`);
  return `gondola train --lake LAKE${said.join('')}${values['filter-only'] ? ' --filter-only' : ''}`;
}

import { readFile } from 'node:fs/promises';
import type { Model } from '@gondola/detect';
import { ModelRegistry, type ModelDecision } from '@gondola/detect-service';
import { parseLakeAddress } from '@gondola/config';
import { loadEmbeddedRegistry } from '@gondola/schema-registry';
import { GondolaError, systemClock, type ObjectStore } from '@gondola/stream';
import { UsageError, type Command, type CommandContext, type Summary } from '../command.js';
import { compareLive, compareOnSilver, type Comparison } from '../compare-models.js';
import { SHIPPED } from '../line.js';
import { readModel } from '../read-model.js';
import { openLake } from '../open-lake.js';
import { parseSources } from '../silver-labels.js';
import { parseDates } from '../upkeep-line.js';

type Values = Readonly<Record<string, string | boolean | undefined>>;

interface Tools {
  readonly store: ObjectStore;
  readonly environment: string;
  readonly registry: ModelRegistry;
  readonly values: Values;
  readonly context: CommandContext;
}

/** Which model scores the events of an environment, which one runs beside it, and which did before. */
export const models: Command = {
  summary: 'which models score a lake: keep, run beside, compare, promote, roll back',
  usage:
    'list | add FILE | challenge HASH | retire | promote HASH | rollback | compare   --lake DIR|URI [--environment NAME]\n' +
    '  compare: by what both believed whenever somebody looked; with --labels counts,snapshots,verdicts [--dates A..B] [--time-zone ZONE]\n' +
    '  [--schemas DIR] [--without-records] by running both over silver. HASH: as many of its first digits as it takes',
  options: {
    lake: { type: 'string' },
    environment: { type: 'string', default: 'dev' },
    labels: { type: 'string' },
    dates: { type: 'string' },
    schemas: { type: 'string' },
    'time-zone': { type: 'string', default: 'UTC' },
    'without-records': { type: 'boolean', default: false },
  },
  async run({ positionals, values }, context) {
    const [verb = '', ...rest] = positionals;
    const act = VERBS[verb];
    if (!act || rest.length !== act.arguments)
      throw new UsageError(
        'models takes list, add FILE, challenge HASH, retire, promote HASH, rollback or compare',
      );
    if (typeof values['lake'] !== 'string') throw new UsageError('which lake: --lake DIR or URI');
    const environment = String(values['environment']);
    const store = openLake(parseLakeAddress(values['lake'], environment));
    const registry = new ModelRegistry(store, environment);
    const said = await act.run({ store, environment, registry, values, context }, rest[0] ?? '');
    return { command: `models ${verb}`, ok: true, ...said };
  },
};

const VERBS: Readonly<
  Record<string, { readonly arguments: number; run(tools: Tools, argument: string): Promise<Summary> }>
> = {
  list: { arguments: 0, run: list },
  add: {
    arguments: 1,
    async run({ registry, context }, path) {
      const model = await registry.add(await readFile(path, 'utf8'));
      context.say(`kept ${nameOf(model)}; it scores once it is promoted, or beside the champion: challenge`);
      return { model: model.version, hash: model.hash };
    },
  },
  challenge: {
    arguments: 1,
    run: async (tools, prefix) =>
      decided(tools, tools.registry.challenge(await usable(tools, prefix), nowMs())),
  },
  retire: { arguments: 0, run: (tools) => decided(tools, tools.registry.challenge(null, nowMs())) },
  promote: {
    arguments: 1,
    run: async (tools, prefix) =>
      decided(tools, tools.registry.promote(await usable(tools, prefix), nowMs())),
  },
  rollback: { arguments: 0, run: (tools) => decided(tools, tools.registry.rollback(nowMs())) },
  compare: { arguments: 0, run: compare },
};

const nowMs = () => systemClock.nowMs();
const nameOf = ({ version, hash }: Pick<Model, 'version' | 'hash'>) => `${version} ${hash.slice(0, 12)}`;

/** Hash of a model that this version can use. */
async function usable({ registry }: Tools, prefix: string): Promise<string> {
  return (await registry.load(await registry.find(prefix))).hash;
}

async function decided({ context }: Tools, deciding: Promise<ModelDecision>): Promise<Summary> {
  const { number, action, champion, challenger } = await deciding;
  const short = (hash: string | null) => hash?.slice(0, 12) ?? 'the file that detect was given';
  context.say(
    `decision ${number}, ${action}: champion ${short(champion)}${challenger ? `, challenger ${short(challenger)}` : ''}`,
  );
  return { number, action, champion, challenger };
}

async function list({ store, environment, registry, context: { say } }: Tools): Promise<Summary> {
  const decisions = await registry.decisions();
  const now = decisions.at(-1);
  const found: Summary[] = [];
  for (const hash of await registry.hashes()) {
    const role = hash === now?.champion ? 'champion' : hash === now?.challenger ? 'challenger' : '';
    const [model, refused] = await loaded(registry, hash);
    found.push({
      hash,
      role,
      version: model?.version ?? null,
      metrics: model?.file.metrics ?? null,
      refused,
    });
    say(`${hash.slice(0, 12)}  ${role.padEnd(10)}  ${model ? describe(model) : `refused: ${refused}`}`);
  }
  // A lake whose name was mistyped looks like one without models.
  if (found.length === 0) say(`no model is kept for ${environment} in ${store.address}: models add`);
  if (!now?.champion) say('no model was promoted: the file that detect was given scores');
  for (const { number, at, action, champion } of decisions)
    say(`  ${number}  ${at.slice(0, 16)}  ${action}  ${champion?.slice(0, 12) ?? ''}`);
  return { models: found, decisions };
}

async function loaded(registry: ModelRegistry, hash: string): Promise<[Model | null, string | null]> {
  try {
    return [await registry.load(hash), null];
  } catch (error) {
    if (!(error instanceof GondolaError && error.code === 'model_invalid')) throw error;
    return [null, error.message];
  }
}

function describe({ version, trees, file: { metrics, data } }: Model): string {
  const measured = metrics
    ? `, AP ${metrics.ap.toFixed(3)} ECE ${metrics.ece.toFixed(3)} on ${metrics.rows} labels`
    : '';
  return `${version}, ${trees ? 'trees' : 'filter'}${data ? `, of ${data.from}..${data.to}` : ''}${measured}`;
}

async function compare({ store, environment, registry, values, context }: Tools): Promise<Summary> {
  const now = (await registry.decisions()).at(-1);
  if (!now?.challenger)
    throw new GondolaError('input_invalid', 'nobody challenges the champion: models challenge HASH', false);
  const champion = now.champion ? await registry.load(now.champion) : readModel();
  const challenger = await registry.load(now.challenger);
  const { labels } = values;
  const { first: from, last: to } = parseDates(values['dates']);
  const { data } = challenger.file;
  if (typeof labels === 'string' && data && (from ?? '') <= data.to && data.from <= (to ?? '9999'))
    context.say(
      'of these days the challenger was made: it knows some of the answers; choose later ones with --dates',
    );
  const comparison =
    typeof labels === 'string'
      ? await compareOnSilver(
          {
            ...{
              store,
              environment,
              days: { from, to },
              sources: parseSources(labels),
              signal: context.signal,
            },
            registry: loadEmbeddedRegistry(
              typeof values['schemas'] === 'string' ? values['schemas'] : SHIPPED.schemas,
            ),
            timeZone: String(values['time-zone']),
            hidesRecords: values['without-records'] === true,
            onDay: (date) => context.progress(`silver of ${date}`),
          },
          { champion, challenger },
        )
      : await compareLive(store, environment, { champion: champion.hash, challenger: challenger.hash });
  say(context, comparison, { champion, challenger });
  return { championHash: champion.hash, challengerHash: challenger.hash, ...comparison };
}

const SENTENCES: Readonly<Record<Comparison['verdict'], string>> = {
  better: 'the challenger is better: models promote',
  worse: 'the challenger is worse',
  no_difference: 'no difference that could not be chance',
  too_few_looks: 'too few looks to say anything (100, 20 of them at empty shelves)',
};

function say(
  context: CommandContext,
  found: Comparison,
  models: { readonly champion: Model; readonly challenger: Model },
): void {
  for (const who of found.looks === 0 ? [] : (['champion', 'challenger'] as const)) {
    const { ap, ece, brier } = found[who];
    const numbers = `AP ${ap.toFixed(3)}  ECE ${ece.toFixed(3)}  Brier ${brier.toFixed(4)}`;
    context.say(`${who.padEnd(10)}  ${numbers}  ${nameOf(models[who])}`);
  }
  const error = Number.isFinite(found.gainError) ? found.gainError.toFixed(4) : 'unknown';
  context.say(
    `${found.looks} looks, ${found.out} of them at empty shelves; Brier gain ${found.gain.toFixed(4)}, standard error ${error}: ` +
      SENTENCES[found.verdict],
  );
}

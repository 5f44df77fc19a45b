import { writeFile } from 'node:fs/promises';
import { fitModel, isTestStore, modelText, type Model } from '@gondola/detect';
import type { Panel } from '@gondola/events';
import { readPanelFile } from '@gondola/replay';
import { onePath, UsageError, type Command } from '../command.js';
import { readModel } from '../read-model.js';
import { runSilverTraining, SILVER_OPTIONS, SILVER_USAGE } from '../train-command.js';
import { trainComing } from '../train-coming.js';
import { trainTrees } from '../train-trees.js';
import { findPython } from '../trainer.js';

const DAYS_DEFAULT = 62;

/** Fits a model file on a labelled sales panel, on its training stores and first days alone, or on a lake's silver. */
export const train: Command = {
  summary: 'fit a model file on what a lake holds, or on a sales panel with its stock status',
  usage:
    'PANEL --out FILE [--days N] [--filter-only | --python PATH] [--share 0..1] [--coming-share 0..1] ' +
    `[--coming-of MODEL] [--version NAME] [--dataset NAME] [--licence NAME] [--attribution TEXT]\n  or: ${SILVER_USAGE}`,
  options: {
    ...SILVER_OPTIONS,
    out: { type: 'string' },
    days: { type: 'string', default: String(DAYS_DEFAULT) },
    'filter-only': { type: 'boolean', default: false },
    python: { type: 'string', default: '' },
    share: { type: 'string', default: '0.25' },
    'coming-share': { type: 'string', default: '0.08' },
    'coming-of': { type: 'string', default: '' },
    version: { type: 'string', default: 'local' },
    dataset: { type: 'string', default: 'FreshRetailNet-50K (part)' },
    licence: { type: 'string', default: 'CC BY 4.0' },
    attribution: { type: 'string', default: 'Dingdong-Inc, FreshRetailNet-50K, arXiv 2505.16319' },
  },
  async run({ positionals, values }, context) {
    const { progress, say, signal } = context;
    const text = (name: string) => String(values[name] ?? '');
    if (!text('out')) throw new UsageError('train needs --out FILE');
    if (values['lake'] !== undefined && positionals.length === 0) return runSilverTraining(values, context);
    const panelPath = onePath('train', 'panel file, or --lake', positionals);
    const days = Number(text('days'));
    if (!Number.isInteger(days) || days < 1)
      throw new UsageError(`--days ${text('days')} is not a number of days`);
    const shareOf = (name: string) => {
      const share = Number(text(name));
      if (share > 0 && share <= 1) return share;
      throw new UsageError(`--${name} ${text(name)} is not above 0 and up to 1`);
    };
    const share = shareOf('share');
    const python = values['filter-only'] ? null : await findPython(text('python'));
    const comingShare = python ? shareOf('coming-share') : 0;

    progress(`reading ${panelPath}`);
    const panel = await readPanelFile(panelPath, { lastDay: days - 1 });
    const onStep = (step: string) => say(`fitted ${step}`);
    const model = await fit(panel, { text, days, share, comingShare, python, signal, onStep });
    await writeFile(text('out'), modelText(model));
    const stores = new Set(panel.store);
    const held = [...stores].filter(isTestStore).length;
    const { rows, stores: fitted } = model.file.fitted_on;
    say(
      `${text('out')}: ${model.version}, from ${rows} shelf-days of ${fitted} stores; ${held} test stores left out`,
    );
    return {
      command: 'train',
      ok: true,
      model: model.version,
      out: text('out'),
      shelfDays: rows,
      stores: fitted,
      testStoresLeftOut: held,
      days,
      metrics: model.file.trees?.metrics ?? null,
    };
  },
};

interface FitRequest {
  readonly text: (option: string) => string;
  readonly days: number;
  readonly share: number;
  readonly comingShare: number;
  /** Null: the filter alone. */
  readonly python: string | null;
  readonly signal: AbortSignal;
  readonly onStep: (step: string) => void;
}

/** The filter, its trees and those of what is coming; with --coming-of the last alone, for a model that is there. */
async function fit(panel: Panel, request: FitRequest): Promise<Model> {
  const { text, days, share, comingShare, python, signal, onStep } = request;
  const optionsOf = (taken: number) => ({
    ...{ python: python ?? '', days, share: taken, heldShare: Math.min(1, 2 * taken), signal, onStep },
  });
  if (text('coming-of')) {
    if (python === null) throw new UsageError('--coming-of grows trees: not with --filter-only');
    return trainComing(readModel(text('coming-of')), panel, optionsOf(comingShare));
  }
  const version = text('version');
  const grown = python ? ` --share ${share} --coming-share ${comingShare}` : ' --filter-only';
  const filter = fitModel(panel, {
    version,
    days,
    fittedOn: {
      dataset: text('dataset'),
      licence: text('licence'),
      attribution: text('attribution'),
      command: `gondola train PANEL --days ${days} --version ${version}${grown}`,
    },
    onStep,
  });
  if (python === null) return filter;
  const trees = await trainTrees(filter, panel, optionsOf(share));
  return trainComing(trees, panel, optionsOf(comingShare));
}

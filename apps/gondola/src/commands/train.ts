import { writeFile } from 'node:fs/promises';
import { fitModel, isTestStore, modelText } from '@gondola/detect';
import { readPanelFile } from '@gondola/replay';
import { UsageError, type Command } from '../command.js';
import { runSilverTraining, SILVER_OPTIONS, SILVER_USAGE } from '../train-command.js';
import { trainTrees } from '../train-trees.js';
import { findPython } from '../trainer.js';

const DAYS_DEFAULT = 62;

/** Fits a model file on a labelled sales panel, on its training stores and first days alone, or on a lake's silver. */
export const train: Command = {
  summary: 'fit a model file on what a lake holds, or on a sales panel with its stock status',
  usage:
    'PANEL --out FILE [--days N] [--filter-only | --python PATH] [--share 0..1] [--version NAME] [--dataset NAME] ' +
    `[--licence NAME] [--attribution TEXT]\n  or: ${SILVER_USAGE}`,
  options: {
    ...SILVER_OPTIONS,
    out: { type: 'string' },
    days: { type: 'string', default: String(DAYS_DEFAULT) },
    'filter-only': { type: 'boolean', default: false },
    python: { type: 'string', default: '' },
    share: { type: 'string', default: '0.25' },
    version: { type: 'string', default: 'local' },
    dataset: { type: 'string', default: 'FreshRetailNet-50K (part)' },
    licence: { type: 'string', default: 'CC BY 4.0' },
    attribution: { type: 'string', default: 'Dingdong-Inc, FreshRetailNet-50K, arXiv 2505.16319' },
  },
  async run({ positionals, values }, context) {
    const { progress, say, signal } = context;
    const [panelPath] = positionals;
    const text = (name: string) => String(values[name] ?? '');
    if (!text('out')) throw new UsageError('train needs --out FILE');
    if (values['lake'] !== undefined && positionals.length === 0) return runSilverTraining(values, context);
    if (positionals.length !== 1) throw new UsageError('train takes one panel file, or --lake');
    const days = Number(text('days'));
    if (!Number.isInteger(days) || days < 1)
      throw new UsageError(`--days ${text('days')} is not a number of days`);
    const share = Number(text('share'));
    if (!(share > 0 && share <= 1))
      throw new UsageError(`--share ${text('share')} is not above 0 and up to 1`);
    const python = values['filter-only'] ? null : await findPython(text('python'));

    progress(`reading ${panelPath}`);
    const panel = await readPanelFile(panelPath, { lastDay: days - 1 });
    const onStep = (step: string) => say(`fitted ${step}`);
    const filter = fitModel(panel, {
      version: text('version'),
      days,
      fittedOn: {
        dataset: text('dataset'),
        licence: text('licence'),
        attribution: text('attribution'),
        command: `gondola train PANEL --days ${days} --version ${text('version')}${python ? ` --share ${share}` : ' --filter-only'}`,
      },
      onStep,
    });
    const heldShare = Math.min(1, 2 * share);
    const model = python
      ? await trainTrees(filter, panel, { python, days, share, heldShare, signal, onStep })
      : filter;
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

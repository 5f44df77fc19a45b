import { growingModel, plainHazardOf } from '@gondola/detect';
import { readPanelFile } from '@gondola/replay';
import { onePath, UsageError, type Command } from '../command.js';
import { readModel } from '../read-model.js';
import { writeRows } from '../rows-file.js';

/** What the trees of a model are shown, with labels: rows for a trainer of one's own. */
export const features: Command = {
  summary: 'write what the trees are shown of every shelf and hour of a labelled panel, for training',
  usage: 'PANEL --out FOLDER [--model FILE] [--days N] [--first-day N] [--share 0..1]',
  options: {
    out: { type: 'string' },
    model: { type: 'string' },
    days: { type: 'string', default: '62' },
    'first-day': { type: 'string', default: '3' },
    share: { type: 'string', default: '0.2' },
  },
  async run({ positionals, values }, { progress, say }) {
    const out = String(values.out ?? '');
    const panelPath = onePath('features', 'panel file', positionals);
    if (!out) throw new UsageError('features needs --out FOLDER');
    const days = wholeOf(values.days, '--days');
    const firstDay = wholeOf(values['first-day'], '--first-day');
    const share = Number(values.share);
    if (!(share > 0 && share <= 1))
      throw new UsageError(`--share ${values.share} is not above 0 and up to 1`);
    const model = readModel(values.model ? String(values.model) : undefined);

    progress(`reading ${panelPath}`);
    const panel = await readPanelFile(panelPath, { lastDay: days - 1 });
    if (!panel.outMask) throw new UsageError(`${panelPath} has no out_mask: rows for training need labels`);
    progress('making rows');
    const made = model.trees ? model : growingModel(model, plainHazardOf(panel, panel.days), null);
    const options = { model: made, days: panel.days, firstDay, share, heldShare: share };
    const rows = writeRows(out, panel, options);
    say(`${out}: ${rows} rows of training stores, days ${firstDay} to ${panel.days - 1}`);
    return { command: 'features', ok: true, out, rows, model: model.version };
  },
};

function wholeOf(value: string | boolean | undefined, name: string): number {
  const number = Number(value);
  if (Number.isInteger(number) && number >= 0) return number;
  throw new UsageError(`${name} ${value} is not a number of days`);
}

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readPanelFile } from '@gondola/replay';
import { z } from 'zod';
import { onePath, UsageError, type Command } from '../command.js';
import { readModel } from '../read-model.js';
import { judgePanel, SPLITS, type Split } from '../report/judge-panel.js';
import { reportFiles, type LedgerResult } from '../report/page.js';
import { METHODS, scoresOf, type Method, type MethodScores } from '../report/scores.js';

const ledgerSchema: z.ZodType<LedgerResult> = z.object({
  shelf_hours: z.number(),
  prevalence: z.number(),
  denied_by_record: z.number(),
  ap: z.number(),
  ap_phantom: z.number(),
  ap_zero_run_rule: z.number(),
  hours_at_precision_80: z
    .object({ event_recall: z.number(), median_delay_h: z.number().nullable() })
    .nullable(),
  signals: z.object({ precision: z.number(), false_alarms_per_shelf_week: z.number() }),
});

/** A page on what detection is worth: the model against its filter and against the rule of thumb, on a labelled panel. */
export const report: Command = {
  summary: 'a page with plots on how good a model detects, on a labelled panel',
  usage: `PANEL --out FOLDER [--model FILE] [--split ${SPLITS.join('|')}] [--from-day N] [--ledger FILE.json]`,
  options: {
    out: { type: 'string' },
    model: { type: 'string' },
    split: { type: 'string', default: 'held' },
    'from-day': { type: 'string', default: '62' },
    ledger: { type: 'string' },
  },
  async run({ positionals, values }, { progress, say, signal }) {
    const out = String(values.out ?? '');
    const panelPath = onePath('report', 'panel file', positionals);
    if (!out) throw new UsageError('report needs --out FOLDER');
    const split = splitOf(values.split);
    const fromDay = Number(values['from-day']);
    const ledger = values.ledger ? await readLedger(String(values.ledger)) : null;
    const model = readModel(values.model ? String(values.model) : undefined);

    progress(`reading ${panelPath}`);
    const panel = await readPanelFile(panelPath);
    if (!panel.outMask) throw new UsageError(`${panelPath} has no out_mask: there is nothing to judge by`);
    if (!Number.isInteger(fromDay) || fromDay < 1 || fromDay >= panel.days)
      throw new UsageError(`--from-day ${values['from-day']} is not a day after the first of ${panel.days}`);
    const onDay = (day: number) => {
      signal.throwIfAborted();
      progress(`judged day ${day} of ${panel.days}`);
    };
    const judged = judgePanel(panel, model, { split, fromDay, onDay });
    if (judged.shelves === 0) throw new UsageError(`${panelPath} has no store of the split ${split}`);
    progress('comparing');
    const scores = Object.fromEntries(METHODS.map((method) => [method, scoresOf(judged, method)])) as Record<
      Method,
      MethodScores
    >;
    const outShare = judged.out.reduce((sum, one) => sum + one, 0) / judged.out.length;
    await mkdir(out, { recursive: true });
    const files = reportFiles({ model: model.version, split, fromDay, judged, outShare, scores, ledger });
    for (const [name, content] of files) await writeFile(join(out, name), content);
    const { averagePrecision } = scores.model;
    say(`${join(out, 'report.md')}: average precision ${averagePrecision.toFixed(3)} by ${model.version}`);
    return { command: 'report', ok: true, out, model: model.version, split, averagePrecision };
  },
};

function splitOf(value: unknown): Split {
  const split = SPLITS.find((name) => name === value);
  if (!split) throw new UsageError(`--split must be ${SPLITS.join(' or ')}, it is ${String(value)}`);
  return split;
}

async function readLedger(path: string): Promise<LedgerResult> {
  const refuse = (why: string) =>
    new UsageError(`--ledger ${path} is not what npm run bench -- ledger --out wrote: ${why}`);
  let json: unknown;
  try {
    json = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    throw refuse((error as Error).message);
  }
  const parsed = ledgerSchema.safeParse(json);
  if (!parsed.success) throw refuse(z.prettifyError(parsed.error));
  return parsed.data;
}

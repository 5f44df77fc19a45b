import { open } from 'node:fs/promises';
import { constants, gzipSync } from 'node:zlib';
import {
  SCORED_HOUR_FIRST,
  SCORED_HOURS,
  scorePanel,
  storesOf,
  type Model,
  type StoreScores,
} from '@gondola/detect';
import { readPanelFile } from '@gondola/replay';
import { onePath, UsageError, type Command } from '../command.js';
import { readModel } from '../read-model.js';

const HEADER = 'store,sku,hour,probability\n';
/** Digits of a probability, and bytes that one row may take. */
const DIGITS = 5;
const ROW_BYTES_MAX = 48;

/**
 * Hourly P(out of stock) of every series of a panel, from sales alone, through the detector's own code; with --coming
 * P(out within so many hours) of those in stock, whose status is told hour by hour.
 */
export const score: Command = {
  summary: "P(out of stock) for every hour of a sales panel, by the detector's own code",
  usage: 'PANEL --out FILE.csv[.gz] [--from-day N] [--coming HOURS [--sales-only]] [--model FILE]',
  options: {
    out: { type: 'string' },
    'from-day': { type: 'string', default: '0' },
    coming: { type: 'string', default: '' },
    'sales-only': { type: 'boolean', default: false },
    model: { type: 'string' },
  },
  async run({ positionals, values }, { progress, say, signal }) {
    const out = String(values.out ?? '');
    const fromDay = Number(values['from-day'] ?? 0);
    const panelPath = onePath('score', 'panel file', positionals);
    if (!out) throw new UsageError('score needs --out FILE');
    if (!Number.isInteger(fromDay) || fromDay < 0) throw new UsageError(`--from-day ${fromDay} is not a day`);
    const model = readModel(values.model ? String(values.model) : undefined);
    const coming = comingOf(values, model);

    progress(`reading ${panelPath}`);
    const panel = await readPanelFile(panelPath, { labels: coming?.statusKnown ?? false });
    if (fromDay >= panel.days)
      throw new UsageError(`--from-day ${fromDay}: the panel has ${panel.days} days`);
    const stores = storesOf(panel).length;
    const onDay = (day: number) => {
      signal.throwIfAborted();
      progress(`scored day ${day} of ${panel.days}`);
    };
    // Every piece is a gzip member of its own: together they are one gzip file.
    const pack = (piece: Buffer) =>
      out.endsWith('.gz') ? gzipSync(piece, { level: constants.Z_BEST_SPEED }) : piece;
    await using file = await open(out, 'w');
    await file.appendFile(pack(Buffer.from(HEADER)));
    let rows = 0;
    let sum = 0;
    const said = (p: number) => !Number.isNaN(p);
    for (const scores of scorePanel(panel, model, { firstDay: fromDay, onDay, coming })) {
      signal.throwIfAborted();
      await file.appendFile(pack(rowsOf(scores)));
      rows += scores.probability.reduce((count, p) => count + Number(said(p)), 0);
      sum += scores.probability.reduce((total, p) => (said(p) ? total + p : total), 0);
    }
    const mean = Number((sum / rows).toFixed(4));
    say(
      `${out}: ${rows} hours of ${panel.series} shelves in ${stores} stores by ${model.version}, mean ${mean}`,
    );
    return {
      command: 'score',
      ok: true,
      out,
      rows,
      series: panel.series,
      stores,
      model: model.version,
      meanProbability: mean,
    };
  },
};

/** What --coming and --sales-only ask for; undefined: P(out) in the hour itself. */
function comingOf(values: Record<string, string | boolean | undefined>, model: Model) {
  if (!values.coming) {
    if (values['sales-only']) throw new UsageError('--sales-only goes with --coming');
    return undefined;
  }
  const hours = Number(values.coming);
  const known = model.trees?.coming?.map((horizon) => horizon.hours) ?? [];
  if (!known.includes(hours))
    throw new UsageError(
      `--coming ${values.coming}: ${model.version} has trees for ${known.join(' and ') || 'no'} hours`,
    );
  return { hours, statusKnown: !values['sales-only'] };
}

/** CSV of one store. Digits are written into bytes: text of 20 million rows would cost more than their scores. */
function rowsOf({ store, skus, firstDay, days, probability }: StoreScores): Buffer {
  const bytes = Buffer.allocUnsafe(probability.length * ROW_BYTES_MAX);
  const scale = 10 ** DIGITS;
  let end = 0;
  const number = (value: number, digitsMin: number) => {
    let width = digitsMin;
    while (value >= 10 ** width) width++;
    for (let at = end + width - 1, rest = value; at >= end; at--, rest = Math.floor(rest / 10)) {
      bytes[at] = 48 + (rest % 10);
    }
    end += width;
  };
  const sign = (code: number) => {
    bytes[end++] = code;
  };
  let at = 0;
  for (const sku of skus) {
    for (let day = firstDay; day < firstDay + days; day++) {
      for (let slot = 0; slot < SCORED_HOURS; slot++) {
        const said = probability[at++];
        if (Number.isNaN(said)) continue;
        const scaled = Math.round(said * scale);
        number(store, 1);
        sign(0x2c);
        number(sku, 1);
        sign(0x2c);
        number(day * 24 + SCORED_HOUR_FIRST + slot, 1);
        sign(0x2c);
        number(Math.floor(scaled / scale), 1);
        sign(0x2e);
        number(scaled % scale, DIGITS);
        sign(0x0a);
      }
    }
  }
  return bytes.subarray(0, end);
}

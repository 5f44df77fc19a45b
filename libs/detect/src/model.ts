import { hash } from 'node:crypto';
import { SetupError } from '@gondola/stream';
import { z } from 'zod';
import { interpolate, PROPENSITY_BINS, RATIO_BINS, SALE_BINS } from './equations.js';
import { calibrationSchema } from './ensemble-schema.js';
import { OPEN_HOURS_MAX } from './shelf-memory.js';
import { treeModelOf, treesSchema, type TreeModel } from './tree-model.js';

/** Changes whenever the meaning of a field does: a file of another format is refused. */
export const MODEL_FORMAT = 1;

const probability = z.number().min(0).max(1);
const positive = z.number().positive();
/** 0 for hours and days on which shops are closed. */
const share = z.number().min(0);
const hours24 = <T extends z.ZodType>(item: T) => z.array(item).length(24);

const ledgerSchema = z
  .strictObject({
    /** Edges of (record less unseen loss) / (4 hours' expected units), rising; the first is 0: nothing on record. */
    cover_edges: z.array(z.number().min(0)).min(1),
    /** One more than edges: at or below the first edge, ..., above the last. P(out next hour | units just left). */
    hazard_after_sale: z.array(probability),
    hazard_without_sale: z.array(probability),
    /** What a delivery leaves of P(out). */
    receipt_factor: probability,
    /** P(filled within an hour | out) without a delivery: where deliveries are told, the clock says nothing of them. */
    restock: probability.default(0.003),
    /** P(an hour sells something | out): wrong scans alone, for stock is not called empty by mistake. */
    sale_when_out: probability.default(0.002),
  })
  .refine(
    (l) => [l.hazard_after_sale, l.hazard_without_sale].every((h) => h.length === l.cover_edges.length + 1),
    'the hazards need one entry more than cover_edges',
  );

const modelFileSchema = z.strictObject({
  format: z.literal(MODEL_FORMAT),
  version: z.string().min(1),
  fitted_on: z.strictObject({
    dataset: z.string(),
    licence: z.string(),
    attribution: z.string(),
    rows: z.number().int(),
    stores: z.number().int(),
    days: z.string(),
    command: z.string(),
  }),
  tick_minutes: z.literal(60),
  /** First and last hour of a day, local time, end excluded. */
  open_hours: z.tuple([z.number().int().min(0).max(23), z.number().int().min(1).max(24)]),
  /** Demand by local hour against the shelf's own mean hour. */
  profile: z.strictObject({
    global: hours24(share),
    by_category: z.record(z.string(), hours24(share)),
  }),
  /** Monday first. */
  day_of_week: z.array(share).length(7),
  rate: z.strictObject({
    /** Gamma prior of units per normal hour. */
    shape: positive,
    exposure: positive,
    /** What an hour keeps of what was learned before. */
    memory: probability,
    /** Shape of the hour-to-hour spread of demand. */
    dispersion: positive,
  }),
  evidence: z.strictObject({ temper: probability, sale_when_out: hours24(probability) }),
  restock: hours24(probability),
  /** [hour][units sold: 0, 1-2, more][sold today / usual][share of closes found empty]. */
  hazard: hours24(
    z.array(z.array(z.array(probability).length(PROPENSITY_BINS)).length(RATIO_BINS)).length(SALE_BINS),
  ),
  calibration: calibrationSchema,
  ledger: ledgerSchema,
  /** Left out: the filter alone. */
  trees: treesSchema.optional(),
  coming: z.strictObject({ hours: z.number().int().min(1).max(24), probability }),
  /** What it was made from, where that was a lake: days of event time, and looks at shelves. Older files lack it. */
  data: z
    .strictObject({
      from: z.iso.date(),
      to: z.iso.date(),
      events: z.number().int(),
      labels: z.number().int(),
      out: z.number().int(),
      sources: z.array(z.string()),
    })
    .optional(),
  /** Measured on labels that nothing was fitted on; `rows` of them. */
  metrics: z
    .strictObject({ rows: z.number().int(), ap: probability, ece: probability, brier: probability })
    .optional(),
  /** Hash of the model that this one was made from. */
  parent: z.string().optional(),
  /** SHA-256 of all above as JSON, hex. Older files lack it. */
  sha256: z.string().optional(),
});

/** A model as it lies in its file. */
export type ModelFile = z.infer<typeof modelFileSchema>;

/** A model made ready for the tick: tables flat, categories numbered. */
export interface Model {
  readonly file: ModelFile;
  readonly version: string;
  /** SHA-256 of the file's content, hex: names the model in a lake. */
  readonly hash: string;
  /** [row x 24]; row 0 is the global profile. */
  readonly profile: Float64Array;
  /** Flat, indexed by `hazardCell`. */
  readonly hazard: Float64Array;
  readonly saleWhenOut: Float64Array;
  readonly restock: Float64Array;
  /** Row of `profile`; 0 for a category that the model does not know. */
  profileRowOf(category: string | null): number;
  /** Raw posterior -> frequency seen on other stores. */
  calibrate(posterior: number): number;
  /** Null: the filter alone. */
  readonly trees: TreeModel | null;
}

/**
 * Reads a model file. Throws `SetupError` `model_invalid` that names the field when the text is cut off, a number
 * is missing or not finite, a table has another size, the format is another one, or the content is not that of its hash.
 */
export function parseModel(text: string): Model {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new SetupError('model_invalid', `model file is not whole JSON: ${(cause as Error).message}`, {
      cause,
    });
  }
  return modelOf(json);
}

/** The same, from a value. */
export function modelOf(json: unknown): Model {
  const parsed = modelFileSchema.safeParse(json);
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0];
    throw new SetupError('model_invalid', `model file, field ${path.join('.') || '(whole)'}: ${message}`);
  }
  const file = parsed.data;
  const contentHash = modelHash(file);
  if (file.sha256 !== undefined && file.sha256 !== contentHash)
    throw new SetupError(
      'model_invalid',
      `model file, field sha256: the content has ${contentHash}: it was changed after it was made`,
    );
  const categories = Object.keys(file.profile.by_category);
  const rows = new Map(categories.map((category, index) => [category, index + 1]));
  const { x, y } = file.calibration;
  return {
    file,
    version: file.version,
    hash: contentHash,
    profile: Float64Array.from(
      [file.profile.global, ...categories.map((c) => file.profile.by_category[c])].flat(),
    ),
    hazard: Float64Array.from(file.hazard.flat(3)),
    saleWhenOut: Float64Array.from(file.evidence.sale_when_out),
    restock: Float64Array.from(file.restock),
    profileRowOf: (category) => (category === null ? 0 : (rows.get(category) ?? 0)),
    calibrate: (posterior) => interpolate(x, y, posterior),
    trees: treesOf(file),
  };
}

function treesOf({ trees, open_hours }: ModelFile): TreeModel | null {
  if (!trees) return null;
  const hours = open_hours[1] - open_hours[0];
  if (hours > OPEN_HOURS_MAX)
    throw new SetupError(
      'model_invalid',
      `model file, field open_hours: ${hours} hours, where trees know ${OPEN_HOURS_MAX} at most`,
    );
  return treeModelOf(trees);
}

/** Whatever the order in which a text has the fields, and with or without its own hash. */
function modelHash({ sha256: _, ...content }: ModelFile): string {
  return hash('sha256', JSON.stringify(content), 'hex');
}

/** The text of a model's file, with its hash. */
export function modelText({ file, hash: sha256 }: Model): string {
  return `${JSON.stringify({ ...file, sha256 })}\n`;
}

/** P(out next hour) by what the record says is left, `cover` = record / (4 hours' expected units). */
export function ledgerHazard(model: Model, cover: number, unitsLeft: boolean): number {
  const { cover_edges, hazard_after_sale, hazard_without_sale } = model.file.ledger;
  let bin = 0;
  while (bin < cover_edges.length && cover > cover_edges[bin]) bin++;
  return unitsLeft ? hazard_after_sale[bin] : hazard_without_sale[bin];
}

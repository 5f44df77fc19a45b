import { hash } from 'node:crypto';
import { z } from 'zod';
import { interpolate } from './equations.js';
import { FEATURE_COUNT, FEATURES, FIRST_FEATURES } from './features.js';
import { comingModelOf, comingSchema, type ComingModel } from './coming-model.js';
import { calibrationSchema, ensembleSchema, requireFeatures } from './ensemble-schema.js';
import { Ensemble } from './trees.js';

const probability = z.number().min(0).max(1);

const rising = (list: readonly number[]) => list.every((value, i) => i === 0 || value > list[i - 1]);

export const treesSchema = z
  .strictObject({
    /** Names of the features in their order, as features.ts makes them. */
    features: z.array(z.string()),
    /** P(out next hour) of the plain filter by hour, without a sale and after one. */
    plain_hazard: z.tuple([z.array(probability).length(24), z.array(probability).length(24)]),
    /** Ensembles whose mean is the first score. */
    first: z.array(ensembleSchema).min(1).max(8),
    second: ensembleSchema,
    /** [usual units a day: up to the first edge, ...][hour of day: before the first edge, ...] */
    calibration: z
      .strictObject({
        day_units: z.array(z.number()).max(8).refine(rising, 'day_units must rise'),
        hours: z.array(z.number()).max(8).refine(rising, 'hours must rise'),
        maps: z.array(z.array(calibrationSchema)),
      })
      .refine(
        ({ day_units, hours, maps }) =>
          maps.length === day_units.length + 1 && maps.every((row) => row.length === hours.length + 1),
        'maps needs one row more than day_units, each with one map more than hours',
      ),
    /** Left out: what is coming is said by hazards. */
    coming: comingSchema.optional(),
    /** What the trainer measured on stores and days that it held out. */
    metrics: z.record(z.string(), z.number()),
    /** SHA-256 of all above as JSON, hex. */
    sha256: z.string(),
  })
  .superRefine((trees, context) => {
    const { sha256, ...rest } = trees;
    if (sha256 !== treesHash(rest))
      context.addIssue({ code: 'custom', path: ['sha256'], message: 'is another' });
  });

export type TreesFile = z.infer<typeof treesSchema>;

/** Changes with every number and name of the trees. */
export function treesHash(trees: Omit<TreesFile, 'sha256'>): string {
  return hash('sha256', JSON.stringify(trees), 'hex');
}

/** Trees made ready for the tick. */
export interface TreeModel {
  /** [sold: 0 or 1][hour] */
  readonly plainHazard: readonly [readonly number[], readonly number[]];
  /** Ensembles whose mean is the first score of a store; none: the filter's posterior is. */
  firstOf(storeId: string): readonly Ensemble[];
  /** Null: the first score is the last. */
  readonly second: Ensemble | null;
  /** Null: none for what is coming. */
  readonly coming: ComingModel | null;
  /** Last score -> frequency seen on other stores. */
  calibrate(score: number, dayUnits: number, hour: number): number;
}

/** Throws `SetupError` `model_invalid` that names what is wrong, another feature list among it. */
export function treeModelOf(file: TreesFile): TreeModel {
  requireFeatures(file.features, FEATURES, 'trees.features');
  const first = file.first.map((one, i) => Ensemble.of(one, FIRST_FEATURES, `trees.first.${i}`));
  return {
    plainHazard: file.plain_hazard,
    firstOf: () => first,
    second: Ensemble.of(file.second, FEATURE_COUNT, 'trees.second'),
    coming: file.coming ? comingModelOf(file.coming) : null,
    calibrate: calibratorOf(file.calibration),
  };
}

function calibratorOf({ day_units, hours, maps }: TreesFile['calibration']): TreeModel['calibrate'] {
  return (score, dayUnits, hour) => {
    const { x, y } = maps[bandOf(day_units, dayUnits)][bandOf(hours, hour)];
    return interpolate(x, y, score);
  };
}

/** Which of the bands between rising edges a value is in. */
export function bandOf(edges: readonly number[], value: number): number {
  let band = 0;
  while (band < edges.length && value >= edges[band]) band++;
  return band;
}

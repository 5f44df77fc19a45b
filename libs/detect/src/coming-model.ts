import { z } from 'zod';
import { calibrationSchema, ensembleSchema, requireFeatures } from './ensemble-schema.js';
import { interpolate } from './equations.js';
import { COMING_FEATURES, ROW_WIDTH } from './status-features.js';
import { Ensemble, probabilityOf } from './trees.js';

const forecastSchema = z.strictObject({ trees: ensembleSchema, calibration: calibrationSchema });

/** Trees for P(out within so many hours | in stock now), in open hours. */
export const comingSchema = z.strictObject({
  /** Names of the features in their order, as features.ts and status-features.ts make them. */
  features: z.array(z.string()),
  /** The shortest first. */
  horizons: z
    .array(
      z.strictObject({
        hours: z.number().int().min(1).max(24),
        /** Where the status of the hour that ended is known, and where sales alone are. */
        by_status: forecastSchema,
        by_sales: forecastSchema,
      }),
    )
    .min(1)
    .max(4)
    .refine((list) => list.every(({ hours }, i) => i === 0 || hours > list[i - 1].hours), 'hours must rise'),
  /** What was measured on the stores held out. */
  metrics: z.record(z.string(), z.number()),
});

export type ComingFile = z.infer<typeof comingSchema>;
type ForecastFile = z.infer<typeof forecastSchema>;

/** From a row of features to the frequency seen on other stores. */
type Forecast = (rows: Float32Array, start: number) => number;

interface Horizon {
  readonly hours: number;
  readonly byStatus: Forecast;
  readonly bySales: Forecast;
}

/** The shortest horizon first. */
export type ComingModel = readonly Horizon[];

/** Throws `SetupError` `model_invalid` that names what is wrong. */
export function comingModelOf(file: ComingFile): ComingModel {
  requireFeatures(file.features, COMING_FEATURES, 'trees.coming.features');
  return file.horizons.map(({ hours, by_status, by_sales }, i) => ({
    hours,
    byStatus: forecastOf(by_status, `trees.coming.horizons.${i}.by_status`),
    bySales: forecastOf(by_sales, `trees.coming.horizons.${i}.by_sales`),
  }));
}

function forecastOf({ trees, calibration: { x, y } }: ForecastFile, field: string): Forecast {
  const ensemble = Ensemble.of(trees, ROW_WIDTH, `${field}.trees`);
  return (rows, start) => interpolate(x, y, probabilityOf(ensemble.oddsOf(rows, start)));
}

import { SetupError } from '@gondola/stream';
import { z } from 'zod';

const probability = z.number().min(0).max(1);
const BREAKPOINTS_MAX = 100;

/** A rising map from scores to frequencies, straight between breakpoints. */
export const calibrationSchema = z
  .strictObject({
    x: z.array(probability).min(1).max(BREAKPOINTS_MAX),
    y: z.array(probability).min(1).max(BREAKPOINTS_MAX),
  })
  .refine(({ x, y }) => x.length === y.length, 'x and y must be of one length')
  .refine(({ x }) => x.every((value, i) => i === 0 || value > x[i - 1]), 'x must rise')
  .refine(({ y }) => y.every((value, i) => i === 0 || value >= y[i - 1]), 'y must not fall');

/** See `EnsembleFile`. */
export const ensembleSchema = z.strictObject({
  nodes: z.array(z.number().int().min(1)).min(1),
  feature: z.string(),
  value: z.string(),
  right: z.string(),
});

/** Throws `SetupError` `model_invalid` that names the first feature that is another. */
export function requireFeatures(named: readonly string[], known: readonly string[], field: string): void {
  const wrong = known.findIndex((name, place) => named[place] !== name);
  if (wrong < 0 && named.length === known.length) return;
  const place = wrong >= 0 ? wrong : known.length;
  throw new SetupError(
    'model_invalid',
    `model file, field ${field}.${place}: ${named[place]}, where this version has ${known[place]}: ` +
      'the trees were grown on other features; train a model with this version',
  );
}

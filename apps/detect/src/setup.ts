import { hash } from 'node:crypto';
import { dedupeFields } from '@gondola/config';
import { detectConfigSchema, type Model } from '@gondola/detect';
import { GondolaError, type ObjectStore } from '@gondola/stream';
import { z } from 'zod';
import type { DetectServiceConfig } from './detect.config.js';
import { ModelRegistry } from './model-registry.js';

const setupSchema = z.object({
  environment: z.string(),
  defaultSubject: z.string().nullable(),
  futureMsMax: z.number(),
  dedupe: dedupeFields,
  // Settings of before there were hours in a row: one was enough.
  detection: z.preprocess((kept) => ({ raiseHours: 1, ...(kept as object) }), detectConfigSchema),
  /** Whether there was a catalog beside the stream. */
  hasCatalog: z.boolean(),
  /** Hash of the model that scores until one is promoted. */
  model: z.string(),
});

/** Everything but the input, contracts and promoted models that signals follow from. */
export type Setup = z.output<typeof setupSchema>;

export function setupOf(config: DetectServiceConfig, model: Model): Setup {
  const { environment, defaultSubject, futureMsMax, dedupe, detection, reference } = config;
  const hasCatalog = reference.length > 0;
  return { environment, defaultSubject, futureMsMax, dedupe, detection, hasCatalog, model: model.hash };
}

export const hashOfSetup = (setup: Setup): string => hash('sha256', textOf(setup), 'hex');

/** Keeps settings and the model that comes with them in the lake, where receipts look for them; once is enough. */
export function setupKeeper(store: ObjectStore, setup: Setup, model: Model): () => Promise<void> {
  const { environment } = setup;
  let isKept = false;
  return async () => {
    if (isKept) return;
    await new ModelRegistry(store, environment).keep(model);
    await store.putIfAbsent(pathOf(environment, hashOfSetup(setup)), Buffer.from(textOf(setup)));
    isKept = true;
  };
}

/** Throws `input_invalid` when the lake has none of that hash, `lake_corrupt` when what lies there is not it. */
export async function loadSetup(store: ObjectStore, environment: string, wanted: string): Promise<Setup> {
  const path = pathOf(environment, wanted);
  const bytes = await store.get(path);
  if (!bytes) throw new GondolaError('input_invalid', `the lake has no settings ${path}`, false);
  const text = Buffer.from(bytes).toString();
  if (hash('sha256', text, 'hex') !== wanted)
    throw new GondolaError('lake_corrupt', `${path} does not hold the settings of that hash`, false);
  try {
    return setupSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new GondolaError('lake_corrupt', `${path}: settings of another version`, false, { cause });
  }
}

const textOf = (setup: Setup) => JSON.stringify(setup);
const pathOf = (environment: string, hash: string) => `${environment}/_setup/${hash}.json`;

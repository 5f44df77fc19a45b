import type { PipelineObserver } from '@gondola/stream';
import type { Registry } from 'prom-client';
import { gaugeOf } from './instruments.js';
import { DETECTION_METRICS } from './specs/detection.js';

const MODELS = ['champion', 'challenger', 'shipped'];

/** What one pipeline says of the models that score. */
export function createModelObserver(
  registry: Registry,
  pipeline: string,
): Pick<PipelineObserver, 'modelRefused' | 'modelsTrained'> {
  const refused = gaugeOf(registry, DETECTION_METRICS.modelRefused);
  const trained = gaugeOf(registry, DETECTION_METRICS.modelTrained);
  return {
    modelRefused: (stream, isRefused) => refused.set({ pipeline, stream }, isRefused ? 1 : 0),
    modelsTrained(ends) {
      for (const model of MODELS) trained.remove({ pipeline, model });
      for (const [model, endMs] of ends) trained.set({ pipeline, model }, endMs / 1000);
    },
  };
}

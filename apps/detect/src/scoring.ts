import type { EngineOptions } from '@gondola/detect';
import type { Service } from '@gondola/stream';
import type { DetectServiceConfig } from './detect.config.js';
import type { DetectDeps } from './detect.js';
import { Detector } from './detector.js';
import { ModelRegistry } from './model-registry.js';
import { ModelSource, type Rivals } from './model-source.js';
import { Outcomes } from './outcomes.js';

export interface Scoring {
  readonly rivals: () => Rivals;
  /** A partition's detector: a new one, or as its state says and with the model that this was kept with. */
  detector(kept: { readonly shelves: Uint8Array; readonly hash: string | null } | null): Promise<Detector>;
  /** The service, with the models of the lake followed as long as it runs. */
  around(service: Service): Service;
}

/** Which models score, and what they are given. */
export function createScoring(
  config: DetectServiceConfig,
  { store, clock, log, observer, model: shipped }: DetectDeps,
  { once, ...places }: Pick<EngineOptions, 'timeZoneOf' | 'cityOf'> & { once: boolean },
): Scoring {
  const { environment, detection, modelPollMs: pollMs, stream } = config;
  const outcomes = new Outcomes(store, environment);
  const models = new ModelSource({
    ...{ registry: new ModelRegistry(store, environment), shipped, outcomes, clock, log },
    onRefused: (isRefused) => observer.modelRefused(stream.name, isRefused),
  });
  const options = { ...places, environment, config: detection };
  return {
    rivals: () => models.current(),
    async detector(kept) {
      const { champion } = models.current();
      if (!kept) return new Detector(options, outcomes, { model: champion, state: null });
      // Another model takes over with the next batch, as it would have without the restart.
      const model = (kept.hash ? await models.known(kept.hash) : null) ?? champion;
      return new Detector(options, outcomes, { model, state: kept.shelves });
    },
    around: (service) => models.around(service, { pollMs, once }),
  };
}

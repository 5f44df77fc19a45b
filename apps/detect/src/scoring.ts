import type { Engine, EngineOptions, Model } from '@gondola/detect';
import type { Service } from '@gondola/stream';
import type { DetectServiceConfig } from './detect.config.js';
import type { DetectDeps } from './detect.js';
import { ModelRegistry } from './model-registry.js';
import { ModelSource, type Rivals } from './model-source.js';
import { Outcomes } from './outcomes.js';
import { Shadow } from './shadow.js';

const DAY_MS = 86_400_000;

/** Which models score. */
export interface Scoring {
  rivals(): Rivals;
  /** The models of these hashes, as far as they can still be had. */
  known(hashes: Iterable<string>): Promise<ReadonlyMap<string, Model>>;
  /** Lets a model score beside an engine that was made with these options. */
  shadow(champion: Engine, model: Model, options: Omit<EngineOptions, 'model'>): Shadow;
  /** The service, with the models of the lake followed as long as it runs. */
  around(service: Service): Service;
}

export function createScoring(
  { environment, modelPollMs: pollMs, stream }: DetectServiceConfig,
  { store, clock, log, observer, model: shipped }: DetectDeps,
  { once }: { once: boolean },
): Scoring {
  const outcomes = new Outcomes(store, environment);
  const models = new ModelSource({
    ...{ registry: new ModelRegistry(store, environment), shipped, outcomes, clock, log },
    onRefused: (isRefused) => observer.modelRefused(stream.name, isRefused),
    onChanged: (rivals) => observer.modelsTrained(trainedUntil(rivals, shipped)),
  });
  return {
    rivals: () => models.current(),
    async known(hashes) {
      const found = new Map<string, Model>();
      for (const hash of new Set(hashes)) {
        const model = await models.known(hash);
        if (model) found.set(hash, model);
      }
      return found;
    },
    shadow: (champion, model, options) => new Shadow(champion, model, options, outcomes),
    around: (service) => models.around(service, { pollMs, once }),
  };
}

/** End of the data that the models in use were trained on: those made from a lake know its last day. */
function trainedUntil({ champion, challenger }: Rivals, shipped: Model): ReadonlyMap<string, number> {
  const ends = new Map<string, number>();
  const inUse = [
    [champion.hash === shipped.hash ? 'shipped' : 'champion', champion],
    ['challenger', challenger],
  ] as const;
  for (const [role, model] of inUse) {
    const lastDay = model?.file.data?.to;
    if (lastDay !== undefined) ends.set(role, Date.parse(lastDay) + DAY_MS);
  }
  return ends;
}

import { TokenBucket } from '@gondola/access';
import type { LanguageModel } from '@gondola/language-model';
import { systemClock, type Clock, type Log } from '@gondola/stream';
import type { ApiConfig } from '../api.config.js';
import type { SchemaLookup } from '../registry/registry.controller.js';
import { DocumentIndex } from './document-index.js';
import { readDocuments } from './documents.js';
import type { ExplainAccess } from './explain.controller.js';
import { Explainer, type ExplainerDeps } from './explainer.js';
import { Rephraser } from './rephrase.js';

/** What explanations are made of, besides rows. */
export interface ExplainSources {
  /** Folder with runbooks; null: none are quoted. */
  readonly runbooks: string | null;
  /** Null: templates alone. */
  readonly model: LanguageModel | null;
}

interface Parts extends Omit<ExplainerDeps, 'index' | 'rephraser'>, ExplainSources {
  readonly schemas: SchemaLookup | null;
  readonly config: ApiConfig['explain'];
  readonly mayReadQuarantine: ExplainAccess['mayReadQuarantine'];
  readonly log: Log;
}

/** `clock` may run a demo's days in minutes; rates and waits for a model are of real time. */
export function createExplainAccess(parts: Parts, realClock: Clock = systemClock): ExplainAccess {
  const { runbooks, model, schemas, config, log, mayReadQuarantine, ...rows } = parts;
  const { questionsPerMinute: perMinute, questionCharactersMax } = config;
  const index = new DocumentIndex(() => readDocuments(runbooks, schemas));
  const rephraser = model && new Rephraser({ model, clock: realClock, log });
  return {
    explainer: new Explainer({ ...rows, index, rephraser }),
    index,
    rate: new TokenBucket(perMinute / 60, realClock.nowMs(), perMinute),
    clock: realClock,
    ...{ questionCharactersMax, mayReadQuarantine },
  };
}

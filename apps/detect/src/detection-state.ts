import { hash } from 'node:crypto';
import { Engine, type EngineOptions, type Model } from '@gondola/detect';
import type { KeptState } from '@gondola/sink-lake';
import type { Position } from '@gondola/stream';
import { isWindowSection } from '@gondola/validate';
import type { DetectServiceConfig } from './detect.config.js';
import { markOfText } from './marks.js';
import { Outside } from './outside.js';
import type { DetectionStart } from './partition-detection.js';
import type { Reference } from './reference.js';
import { hashOfSection, type Scoring } from './scoring.js';

/** Where a partition's state is, and who takes dedupe's part of it. */
export interface StateParts {
  readonly kept: () => Promise<KeptState | null>;
  readonly restoreSeen: (sections: readonly Uint8Array[]) => void;
}

export interface RestoreOptions {
  readonly reference: Reference;
  readonly hasCatalog: boolean;
  readonly engine: Omit<EngineOptions, 'model'>;
  readonly scoring: Scoring;
}

/** Brings a partition's engine back as its last snapshot has it, or makes a new one at `start`. */
export async function restoreDetection(
  { kept: load, restoreSeen }: StateParts,
  { reference, hasCatalog, engine, scoring }: RestoreOptions,
  start: Position,
): Promise<DetectionStart> {
  const outside = new Outside(reference);
  const { timeZoneOf, cityOf, categoryOf } = outside;
  const options = { ...engine, ...(hasCatalog ? { timeZoneOf, cityOf, categoryOf } : {}) };
  const { champion } = scoring.rivals();
  const startOf = (
    one: Engine,
    rest: Omit<DetectionStart, 'engine' | 'outside' | 'shadow'>,
  ): DetectionStart => ({
    ...{ engine: one, outside, ...rest },
    shadow: (model) => scoring.shadow(one, model, options),
  });
  const kept = await load();
  if (!kept) {
    const rest = { position: start, until: start, marks: [], models: new Map<string, Model>() };
    return startOf(new Engine({ ...options, model: champion }), rest);
  }
  const { sections, position, until } = kept;
  restoreSeen(sections.filter(isWindowSection));
  const marks = kept.marks.map(markOfText);
  const hash = sections.map(hashOfSection).find((one) => one !== null) ?? champion.hash;
  const named = marks.flatMap((mark) => (mark.kind === 'model' ? [mark.hash] : []));
  const models = await scoring.known([hash, ...named]);
  const shelves = sections.filter((section) => !isWindowSection(section) && hashOfSection(section) === null);
  const restored = Engine.fromSections(shelves, { ...options, model: models.get(hash) ?? champion });
  return startOf(restored, { position, until, marks, models });
}

/** Everything but the input and promoted models that signals follow from. */
export function setupOf(
  { detection, dedupe, futureMsMax, defaultSubject }: DetectServiceConfig,
  model: Model,
): string {
  const setup = { detection, dedupe, futureMsMax, defaultSubject, model: model.file };
  return hash('sha256', JSON.stringify(setup), 'hex').slice(0, 16);
}

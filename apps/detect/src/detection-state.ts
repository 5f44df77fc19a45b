import { hash } from 'node:crypto';
import { Engine, type EngineOptions, type Model } from '@gondola/detect';
import type { KeptState, StateCopy } from '@gondola/sink-lake';
import type { Position } from '@gondola/stream';
import { isWindowSection } from '@gondola/validate';
import type { DetectServiceConfig } from './detect.config.js';
import { markOfText } from './marks.js';
import { Outside } from './outside.js';
import type { DetectionStart } from './partition-detection.js';
import type { Reference } from './reference.js';

/** Where a partition's state is, and who takes dedupe's part of it. */
export interface StateParts {
  readonly kept: () => Promise<KeptState | null>;
  readonly restoreSeen: (sections: readonly Uint8Array[]) => void;
}

/** Brings a partition's engine back as its last snapshot has it, or makes a new one at `start`. */
export async function restoreDetection(
  { kept: load, restoreSeen }: StateParts,
  { reference, hasCatalog, engine }: { reference: Reference; hasCatalog: boolean; engine: EngineOptions },
  start: Position,
): Promise<DetectionStart> {
  const outside = new Outside(reference);
  const { timeZoneOf, cityOf, categoryOf } = outside;
  const options = { ...engine, ...(hasCatalog ? { timeZoneOf, cityOf, categoryOf } : {}) };
  const kept = await load();
  if (!kept) return { engine: new Engine(options), outside, position: start, until: start, marks: [] };
  const { sections, position, until } = kept;
  restoreSeen(sections.filter(isWindowSection));
  const shelves = sections.filter((section) => !isWindowSection(section));
  const restored = Engine.fromSections(shelves, options);
  return { engine: restored, outside, position, until, marks: kept.marks.map(markOfText) };
}

/** Everything but the input that signals follow from. */
export function setupOf(
  { detection, dedupe, futureMsMax, defaultSubject }: DetectServiceConfig,
  model: Model,
): string {
  const setup = { detection, dedupe, futureMsMax, defaultSubject, model: model.file };
  return hash('sha256', JSON.stringify(setup), 'hex').slice(0, 16);
}

/** One copy after the other, both of the same moment. */
export function bothCopies(first: StateCopy, second: StateCopy): StateCopy {
  return {
    next: () => first.next() ?? second.next(),
    stop: () => {
      first.stop();
      second.stop();
    },
  };
}

import { Engine, type EngineOptions, type Model } from '@gondola/detect';
import type { KeptState } from '@gondola/sink-lake';
import type { Position } from '@gondola/stream';
import { markOfText, markToText, type Mark } from './marks.js';
import { Outside } from './outside.js';
import type { DetectionStart, MadeBy } from './partition-detection.js';
import type { Reference } from './reference.js';
import type { Scoring } from './scoring.js';
import { sortSections } from './state-sections.js';

/** Where a partition's state is, and who takes dedupe's part of it. */
export interface StateParts {
  readonly kept: () => Promise<KeptState | null>;
  /** Of a partition without state: that of the partition which it continues, null where there is none. */
  readonly inherited: () => Promise<readonly Uint8Array[] | null>;
  readonly restoreSeen: (sections: readonly Uint8Array[]) => void;
  /** Of a partition without state: what a replay of all of it has to be told first. */
  readonly begin: (position: Position, marks: readonly string[]) => void;
  /** Keeps a mark before the mark of that number. */
  readonly note: (mark: string, at: number) => void;
}

export interface RestoreOptions {
  readonly reference: Reference;
  readonly hasCatalog: boolean;
  readonly engine: Omit<EngineOptions, 'model'>;
  readonly scoring: Scoring;
  readonly made: MadeBy;
}

/** Brings a partition's engine back as its last snapshot has it, or makes a new one at `start`. */
export async function restoreDetection(
  { kept: load, inherited, restoreSeen, begin, note }: StateParts,
  { reference, hasCatalog, engine, scoring, made }: RestoreOptions,
  start: Position,
): Promise<DetectionStart> {
  const outside = new Outside(reference);
  const { timeZoneOf, cityOf, hoursOf, categoryOf } = outside;
  const options = { ...engine, ...(hasCatalog ? { timeZoneOf, cityOf, hoursOf, categoryOf } : {}) };
  const { champion } = scoring.rivals();
  const startOf = (
    one: Engine,
    rest: Omit<DetectionStart, 'engine' | 'outside' | 'shadow' | 'made'>,
  ): DetectionStart => ({
    ...{ engine: one, outside, made, ...rest },
    shadow: (model) => scoring.shadow(one, model, options),
  });
  const kept = await load();
  const setupMark = (at: Position, signals: bigint): Mark => ({
    ...{ at, kind: 'setup', hash: made.setup },
    signals: Number(signals),
  });
  /** As of a snapshot's sections. */
  const engineOf = async (sections: readonly Uint8Array[], marks: readonly Mark[]) => {
    const { seen, modelHash, promoted, shelves } = sortSections(sections);
    restoreSeen(seen);
    const hash = modelHash ?? champion.hash;
    const named = marks.flatMap((mark) => (mark.kind === 'model' ? [mark.hash] : []));
    const models = await scoring.known([hash, ...named]);
    const restored = Engine.fromSections(shelves, { ...options, model: models.get(hash) ?? champion });
    return { restored, models, promoted };
  };
  const before = kept ? null : await inherited();
  if (before) {
    // No replay can begin here, so nothing is said of a beginning: the first commit brings a snapshot.
    const { restored, models, promoted } = await engineOf(before, []);
    return startOf(restored, { position: start, until: start, marks: [], models, promoted });
  }
  if (!kept) {
    const first: Mark[] = [setupMark(start, 0n), { at: start, kind: 'model', hash: champion.hash }];
    begin(start, first.map(markToText));
    const rest = { position: start, until: start, marks: [], models: new Map<string, Model>() };
    return startOf(new Engine({ ...options, model: champion }), rest);
  }
  const { position, until } = kept;
  const marks = kept.marks.map(markOfText);
  if (kept.setup !== made.setup) {
    const after = marks.findIndex(({ kind }) => kind !== 'setup');
    note(markToText(setupMark(position, kept.signals)), after < 0 ? marks.length : after);
  }
  const { restored, models, promoted } = await engineOf(kept.sections, marks);
  return startOf(restored, { position, until, marks, models, promoted });
}

import { Engine } from './engine.js';
import type { EngineOptions, TickView } from './engine-options.js';
import type { Label, Labels } from './label.js';
import { HOUR_MS } from './local-time.js';
import { ROW_WIDTH } from './status-features.js';

/** What a model knew and believed of a shelf at the last tick before somebody looked. */
export interface Belief {
  readonly label: Label;
  /** Calibrated P(out), as a signal would say. */
  readonly probability: number;
  /** The filter's, uncalibrated. */
  readonly posterior: number;
  /** Local hour that had ended. */
  readonly hour: number;
  /** With trees, in open hours: [feature] from `start` on; the array is overwritten by the next tick. */
  readonly features: Float32Array | null;
  readonly start: number;
}

export interface LabelledOptions extends Omit<EngineOptions, 'signals' | 'onTick' | 'onLook'> {
  readonly labels: Labels;
  readonly onBelief: (belief: Belief) => void;
}

/**
 * An engine that says what it believed before each label. Beliefs are those of the hour before the look, so that nothing that
 * followed from it (a shelf that was filled) is known. Labels of shelves that it never met are left out.
 */
export function labelledEngine({ labels, onBelief, ...options }: LabelledOptions): Engine {
  const shelves = new Map<string, Map<string, number>>();
  return new Engine({
    ...options,
    signals: false,
    onTick(view) {
      const due = labels.between(view.storeId, view.endMs, view.endMs + HOUR_MS);
      if (due.length === 0) return;
      const rows = rowsOf(shelves, view);
      for (const label of due) {
        const row = rows.get(label.itemId);
        if (row === undefined) continue;
        onBelief({
          ...{ label, hour: view.hour, posterior: view.posterior[row] },
          probability: view.probabilityOf(row),
          features: view.trees?.features ?? null,
          start: row * ROW_WIDTH,
        });
      }
    },
  });
}

/** Rows of a store are only ever added to. */
function rowsOf(shelves: Map<string, Map<string, number>>, view: TickView): ReadonlyMap<string, number> {
  let rows = shelves.get(view.storeId);
  if (!rows) shelves.set(view.storeId, (rows = new Map()));
  for (let row = rows.size; row < view.count; row++) rows.set(view.itemAt(row), row);
  return rows;
}

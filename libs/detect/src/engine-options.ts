import type { Signal } from '@gondola/events';
import type { CauseFacts } from './causes.js';
import type { DetectConfig } from './config.js';
import type { Model } from './model.js';

/** All shelves of a store at the end of an hour. Arrays are the engine's own: read them before returning. */
export interface TickView {
  readonly storeId: string;
  readonly startMs: number;
  readonly endMs: number;
  /** Local hour that ended, 0..23. */
  readonly hour: number;
  /** False: dead feed or closed store, nothing was learned. */
  readonly seeing: boolean;
  readonly count: number;
  itemAt(row: number): string;
  /** [row] P(out in the hour), uncalibrated. */
  readonly posterior: Float64Array;
  /** [row] cell of the hazard table that the next prior was taken from. */
  readonly hazardCell: Uint16Array;
  /** [row] units sold in the hour, and units expected of a shelf in stock. */
  readonly units: Float64Array;
  readonly expected: Float64Array;
  /** Units on hand by the record, NaN when no record is known. */
  recordOf(row: number): number;
  /** How many times four hours' expected units are left by it, less what was lost unseen: what the ledger's hazards go by. */
  coverOf(row: number): number;
  /** Calibrated P(out in the hour): by the trees in open hours where the model has them, by the filter otherwise. */
  probabilityOf(row: number): number;
  /** With trees, in open hours: what they were shown, [row][feature], and the two scores; else null. */
  readonly trees: {
    readonly features: Float32Array;
    readonly score: Float64Array;
    readonly final: Float64Array;
  } | null;
}

export interface EngineOptions {
  readonly environment: string;
  readonly model: Model;
  readonly config?: Partial<DetectConfig>;
  /** False: tick and read out only, make no signals. */
  readonly signals?: boolean;
  /** Where a store is, as something else knows it: asked first, for new stores and by `placeStores`. Names time zones that exist. */
  readonly timeZoneOf?: (storeId: string) => string | undefined;
  /** The same for its city: stores of one city are siblings. */
  readonly cityOf?: (storeId: string) => string | null | undefined;
  /** What each signal's causes were told from: what their table is made of. */
  readonly onCause?: (signal: Signal, facts: CauseFacts) => void;
  /** Category of an item, asked when an event of a shelf without one names none. */
  readonly categoryOf?: (itemId: string) => string | null | undefined;
  /** Called after every tick of every store. */
  readonly onTick?: (view: TickView) => void;
}

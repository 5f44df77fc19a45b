import type { Signal } from '@gondola/events';
import type { CauseFacts } from './causes.js';
import type { DetectConfig } from './config.js';
import type { Look } from './look.js';
import type { Model } from './model.js';
import type { StatusOf } from './tick.js';

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
  /** P(out within so many hours | in stock now) by trees of that horizon; NaN outside open hours or without them. */
  comingOf(row: number, hours: number): number;
  /** With trees, in open hours: what they were shown, [row][feature of `coming`], and the two scores; else null. */
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
  /** The same for its opening hours, see `openingHoursOf`; they stand in the place of those that it is known for. */
  readonly hoursOf?: (storeId: string) => string | null | undefined;
  /** What each signal's causes were told from: what their table is made of. */
  readonly onCause?: (signal: Signal, facts: CauseFacts) => void;
  /**
   * Whether a shelf was out in an hour that ended, where something knows it: for what is coming, of this shelf and of others.
   * P(out) itself never hears of it.
   */
  readonly statusOf?: StatusOf;
  /** Category of an item, asked when an event of a shelf without one names none. */
  readonly categoryOf?: (itemId: string) => string | null | undefined;
  /** Called after every tick of every store. */
  readonly onTick?: (view: TickView) => void;
  /** Called when somebody looked at a shelf, before the shelf is told what was found. */
  readonly onLook?: (look: Look) => void;
}

/** What has gone through an engine since it was made or restored. */
export interface EngineCounts {
  rows: number;
  lateRows: number;
  /** Alone more than a day ahead of their store. */
  aheadRows: number;
  /** Deliveries that were booked before, by the same delivery note with the same units. */
  repeatedRows: number;
  /** Of more units than a shelf can have: left out, whatever they say. */
  oddRows: number;
  ticks: number;
  blindTicks: number;
  /** Of all ticks. */
  tickedShelves: number;
  /** At stores between the ends of hours. */
  looks: number;
}

export function noCounts(): EngineCounts {
  return {
    rows: 0,
    lateRows: 0,
    aheadRows: 0,
    repeatedRows: 0,
    oddRows: 0,
    ticks: 0,
    blindTicks: 0,
    tickedShelves: 0,
    looks: 0,
  };
}

import type { ShelfEffect } from '@gondola/events';
import { HOUR_MS, type LocalHour } from './local-time.js';

/** What is known of one till. */
export interface TillWatch {
  readonly till: string;
  /** Its usual share of the store's transactions, and those of the running tick. */
  share: number;
  transactions: number;
  /** Transactions expected of it since its last one, and the most that such a silence usually comes to. */
  silence: number;
  silenceUsual: number;
  lastMs: number;
  /** Hours in which the store sold since this till was first seen. */
  hours: number;
  incident: OpenIncident | null;
}

/** An incident of this store that has not ended. */
export interface OpenIncident {
  readonly incidentId: string;
  readonly kind: 'feed_dead' | 'store_closed' | 'till_offline';
  readonly sinceMs: number;
}

/** How a store usually speaks, to tell a dead feed from a closed store and both from a quiet hour. Plain JSON: it is kept as such. */
export interface StoreWatch {
  /** Event times: the last sale, sign of people at work (receipt, count ...) and message that needs nobody there. 0: none yet. */
  saleMs: number;
  staffMs: number;
  machineMs: number;
  /** Messages that need nobody there: usual number an hour, and those of the running tick. */
  machinePerHour: number;
  machineNow: number;
  /** Share of hours with a sale, in thousandths: by hour of day, and by hour of week (-1: not seen yet). */
  readonly hourShare: number[];
  readonly weekShare: number[];
  /** -log P(no sale since the last one), of hours in which the store usually sells. */
  openSilence: number;
  /** The silence reached an hour in which the store is usually closed when it had hardly begun. */
  beganAtClose: boolean;
  /** Units usually expected between the last sale and the end of its hour, -1 before the first. */
  gapUsual: number;
  /** End of the last tick that saw something, and sales that came late from after it. */
  seenUntilMs: number;
  lateSales: number;
  incident: OpenIncident | null;
  readonly tills: TillWatch[];
  /** The transaction that the last line belonged to. */
  lastTill: number;
  lastTillMs: number;
}

/** Tills of one store that are watched; the others are only sold at. */
const TILLS_MAX = 64;
/** How fast habits are learned: share of an hour of day, of an hour of week, tail gap, machine messages, share of a till. */
const HOUR_RATE = 0.25;
const WEEK_RATE = 0.4;
const GAP_RATE = 0.05;
const MACHINE_RATE = 0.02;
const TILL_RATE = 0.03;
/** Below this share of hours with a sale the store is usually closed. */
const CLOSED_SHARE = 0.25;
const UNKNOWN_SHARE = 500;

export function createWatch([openHour, closeHour]: readonly [number, number]): StoreWatch {
  return {
    ...{ saleMs: 0, staffMs: 0, machineMs: 0, machinePerHour: 0, machineNow: 0 },
    hourShare: Array.from({ length: 24 }, (_, hour) =>
      hour >= openHour && hour < closeHour ? UNKNOWN_SHARE : 0,
    ),
    weekShare: new Array<number>(7 * 24).fill(-1),
    ...{ openSilence: 0, beganAtClose: false, gapUsual: -1, seenUntilMs: 0, lateSales: 0 },
    ...{ incident: null, tills: [], lastTill: -1, lastTillMs: 0 },
  };
}

/** One event of the store, whatever it says. O(1), but for the first line of a transaction: O(tills). */
export function watchEvent(
  watch: StoreWatch,
  { effect, atMs, till, late }: { effect: ShelfEffect; atMs: number; till: string | null; late: boolean },
): void {
  switch (effect) {
    case 'sale':
      if (atMs > watch.saleMs) watch.saleMs = atMs;
      if (late && atMs >= watch.seenUntilMs) watch.lateSales++;
      if (till !== null && !late) ringUp(watch, till, atMs);
      return;
    case 'return':
      return;
    // Who orders sits elsewhere, by a clock of its own: that tells nothing of the store's line.
    case 'ordered':
    case 'shipped':
    case 'order_done':
    case 'order_cancelled':
      return;
    case 'receipt':
    case 'issue':
    case 'adjustment':
    case 'count':
      if (atMs > watch.staffMs) watch.staffMs = atMs;
      return;
    default:
      if (atMs > watch.machineMs) watch.machineMs = atMs;
      if (!late) watch.machineNow++;
  }
}

/** A line of a sale at a till, which came in time. */
export function ringUp(watch: StoreWatch, till: string, atMs: number): void {
  let index = watch.lastTill;
  if (index < 0 || watch.tills[index].till !== till) {
    index = watch.tills.findIndex((known) => known.till === till);
    if (index < 0) {
      if (watch.tills.length >= TILLS_MAX) return;
      const counts = { share: 0, transactions: 0, silence: 0, silenceUsual: 0, hours: 0 };
      index = watch.tills.push({ till, ...counts, lastMs: atMs, incident: null }) - 1;
    }
  } else if (atMs === watch.lastTillMs) return;
  watch.lastTill = index;
  watch.lastTillMs = atMs;
  const known = watch.tills[index];
  known.transactions++;
  if (atMs > known.lastMs) known.lastMs = atMs;
}

/** Share of such hours in which the store sold something, 0..1: the hour of the week is known late, and closed when the hour of the day is. */
export function usualShare({ hourShare, weekShare }: StoreWatch, { hour, weekday }: LocalHour): number {
  const ofWeek = weekShare[weekday * 24 + hour];
  return Math.min(hourShare[hour], ofWeek < 0 ? 1000 : ofWeek) / 1000;
}

export const isUsuallyClosed = (share: number): boolean => share < CLOSED_SHARE;

/** Whole thousandths: they read back exactly, and a store's habits stay short. */
export function learnHour(watch: StoreWatch, { hour, weekday }: LocalHour, sold: boolean): void {
  const target = sold ? 1000 : 0;
  const { hourShare, weekShare } = watch;
  const at = weekday * 24 + hour;
  const before = weekShare[at] < 0 ? hourShare[hour] : weekShare[at];
  weekShare[at] = Math.round(before + WEEK_RATE * (target - before));
  hourShare[hour] = Math.round(hourShare[hour] + HOUR_RATE * (target - hourShare[hour]));
}

export function learnMachines(watch: StoreWatch): void {
  watch.machinePerHour += MACHINE_RATE * (watch.machineNow - watch.machinePerHour);
  watch.machineNow = 0;
}

/**
 * How much longer than usual the store has been silent at the end of an hour in which it sold: 1 is usual. Tills that
 * send an hour at once are always "silent" at its end, and so are measured by themselves.
 */
export function tailGap(watch: StoreWatch, endMs: number, expectedUnits: number): number {
  const gap = (Math.max(0, endMs - watch.saleMs) / HOUR_MS) * expectedUnits;
  const usual = watch.gapUsual < 0 ? gap : watch.gapUsual;
  const ratio = gap / Math.max(1, usual);
  const kept = Math.min(gap, 7 * Math.max(1, usual));
  watch.gapUsual = usual + GAP_RATE * (kept - usual);
  return ratio;
}

/**
 * The store sold in this hour: each till's transactions against what the others' make expect. Returns the tills that
 * spoke again and those whose silence is out of all proportion. One that was silent for weeks is no till of the store any more: it
 * is not offline, and its place is another's.
 */
export function watchTills(
  watch: StoreWatch,
  { silenceMax, endMs }: { silenceMax: number; endMs: number },
): { back: TillWatch[]; offline: TillWatch[] } {
  const total = watch.tills.reduce((sum, { transactions }) => sum + transactions, 0);
  const back: TillWatch[] = [];
  const offline: TillWatch[] = [];
  for (let at = watch.tills.length - 1; at >= 0; at--) {
    if (watch.tills[at].lastMs >= endMs - TILL_GONE_MS) continue;
    back.push(...watch.tills.splice(at, 1));
    watch.lastTill = -1;
  }
  if (total === 0) return { back, offline };
  for (const till of watch.tills) {
    const own = till.transactions;
    const limit = silenceMax + 1.5 * till.silenceUsual;
    till.transactions = 0;
    if (own > 0) {
      if (till.incident) back.push(till);
      // Tills that nobody sits at every day teach how long they may be silent; a dead one teaches a little of that.
      till.silenceUsual = Math.max(0.998 * till.silenceUsual, Math.min(till.silence, limit));
      till.silence = 0;
    } else {
      till.silence += ((total - own) * till.share) / Math.max(0.05, 1 - till.share);
      if (!till.incident && till.hours >= TILL_HOURS_MIN && till.silence > limit) offline.push(till);
    }
    if (!till.incident) {
      till.hours++;
      till.share += Math.max(TILL_RATE, 1 / (till.hours + 1)) * (own / total - till.share);
    }
  }
  return { back, offline };
}

/** Hours of sales after which a till may be called offline. */
const TILL_HOURS_MIN = 48;
/** Silence after which a till is gone for good. */
const TILL_GONE_MS = 14 * 24 * HOUR_MS;

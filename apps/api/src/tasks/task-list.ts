import type { Signal } from '@gondola/events';
import { offsetMsAt } from '../shelves/store-clock.js';

/** Looks that a store is asked for in one shift: more are not done, and then none of them well. */
export const TASKS_PER_SHIFT = 10;
/** Local hours at which shifts begin. */
const SHIFT_HOURS = [6, 14, 22];
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

export interface Shift {
  readonly fromMs: number;
  readonly untilMs: number;
}

/** The shift that `nowMs` is in, by the store's clock; by UTC where its zone is not known. */
export function shiftAt(nowMs: number, timeZone: string | undefined): Shift {
  const offsetMs = offsetMsAt(timeZone, nowMs);
  const dayMs = Math.floor((nowMs + offsetMs) / DAY_MS) * DAY_MS - offsetMs;
  const starts = [-1, 0, 1].flatMap((day) =>
    SHIFT_HOURS.map((hour) => dayMs + day * DAY_MS + hour * HOUR_MS),
  );
  const next = starts.findIndex((startMs) => startMs > nowMs);
  return { fromMs: starts[next - 1], untilMs: starts[next] };
}

/** What saves most by being looked at a minute earlier comes first; what has no price by its demand, after what has one. */
const byValuePerMinute = (left: Signal, right: Signal): number =>
  (right.valuePerMinute ?? -1) - (left.valuePerMinute ?? -1) ||
  right.probability * right.demandPerHour - left.probability * left.demandPerHour ||
  (left.signalId < right.signalId ? -1 : 1);

export interface TaskChoice {
  readonly tasks: readonly Signal[];
  /** Shelves that were looked at in this shift. */
  readonly done: number;
  /** Open shelves that nobody is asked to look at now. */
  readonly left: number;
}

/** At most ten looks in a shift, those that were made counted: what somebody has looked at is not asked for again. */
export function chooseTasks(open: readonly Signal[], lookedAt: ReadonlySet<string>): TaskChoice {
  const waiting = open.filter(({ itemId }) => !lookedAt.has(itemId)).sort(byValuePerMinute);
  const tasks = waiting.slice(0, Math.max(0, TASKS_PER_SHIFT - lookedAt.size));
  return { tasks, done: lookedAt.size, left: waiting.length - tasks.length };
}

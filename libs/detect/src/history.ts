import { HISTORY_HOURS, HISTORY_PARTS } from './shelf-state.js';

/** A shelf's ring of hours, oldest first, in units. */
export function historyOf(ring: Uint16Array, row: number, ticks: number): number[] {
  const hours: number[] = [];
  for (let j = 0; j < HISTORY_HOURS; j++) {
    hours.push(ring[row * HISTORY_HOURS + ((ticks + j) % HISTORY_HOURS)] / HISTORY_PARTS);
  }
  return hours;
}

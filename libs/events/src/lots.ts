import { hash } from 'node:crypto';
import type { Arm } from './signal.js';

const DAY_MS = 86_400_000;

/** How lots are drawn. Another `salt` draws others; nobody can tell from outside who was drawn without it. */
export interface Lottery {
  /** Of all, 0 to 1. */
  readonly share: number;
  readonly salt: string;
}

/** A number in [0, 1), uniform over what is named and the same for the same names on every machine. */
export function lotOf(...names: readonly (string | number)[]): number {
  return hash('sha256', JSON.stringify(names), 'buffer').readUIntBE(0, 6) / 2 ** 48;
}

/** By store, item and week (Monday, UTC) of `atMs`, so that the arms differ in nothing but chance. */
export function armOf(storeId: string, itemId: string, atMs: number, { share, salt }: Lottery): Arm {
  if (share <= 0) return 'treated';
  // 1970 began on a Thursday.
  const week = Math.floor((Math.floor(atMs / DAY_MS) + 3) / 7);
  return lotOf('arm', salt, storeId, itemId, week) < share ? 'hold_out' : 'treated';
}

/**
 * The check by lot of one shelf on one day (`2026-05-01`, local), null when it is not drawn. Whether the shelf has a signal
 * plays no part: so what was missed can be told from what was found.
 */
export function checkIdOf(
  storeId: string,
  itemId: string,
  day: string,
  { share, salt }: Lottery,
): string | null {
  if (lotOf('check', salt, storeId, itemId, day) >= share) return null;
  return hash('sha256', JSON.stringify(['check', storeId, itemId, day]), 'hex').slice(0, 32);
}

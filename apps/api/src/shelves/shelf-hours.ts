import type { Signal } from '@gondola/events';

const HOUR_MS = 3_600_000;

/** An hour of a shelf, as its signals tell it. */
export interface ShelfHour {
  readonly startMs: number;
  readonly soldUnits: number;
  /** What would have sold from a full shelf. */
  readonly expectedUnits: number;
  /** P(state) of the signal that was open when the hour ended, null when none was. */
  readonly probability: number | null;
  readonly kind: Signal['kind'] | null;
  /** Of the newest signal at the end of the hour, by the record and as it probably was; null where no record was known. */
  readonly onHandRecord: number | null;
  readonly onHandEstimate: number | null;
}

/**
 * The hours that `signals` (one shelf's, newest first) carry, oldest first: each has those of the day before it, and what two of them
 * carry is told by the newer one. Hours of which no signal speaks are left out: a shelf that sells as it should says nothing.
 */
export function shelfHours(signals: readonly Signal[]): ShelfHour[] {
  const units = new Map<number, Pick<ShelfHour, 'soldUnits' | 'expectedUnits'>>();
  for (const { atMs, soldLast24h, expectedLast24h } of signals) {
    const endMs = Math.floor(atMs / HOUR_MS) * HOUR_MS;
    for (const [index, soldUnits] of soldLast24h.entries()) {
      const startMs = endMs - (soldLast24h.length - index) * HOUR_MS;
      if (!units.has(startMs)) units.set(startMs, { soldUnits, expectedUnits: expectedLast24h[index] ?? 0 });
    }
  }
  const known = signals.toReversed();
  let next = 0;
  return [...units]
    .sort(([left], [right]) => left - right)
    .map(([startMs, sums]) => {
      while (next < known.length && known[next].atMs <= startMs + HOUR_MS) next++;
      return { startMs, ...sums, ...stateAfter(known[next - 1]) };
    });
}

function stateAfter(signal: Signal | undefined): Omit<ShelfHour, 'startMs' | 'soldUnits' | 'expectedUnits'> {
  const { onHandRecord = null, onHandEstimate = null } = signal ?? {};
  const open = signal?.kind === 'recovered' ? undefined : signal;
  return { probability: open?.probability ?? null, kind: open?.kind ?? null, onHandRecord, onHandEstimate };
}

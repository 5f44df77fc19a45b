import type { ShelfVerdict } from '@gondola/events';

/** Somebody says that a shelf is empty and nothing fills it: a verdict NONE_IN_STORE, or a count of nothing. */
export interface Zero {
  readonly id: string;
  readonly storeId: string;
  /** Null: not known; then those of the store that nobody signed are taken together. */
  readonly actor: string | null;
  readonly atMs: number;
}

export interface MassZeroingOptions {
  /** Fewer in a row are nobody's habit. */
  readonly zerosMin?: number;
  /** To walk to a shelf and its backroom and look takes at least so long. */
  readonly checkMsMin?: number;
  /** A row is more than so many times as long as the usual one of this actor. */
  readonly timesUsual?: number;
}

/** Zeros in quick succession. */
export interface MassZeroing {
  readonly storeId: string;
  readonly actor: string | null;
  readonly fromMs: number;
  readonly untilMs: number;
  readonly ids: readonly string[];
}

const DEFAULTS = { zerosMin: 8, checkMsMin: 20_000, timesUsual: 3 };

/**
 * Rows of zeros that one actor gave faster than anybody can check, and far longer than that actor's usual ones (the mean of
 * all other rows, at least 1). What is in them was not looked at, so it teaches nothing and counts for nothing.
 */
export function massZeroings(
  zeros: readonly Zero[],
  options: MassZeroingOptions = {},
): readonly MassZeroing[] {
  const { zerosMin, checkMsMin, timesUsual } = { ...DEFAULTS, ...options };
  const sources = Map.groupBy(zeros, ({ storeId, actor }) => JSON.stringify([storeId, actor]));
  return [...sources.values()].flatMap((ofSource) => {
    const rows = rowsOf(ofSource, checkMsMin);
    const others = ofSource.length;
    return rows
      .filter((row) => {
        const usual = rows.length > 1 ? (others - row.length) / (rows.length - 1) : 1;
        return row.length >= zerosMin && row.length > timesUsual * Math.max(1, usual);
      })
      .map((row) => ({
        ...{ storeId: row[0].storeId, actor: row[0].actor },
        ...{ fromMs: row[0].atMs, untilMs: row[row.length - 1].atMs },
        ids: row.map(({ id }) => id),
      }));
  });
}

/** Zeros that follow each other within `gapMs`, in order. */
function rowsOf(zeros: readonly Zero[], gapMs: number): Zero[][] {
  const rows: Zero[][] = [];
  let lastMs = -Infinity;
  for (const zero of zeros.toSorted((a, b) => a.atMs - b.atMs)) {
    if (zero.atMs - lastMs >= gapMs) rows.push([]);
    rows[rows.length - 1].push(zero);
    lastMs = zero.atMs;
  }
  return rows;
}

export const zerosOf = (verdicts: readonly ShelfVerdict[]): readonly Zero[] =>
  verdicts
    .filter(({ verdict }) => verdict === 'NONE_IN_STORE')
    .map(({ eventId: id, storeId, actor, atMs }) => ({ id, storeId, actor, atMs }));

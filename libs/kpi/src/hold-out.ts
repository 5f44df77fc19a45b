import type { Arm } from '@gondola/events';
import type { Episode } from './episodes.js';
import { studentT, type Estimate } from './intervals.js';

const WEEK_MS = 7 * 86_400_000;

export interface ArmSide {
  readonly episodes: number;
  /** Shelf-weeks: what was drawn. */
  readonly drawn: number;
  /** Money lost an episode. */
  readonly lostSalesMean: number;
}

/** What showing signals brings, from chance alone: nobody was shown those of the hold-out arm. */
export interface ArmDifference {
  readonly currency: string | null;
  readonly treated: ArmSide;
  readonly holdOut: ArmSide;
  /** Money that an episode loses more where it is held out. 95 % interval. */
  readonly recoveredPerEpisode: Estimate;
  /** The same for all treated episodes. */
  readonly recovered: Estimate;
}

type Priced = Episode & { readonly lostSales: number };

/**
 * Of episodes that are over and priced in `currency`. What was drawn by lot are shelf-weeks, and those of one are alike: so the mean
 * of an arm is the ratio of its sums, its variance that of shelf-weeks around it, and the interval Welch's. Null unless
 * both arms have two of them.
 */
export function armDifference(episodes: readonly Episode[], currency: string | null): ArmDifference | null {
  const over = episodes.filter(
    (one): one is Priced => one.endedAtMs !== null && one.lostSales !== null && one.currency === currency,
  );
  // The smaller one first: where it is off, the many others need not be put together.
  const holdOut = sideOf(over, 'hold_out');
  if (holdOut.drawn < 2) return null;
  const treated = sideOf(over, 'treated');
  if (treated.drawn < 2) return null;
  const difference = holdOut.lostSalesMean - treated.lostSalesMean;
  const variance = treated.variance + holdOut.variance;
  // Arms without any spread have an interval without width.
  const degrees =
    variance === 0
      ? Infinity
      : variance ** 2 /
        (treated.variance ** 2 / (treated.drawn - 1) + holdOut.variance ** 2 / (holdOut.drawn - 1));
  const half = studentT(degrees) * Math.sqrt(variance);
  const times = (count: number): Estimate => ({
    value: difference * count,
    low: (difference - half) * count,
    high: (difference + half) * count,
  });
  const shown = ({ variance: _, ...side }: typeof treated): ArmSide => side;
  return {
    currency,
    ...{ treated: shown(treated), holdOut: shown(holdOut) },
    ...{ recoveredPerEpisode: times(1), recovered: times(treated.episodes) },
  };
}

function sideOf(episodes: readonly Priced[], arm: Arm): ArmSide & { readonly variance: number } {
  const ofArm = episodes.filter((one) => one.arm === arm);
  const sum = ofArm.reduce((total, { lostSales }) => total + lostSales, 0);
  const mean = ofArm.length === 0 ? 0 : sum / ofArm.length;
  const clusters = [...Map.groupBy(ofArm, shelfWeekOf).values()];
  const squares = clusters.reduce(
    (total, cluster) => total + cluster.reduce((rest, { lostSales }) => rest + lostSales - mean, 0) ** 2,
    0,
  );
  const drawn = clusters.length;
  const variance = drawn < 2 ? 0 : (squares * drawn) / (drawn - 1) / ofArm.length ** 2;
  return { episodes: ofArm.length, drawn, lostSalesMean: mean, variance };
}

/** As `armOf` draws: Monday, UTC, 1970 having begun on a Thursday. */
const shelfWeekOf = ({ storeId, itemId, openedAtMs }: Episode): string =>
  JSON.stringify([storeId, itemId, Math.floor((openedAtMs + 3 * (WEEK_MS / 7)) / WEEK_MS)]);

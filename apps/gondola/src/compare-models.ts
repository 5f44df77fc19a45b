import { brierGain, Labels, measuresOf, type Judged, type Measures, type Model } from '@gondola/detect';
import { readOutcomes } from '@gondola/detect-service';
import type { ObjectStore } from '@gondola/stream';
import { believe, type BelieveOptions } from './believe.js';
import { readLabels, type LabelSource } from './silver-labels.js';

/** A gain of less than two standard errors may be chance. */
const ERRORS_MIN = 2;
/** Looks, and shelves found empty among them, without which nothing is said. */
const LOOKS_MIN = 100;
const OUT_MIN = 20;

export interface Comparison {
  readonly looks: number;
  readonly out: number;
  readonly champion: Measures;
  readonly challenger: Measures;
  /** By how much the challenger's Brier score is less, and the standard error of that, by store. */
  readonly gain: number;
  readonly gainError: number;
  readonly verdict: 'better' | 'worse' | 'no_difference' | 'too_few_looks';
}

interface Pair {
  readonly storeId: string;
  readonly first: Judged;
  readonly second: Judged;
}

/** By what both believed, live, whenever somebody looked. */
export async function compareLive(
  store: ObjectStore,
  environment: string,
  bout: { champion: string; challenger: string },
): Promise<Comparison> {
  const outcomes = await readOutcomes(store, environment, bout);
  return comparisonOf(
    outcomes.map(({ storeId, isOut, champion, challenger }) => ({
      storeId,
      first: { probability: champion, isOut, weight: 1 },
      second: { probability: challenger, isOut, weight: 1 },
    })),
  );
}

/** By what each would have believed: both run over silver. */
export async function compareOnSilver(
  options: Omit<BelieveOptions, 'labels' | 'model' | 'onBelief'> & {
    readonly sources: readonly LabelSource[];
  },
  models: { readonly champion: Model; readonly challenger: Model },
): Promise<Comparison> {
  const labels = new Labels(await readLabels(options, options));
  const [first, second] = [
    await judgedBy({ ...options, labels, model: models.champion }),
    await judgedBy({ ...options, labels, model: models.challenger }),
  ];
  // Both went through the same events: their beliefs come in the same order.
  return comparisonOf(first.map((one, at) => ({ ...one, second: second[at].first })));
}

async function judgedBy(options: Omit<BelieveOptions, 'onBelief'>): Promise<Omit<Pair, 'second'>[]> {
  const judged: Omit<Pair, 'second'>[] = [];
  await believe({
    ...options,
    onBelief: ({ label: { storeId, isOut, weight }, probability }) =>
      judged.push({ storeId, first: { probability, isOut, weight } }),
  });
  return judged;
}

function comparisonOf(pairs: readonly Pair[]): Comparison {
  const out = pairs.filter(({ first }) => first.isOut).length;
  const { gain, error } = brierGain(pairs);
  const isEnough = pairs.length >= LOOKS_MIN && out >= OUT_MIN;
  const isClear = Math.abs(gain) >= ERRORS_MIN * error;
  const side = gain > 0 ? 'better' : 'worse';
  return {
    ...{ looks: pairs.length, out, gain, gainError: error },
    champion: measuresOf(pairs.map(({ first }) => first)),
    challenger: measuresOf(pairs.map(({ second }) => second)),
    verdict: !isEnough ? 'too_few_looks' : isClear ? side : 'no_difference',
  };
}

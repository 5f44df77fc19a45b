import type { ShelfVerdict } from '@gondola/events';
import { episodesOf, type Episode, type KpiSignal } from './episodes.js';
import {
  judgementsOf,
  NONE_LEFT_OUT,
  type JudgementOptions,
  type Judgements,
  type LeftOut,
} from './judgements.js';
import { standingVerdicts } from './standing.js';

/** Episodes count where their alert is, verdicts where the look is: from `fromMs` on, before `untilMs`. */
export interface Period {
  readonly fromMs: number;
  readonly untilMs: number;
}

export interface ToldInput extends Period {
  readonly signals: readonly KpiSignal[];
  readonly verdicts: readonly ShelfVerdict[];
}

/** What signals and verdicts say within a period, put together once for all that is told of it. */
export interface Told {
  readonly verdicts: readonly ShelfVerdict[];
  /** Each TAKEN that stands. */
  readonly takings: readonly ShelfVerdict[];
  readonly judged: Judgements['judged'];
  readonly checked: Judgements['checked'];
  readonly episodes: readonly Episode[];
  /** Whose time out lies within the period, in part at least: also those whose alert came before or after it. */
  readonly lasting: readonly Episode[];
  /** Of any time. */
  readonly all: Judgements;
}

export function toldIn(input: ToldInput, options: JudgementOptions): Told {
  const within = (timeMs: number) => timeMs >= input.fromMs && timeMs < input.untilMs;
  const all = judgementsOf(input.signals, input.verdicts, options);
  const episodes = episodesOf(input.signals);
  const { standing, takings } = standingVerdicts(input.verdicts);
  return {
    all,
    verdicts: standing.filter(({ atMs }) => within(atMs)),
    takings: takings.filter(({ atMs }) => within(atMs)),
    judged: all.judged.filter(({ verdict }) => within(verdict.atMs)),
    checked: all.checked.filter(({ verdict }) => within(verdict.atMs)),
    episodes: episodes.filter(({ alert }) => within(alert.atMs)),
    lasting: episodes.filter((one) => outMsWithin(one, input) > 0),
  };
}

/** What is told of a chain, from what is told of each of its stores: no episode and no look is of two. */
export function toldTogether(stores: readonly Told[]): Told {
  const all = stores.map((told) => told.all);
  return {
    all: {
      judged: all.flatMap(({ judged }) => judged),
      checked: all.flatMap(({ checked }) => checked),
      massZeroings: all.flatMap(({ massZeroings }) => massZeroings),
      leftOut: sumOf(all.map(({ leftOut }) => leftOut)),
    },
    verdicts: stores.flatMap(({ verdicts }) => verdicts),
    takings: stores.flatMap(({ takings }) => takings),
    judged: stores.flatMap(({ judged }) => judged),
    checked: stores.flatMap(({ checked }) => checked),
    episodes: stores.flatMap(({ episodes }) => episodes),
    lasting: stores.flatMap(({ lasting }) => lasting),
  };
}

function sumOf(counts: readonly Judgements['leftOut'][]): Judgements['leftOut'] {
  const sum = { ...NONE_LEFT_OUT };
  for (const reason of Object.keys(sum) as LeftOut[]) for (const one of counts) sum[reason] += one[reason];
  return sum;
}

/** Milliseconds of a period in which the shelf was taken to be empty, times P(out). One that is not over lasts to the period's end. */
export function outMsWithin({ alert, endedAtMs }: Episode, { fromMs, untilMs }: Period): number {
  const endMs = Math.min(endedAtMs ?? untilMs, untilMs);
  return alert.probability * Math.max(0, endMs - Math.max(alert.sinceMs, fromMs));
}

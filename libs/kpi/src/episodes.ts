import type { Arm, Signal, SignalKind } from '@gondola/events';

/** What the numbers need of a signal: those who hold many of them need not hold the rest. */
export type KpiSignal = Pick<
  Signal,
  | 'signalId'
  | 'episodeId'
  | 'storeId'
  | 'itemId'
  | 'kind'
  | 'atMs'
  | 'sinceMs'
  | 'probability'
  | 'arm'
  | 'lostSales'
  | 'lostSalesLow'
  | 'lostSalesHigh'
  | 'currency'
  | 'modelVersion'
>;

/** Kinds that say that a shelf is empty or nearly so: somebody who looks can say whether it is true. */
export const OUT_KINDS: ReadonlySet<SignalKind> = new Set(['out_of_stock', 'phantom', 'silent', 'partial']);

/** One stockout as the detector told it, from its first signal to `recovered`. */
export interface Episode {
  readonly episodeId: string;
  readonly storeId: string;
  readonly itemId: string;
  readonly arm: Arm;
  /** Of the episode's first signal, also when that was `coming`. */
  readonly openedAtMs: number;
  /** The first signal that said that the shelf is empty. */
  readonly alert: KpiSignal;
  /** Null: not over. */
  readonly endedAtMs: number | null;
  /** Of its last signal: the whole episode's when it is over. Null: no price is known. */
  readonly lostSales: number | null;
  readonly lostSalesLow: number | null;
  readonly lostSalesHigh: number | null;
  readonly currency: string | null;
  readonly signalIds: readonly string[];
}

/** In the order of their alerts. Episodes that never said that a shelf is empty are none. Signals may come in any order. */
export function episodesOf(signals: Iterable<KpiSignal>): readonly Episode[] {
  const ordered = inOrder(signals);
  const episodes = [...Map.groupBy(ordered, ({ episodeId }) => episodeId)].flatMap(([episodeId, of]) => {
    const alert = of.find(({ kind }) => OUT_KINDS.has(kind));
    if (!alert) return [];
    const last = of[of.length - 1];
    const { storeId, itemId, arm } = alert;
    const { lostSales, lostSalesLow, lostSalesHigh, currency } = last;
    return {
      ...{ episodeId, storeId, itemId, arm, alert, openedAtMs: of[0].atMs },
      endedAtMs: last.kind === 'recovered' ? last.atMs : null,
      ...{ lostSales, lostSalesLow, lostSalesHigh, currency },
      signalIds: of.map(({ signalId }) => signalId),
    };
  });
  return episodes.sort((a, b) => a.alert.atMs - b.alert.atMs);
}

/** Those with most episodes first, whatever their order is. */
export function currenciesOf(episodes: readonly Episode[]): readonly (string | null)[] {
  const counts = new Map<string | null, number>();
  for (const { currency } of episodes) counts.set(currency, (counts.get(currency) ?? 0) + 1);
  const byCount = [...counts].sort(
    ([left, many], [right, most]) => most - many || ((left ?? '') < (right ?? '') ? -1 : 1),
  );
  return byCount.map(([currency]) => currency);
}

/** By time; what ends an episode after what is said of it at the same moment. Signals of the same id once. */
export function inOrder<S extends KpiSignal>(signals: Iterable<S>): readonly S[] {
  const byId = new Map<string, S>();
  for (const signal of signals) byId.set(signal.signalId, signal);
  const rank = ({ kind }: S) => Number(kind === 'recovered');
  return [...byId.values()].sort((a, b) => a.atMs - b.atMs || rank(a) - rank(b));
}

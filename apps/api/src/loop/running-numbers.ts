import type { ShelfVerdict, Signal } from '@gondola/events';
import {
  judgementsOf,
  loopNumbersOfTold,
  precisionBy,
  toldIn,
  toldTogether,
  type KpiOptions,
  type LoopNumbers,
  type Period,
  type Precision,
  type Told,
} from '@gondola/kpi';
import { inTurns } from '@gondola/stream';
import { OneAtATime } from '../one-at-a-time.js';
import { refuse } from '../refusals.js';
import type { SignalStore } from '../signals/signal-store.js';
import type { VerdictStore } from './verdict-store.js';

/** Who asks for all stores waits for those before, the one that is counted among them: each takes seconds and some hundred megabytes for a million signals. */
const CHAIN_WAITING_MAX = 8;

/** The numbers of the closed loop over the signals and verdicts that are kept. */
export class RunningNumbers {
  private readonly chain = new OneAtATime(CHAIN_WAITING_MAX);
  private memo: { readonly key: string; readonly byKind: ReadonlyMap<string, Precision> } | null = null;

  constructor(
    private readonly signals: SignalStore,
    private readonly verdicts: VerdictStore,
    private readonly options: KpiOptions,
  ) {}

  /** `storeId` undefined: of all stores. Errors: 503 when too many ask for those. */
  async of(storeId: string | undefined, period: Period): Promise<LoopNumbers> {
    const [numbers] = await this.ofEach(storeId, [period]);
    return numbers;
  }

  /** Of each period; errors as `of`. */
  async ofEach(storeId: string | undefined, periods: readonly Period[]): Promise<LoopNumbers[]> {
    if (storeId !== undefined)
      return periods.map((one) => loopNumbersOfTold(this.toldOf(storeId, one), one, this.options));
    if (this.chain.isFull) throw refuse(503, 'too many ask for all stores: try again in a moment');
    return this.chain.run(async () => {
      const all: LoopNumbers[] = [];
      for (const period of periods) all.push(await inTurns(this.ofChain(period)));
      return all;
    });
  }

  /** Of everything that is kept; put together anew when something came. */
  precisionByKind(): ReadonlyMap<string, Precision> {
    const key = `${this.signals.arrivedTotal}/${this.verdicts.version}`;
    if (this.memo?.key !== key) {
      const { judged } = judgementsOf(this.lookedAt(), this.verdicts.all(), this.options);
      this.memo = { key, byKind: precisionBy(judged, ({ kind }) => kind) };
    }
    return this.memo.byKind;
  }

  /** Judgements need no other signals than those of shelves that somebody spoke of: some thousands of a million. */
  private *lookedAt(): Iterable<Signal> {
    const seen = new Set<string>();
    for (const verdict of this.verdicts.all()) {
      const judged = verdict.signalId === null ? undefined : this.signals.signalOf(verdict.signalId);
      for (const { storeId, itemId } of judged ? [judged, verdict] : [verdict]) {
        const shelf = JSON.stringify([storeId, itemId]);
        if (seen.has(shelf)) continue;
        seen.add(shelf);
        yield* this.signals.query({ storeId, itemId, arm: 'all' }, Infinity).signals;
      }
    }
  }

  /** A million signals are seconds of work: store by store, between which others are answered. */
  private *ofChain(period: Period): Generator<void, LoopNumbers, void> {
    const verdicts = Map.groupBy(this.verdicts.all(), (one) => one.storeId);
    const told: Told[] = [];
    for (const storeId of new Set([...this.signals.lastAtMsByStore.keys(), ...verdicts.keys()])) {
      told.push(this.toldOf(storeId, period, verdicts.get(storeId)));
      yield;
    }
    return loopNumbersOfTold(toldTogether(told), period, this.options);
  }

  private toldOf(storeId: string, period: Period, verdicts = this.verdictsOf(storeId)): Told {
    const { signals } = this.signals.query({ storeId, arm: 'all' }, Infinity);
    return toldIn({ signals, verdicts, ...period }, this.options);
  }

  private verdictsOf(storeId: string): ShelfVerdict[] {
    return [...this.verdicts.all()].filter((one) => one.storeId === storeId);
  }
}

import type { Signal } from '@gondola/events';
import {
  judgementsOf,
  loopNumbers,
  precisionBy,
  type KpiOptions,
  type LoopNumbers,
  type Precision,
} from '@gondola/kpi';
import type { SignalStore } from '../signals/signal-store.js';
import type { VerdictStore } from './verdict-store.js';

/** The numbers of the closed loop over the signals and verdicts that are kept. */
export class RunningNumbers {
  private memo: { readonly key: string; readonly byKind: ReadonlyMap<string, Precision> } | null = null;

  constructor(
    private readonly signals: SignalStore,
    private readonly verdicts: VerdictStore,
    private readonly options: KpiOptions,
  ) {}

  of(storeId: string | undefined, fromMs: number, untilMs: number): LoopNumbers {
    const verdicts = [...this.verdicts.all()].filter(
      (one) => storeId === undefined || one.storeId === storeId,
    );
    return loopNumbers({ signals: this.signalsOf(storeId), verdicts, fromMs, untilMs }, this.options);
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

  private signalsOf(storeId: string | undefined) {
    return this.signals.query({ storeId, arm: 'all' }, Infinity).signals;
  }
}

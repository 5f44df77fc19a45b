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
      const { judged } = judgementsOf(this.signalsOf(undefined), this.verdicts.all(), this.options);
      this.memo = { key, byKind: precisionBy(judged, ({ kind }) => kind) };
    }
    return this.memo.byKind;
  }

  private signalsOf(storeId: string | undefined) {
    return this.signals.query({ storeId, arm: 'all' }, Infinity).signals;
  }
}

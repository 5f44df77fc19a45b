import type { EventBatch, Signal } from '@gondola/events';
import type { PartitionSignals } from '@gondola/sink-lake';
import { SetupError, type Stage } from '@gondola/stream';
import type { Detector } from './detector.js';
import type { Rivals } from './model-source.js';
import type { Reference } from './reference.js';
import { inRecordOrder, type PlacedStore } from './record-order.js';

export interface DetectStageDeps {
  /** The engine as it was when its partition last committed, or a new one. */
  readonly restore: (partition: string) => Promise<Detector>;
  /** Asked before each batch. */
  readonly rivals: () => Rivals;
  /** Whether silent stores move on by the clock. */
  readonly advanceByClock: boolean;
  /** Told how many rows of a batch came after their hour was over. */
  readonly onLate: (rows: number) => void;
  /** Completes events. */
  readonly reference: Pick<Reference, 'completed'>;
}

export interface DetectStage extends Stage<readonly EventBatch[], readonly PartitionSignals[]> {
  /** The state of one partition as of the last batch. */
  snapshot(partition: string): Uint8Array;
  /** Hash of the model that the partition is scored by. */
  modelOf(partition: string): string;
  /** Event time below which every hour of every store is decided, null when no store is known. */
  checkedUntilMs(): number | null;
  /** Stores may be elsewhere than they were: asks their engines to look. */
  placeStores(): void;
}

/** Events -> signals, with one engine for each partition: a partition is what is handed over between processes. */
export function createDetectStage({
  restore,
  rivals,
  advanceByClock,
  onLate,
  reference,
}: DetectStageDeps): DetectStage {
  const engines = new Map<string, Detector>();

  function engineOf(partition: string): Detector {
    const engine = engines.get(partition);
    if (engine) return engine;
    throw new Error(`no detection state for partition ${partition}: it was never assigned`);
  }

  return {
    name: 'detect',
    async assigned(starts) {
      engines.clear();
      for (const partition of starts.keys()) engines.set(partition, await restore(partition));
    },
    run(batches, { records }) {
      const engine = engineOf(records.partition);
      engine.use(rivals());
      const signals: Signal[] = [];
      const lateBefore = engine.counts.lateRows;
      for (const part of inRecordOrder(batches)) {
        if (part.kind === 'store') placeStore(engine, part.store);
        else signals.push(...engine.apply(reference.completed(part.events)));
      }
      if (engine.counts.lateRows > lateBefore) onLate(engine.counts.lateRows - lateBefore);
      return { value: [{ partition: records.partition, signals }], rejected: [] };
    },
    idle(nowMs, caughtUp) {
      for (const partition of caughtUp) engineOf(partition).use(rivals());
      if (!advanceByClock) return null;
      const all = caughtUp.map((partition) => ({ partition, signals: engineOf(partition).advance(nowMs) }));
      return all.some(({ signals }) => signals.length > 0) ? all : null;
    },
    snapshot: (partition) => engineOf(partition).toBytes(),
    modelOf: (partition) => engineOf(partition).model.hash,
    checkedUntilMs() {
      const known = [...engines.values()].flatMap((engine) => engine.checkedUntilMs() ?? []);
      return known.length === 0 ? null : Math.min(...known);
    },
    placeStores() {
      for (const engine of engines.values()) engine.placeStores();
    },
  };
}

function placeStore(engine: Detector, { storeId, timeZone, city }: PlacedStore): void {
  try {
    engine.setStore(storeId, { timeZone, city });
  } catch (error) {
    // A zone that this machine does not know: the store keeps the one it had.
    if (!(error instanceof SetupError)) throw error;
  }
}

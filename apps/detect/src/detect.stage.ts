import type { Engine, SumsRecord } from '@gondola/detect';
import type { EventBatch, Signal } from '@gondola/events';
import { SetupError, type Stage } from '@gondola/stream';
import type { PartitionFindings } from './detect.pipeline.js';
import type { Reference } from './reference.js';
import { inRecordOrder, type PlacedStore } from './record-order.js';

export interface DetectStageDeps {
  /** The engine as it was when its partition last committed, or a new one. */
  readonly restore: (partition: string) => Promise<Engine>;
  /** Whether silent stores move on by the clock. */
  readonly advanceByClock: boolean;
  /** Told how many rows of a batch came after their hour was over. */
  readonly onLate: (rows: number) => void;
  /** Names a partition's sums among those of all detectors. */
  readonly senderOf: (partition: string) => string;
  /** Sums that others have told so far. */
  readonly told: () => readonly SumsRecord[];
  /** Completes events. */
  readonly reference: Pick<Reference, 'completed'>;
}

export interface DetectStage extends Stage<readonly EventBatch[], readonly PartitionFindings[]> {
  /** The state of one partition as of the last batch. */
  snapshot(partition: string): Uint8Array;
  /** Event time below which every hour of every store is decided, null when no store is known. */
  checkedUntilMs(): number | null;
  /** What another detector says of its stores; its own partitions' are known. */
  takeSums(record: SumsRecord): void;
  /** Stores may be elsewhere than they were: asks their engines to look. */
  placeStores(): void;
}

/** Events -> signals, with one engine for each partition: a partition is what is handed over between processes. */
export function createDetectStage({
  restore,
  advanceByClock,
  onLate,
  reference,
  senderOf,
  told,
}: DetectStageDeps): DetectStage {
  const engines = new Map<string, Engine>();

  function engineOf(partition: string): Engine {
    const engine = engines.get(partition);
    if (engine) return engine;
    throw new Error(`no detection state for partition ${partition}: it was never assigned`);
  }

  const hear = (partition: string, engine: Engine, record: SumsRecord) => {
    if (record.sender !== senderOf(partition)) engine.addSums(record);
  };

  return {
    name: 'detect',
    async assigned(starts) {
      engines.clear();
      for (const partition of starts.keys()) {
        const engine = await restore(partition);
        for (const record of told()) hear(partition, engine, record);
        engines.set(partition, engine);
      }
    },
    run(batches, { records }) {
      const engine = engineOf(records.partition);
      const signals: Signal[] = [];
      const lateBefore = engine.counts.lateRows;
      for (const part of inRecordOrder(batches)) {
        if (part.kind === 'store') placeStore(engine, part.store);
        else signals.push(...engine.apply(reference.completed(part.events)));
      }
      if (engine.counts.lateRows > lateBefore) onLate(engine.counts.lateRows - lateBefore);
      const incidents = engine.takeIncidents();
      const sums = engine.takeSums(senderOf(records.partition));
      return { value: [{ partition: records.partition, signals, incidents, sums }], rejected: [] };
    },
    idle(nowMs, caughtUp) {
      if (!advanceByClock) return null;
      const all = caughtUp.map((partition) => {
        const engine = engineOf(partition);
        const signals = engine.advance(nowMs);
        const [incidents, sums] = [engine.takeIncidents(), engine.takeSums(senderOf(partition))];
        return { partition, signals, incidents, sums };
      });
      const isNews = all.some(
        ({ signals, incidents, sums }) => signals.length + incidents.length + sums.length > 0,
      );
      return isNews ? all : null;
    },
    snapshot: (partition) => engineOf(partition).toBytes(),
    checkedUntilMs() {
      const known = [...engines.values()].flatMap((engine) => engine.checkedUntilMs() ?? []);
      return known.length === 0 ? null : Math.min(...known);
    },
    takeSums(record) {
      for (const [partition, engine] of engines) hear(partition, engine, record);
    },
    placeStores() {
      for (const engine of engines.values()) engine.placeStores();
    },
  };
}

function placeStore(engine: Engine, { storeId, timeZone, city }: PlacedStore): void {
  try {
    engine.setStore(storeId, { timeZone, city });
  } catch (error) {
    // A zone that this machine does not know: the store keeps the one it had.
    if (!(error instanceof SetupError)) throw error;
  }
}

import type { EventBatch } from '@gondola/events';
import type { PartitionSignals, StateCopy } from '@gondola/sink-lake';
import type { Position, Stage } from '@gondola/stream';
import { markToText } from './marks.js';
import { PartitionDetection, type DetectionStart } from './partition-detection.js';

export interface DetectStageDeps {
  /** The engine as its partition's last snapshot has it, or a new one at `start`. */
  readonly restore: (partition: string, start: Position) => Promise<DetectionStart>;
  /** Keeps a mark with the partition's next commit. */
  readonly note: (partition: string, mark: string) => void;
  /** Whether silent stores move on by the clock. */
  readonly advanceByClock: boolean;
  /** Told how many rows of a batch came after their hour was over. */
  readonly onLate: (rows: number) => void;
}

export interface DetectStage extends Stage<readonly EventBatch[], readonly PartitionSignals[]> {
  /** Begins a copy of one partition's state as of the last batch. */
  copy(partition: string): StateCopy;
  /** Event time below which every hour of every store is decided, null when no store is known. */
  checkedUntilMs(): number | null;
  /** Stores may be elsewhere than they were: asks their engines to look. */
  placeStores(): void;
}

/** Events -> signals, with one engine for each partition: a partition is what is handed over between processes. */
export function createDetectStage({ restore, note, advanceByClock, onLate }: DetectStageDeps): DetectStage {
  const all = new Map<string, PartitionDetection>();

  function detectionOf(partition: string): PartitionDetection {
    const detection = all.get(partition);
    if (detection) return detection;
    throw new Error(`no detection state for partition ${partition}: it was never assigned`);
  }

  return {
    name: 'detect',
    async assigned(starts) {
      all.clear();
      for (const [partition, start] of starts) {
        const keep = (mark: Parameters<typeof markToText>[0]) => note(partition, markToText(mark));
        all.set(partition, new PartitionDetection(partition, await restore(partition, start), keep));
      }
    },
    run(batches, { records }) {
      const detection = detectionOf(records.partition);
      const { counts } = detection.engine;
      const lateBefore = counts.lateRows;
      const { isReplaying } = detection;
      const value = detection.run(batches, records);
      // Those of a replay were counted before.
      if (counts.lateRows > lateBefore && !isReplaying) onLate(counts.lateRows - lateBefore);
      return { value, rejected: [] };
    },
    idle(nowMs, caughtUp) {
      const value = caughtUp.flatMap((partition) => {
        const detection = detectionOf(partition);
        const replayed = detection.finishReplay();
        const signals = advanceByClock ? detection.advance(nowMs) : [];
        return signals.length > 0 ? [...replayed, { partition, signals }] : replayed;
      });
      return value.length > 0 ? value : null;
    },
    copy: (partition) => detectionOf(partition).copy(),
    checkedUntilMs() {
      const known = [...all.values()].flatMap(({ engine }) => engine.checkedUntilMs() ?? []);
      return known.length === 0 ? null : Math.min(...known);
    },
    placeStores() {
      for (const detection of all.values()) detection.placeStores();
    },
  };
}

import type { Engine, EngineCounts, SumsRecord } from '@gondola/detect';
import { releaseBatch, type EventBatch } from '@gondola/events';
import type { StateCopy } from '@gondola/sink-lake';
import {
  DOUBT_REASONS,
  KnownTexts,
  type DoubtReason,
  type PipelineObserver,
  type Position,
  type Stage,
} from '@gondola/stream';
import type { PartitionFindings } from './detect.pipeline.js';
import { markToText } from './marks.js';
import type { Rivals } from './model-source.js';
import {
  PartitionDetection,
  SHELVES_AT_ONCE,
  type DetectionStart,
  type SumsBetween,
} from './partition-detection.js';

/** What the engine counts of each reason. */
const DOUBTED = { ahead: 'aheadRows', repeated: 'repeatedRows', units: 'oddRows' } as const satisfies Record<
  DoubtReason,
  keyof EngineCounts
>;

export interface DetectStageDeps {
  /** The engine as its partition's last snapshot has it, or a new one at `start`. */
  readonly restore: (partition: string, start: Position) => Promise<DetectionStart>;
  /** Keeps a mark with the partition's next commit. */
  readonly note: (partition: string, mark: string) => void;
  /** Asked before each batch: who scores it. */
  readonly rivals: () => Rivals;
  /** Whether silent stores move on by the clock. */
  readonly advanceByClock: boolean;
  /** Told how many rows of a batch came after their hour was over, and how many were not taken as they say. */
  readonly observer: Pick<PipelineObserver, 'late' | 'doubted'>;
  readonly sums: SumsBetween;
}

export interface DetectStage extends Stage<readonly EventBatch[], readonly PartitionFindings[]> {
  /** Begins a copy of one partition's state as of the last batch. */
  copy(partition: string): StateCopy;
  /** Event time below which every hour of every store is decided, null when no store is known. */
  checkedUntilMs(): number | null;
  /** Of the partitions that are ours now. */
  engines(): readonly Engine[];
  /** Hours of stores judged since the process started. */
  ticks(): number;
  /** What another detector says of its stores. */
  hear(record: SumsRecord): void;
  /** Stores may be elsewhere than they were: asks their engines to look. */
  placeStores(): void;
}

/** Events -> signals, with one engine for each partition: a partition is what is handed over between processes. */
export function createDetectStage(deps: DetectStageDeps): DetectStage {
  const { restore, note, rivals, advanceByClock, observer, sums } = deps;
  const all = new Map<string, PartitionDetection>();
  /** Of partitions that are not ours any more. */
  let ticksBefore = 0;
  const enginesOf = () => [...all.values()].map(({ engine }) => engine);
  const ticks = () => enginesOf().reduce((sum, { counts }) => sum + counts.ticks, ticksBefore);
  // Partitions speak of the same items.
  const texts = new KnownTexts();

  function detectionOf(partition: string): PartitionDetection {
    const detection = all.get(partition);
    if (detection) return detection;
    throw new Error(`no detection state for partition ${partition}: it was never assigned`);
  }

  return {
    name: 'detect',
    async assigned(starts) {
      ticksBefore = ticks();
      all.clear();
      for (const [partition, start] of starts) {
        const keep = (mark: Parameters<typeof markToText>[0]) => note(partition, markToText(mark));
        all.set(partition, new PartitionDetection(partition, await restore(partition, start), keep, sums));
      }
    },
    async run(batches, { records }) {
      const detection = detectionOf(records.partition);
      detection.use(rivals());
      const { counts } = detection.engine;
      const before = { ...counts };
      const { isReplaying } = detection;
      const value = await detection.run(batches, records, texts);
      for (const batch of batches) releaseBatch(batch);
      // Those of a replay were counted before.
      if (!isReplaying) {
        if (counts.lateRows > before.lateRows)
          observer.late(records.stream, counts.lateRows - before.lateRows);
        for (const reason of DOUBT_REASONS) {
          const rows = counts[DOUBTED[reason]] - before[DOUBTED[reason]];
          if (rows > 0) observer.doubted(records.stream, reason, rows);
        }
      }
      return { value, rejected: [] };
    },
    idle(nowMs, caughtUp) {
      const shelvesMax = Math.ceil(SHELVES_AT_ONCE / Math.max(1, caughtUp.length));
      const value = caughtUp.flatMap((partition) => {
        const detection = detectionOf(partition);
        const replayed = detection.finishReplay();
        detection.use(rivals());
        const found = advanceByClock ? detection.advance(nowMs, shelvesMax) : null;
        return found ? [...replayed, found] : replayed;
      });
      return value.length > 0 ? value : null;
    },
    copy: (partition) => detectionOf(partition).copy(),
    checkedUntilMs() {
      const known = enginesOf().flatMap((engine) => engine.checkedUntilMs() ?? []);
      return known.length === 0 ? null : Math.min(...known);
    },
    engines: enginesOf,
    ticks,
    hear(record) {
      for (const detection of all.values()) detection.hear(record);
    },
    placeStores() {
      for (const detection of all.values()) detection.placeStores();
    },
  };
}

import type { ObjectStore } from '@gondola/stream';
import type { BronzeBatch } from './bronze-records.js';
import type { Guard } from './partition-guard.js';
import type { PositionRange } from './position-range.js';
import { PositionRuns } from './position-runs.js';
import { quarantinedRecords, quarantineFiles, type QuarantineChoice } from './quarantined-records.js';
import { addPositions, publishStaged, startsOf, type JudgePipeline } from './rebuild.js';
import type { ReplaceResult, Replacement } from './replace-rows.js';
import { createStagingStore } from './staging-store.js';
import type { UpkeepDeps } from './upkeep-deps.js';

export interface QuarantineReplayOptions {
  readonly choice: QuarantineChoice;
  /**
   * Stages and sinks as ingest has them, without bronze; the sinks write to `store`. Stages that are listed are assigned first.
   * Dedupe must know the events of silver but those of the records that are judged (see `readSilverIdentities`).
   */
  readonly createPipeline: (store: ObjectStore) => JudgePipeline;
  /** Tables of silver in which the records may have, or may get, rows. */
  readonly subjects: readonly string[];
  /** For who reads the stream as well (see `guardOf`). */
  readonly guard?: Guard;
}

export interface ReplayedFile {
  readonly records: number;
  /** Table -> what was replaced in it. */
  readonly tables: Readonly<Record<string, ReplaceResult>>;
}

export interface QuarantineReplay {
  /**
   * Takes the next of the chosen rows (those of a file, as far as memory allows) through the stages once more, and puts the
   * answers in the place of the old ones: silver first, quarantine last, one commit per table. Null when none is left; what comes
   * back to quarantine is not taken again. After an error that can be retried, call it again: what was judged is not judged twice. After a kill, the same rows are chosen again and
   * what they have in silver already is replaced: nothing is lost or doubled.
   */
  next(): Promise<ReplayedFile | null>;
}

/** Of the records of one step. */
const BYTES_MAX = 64 << 20;

interface Judged {
  readonly staging: ObjectStore;
  readonly sinks: JudgePipeline['sinks'];
  readonly reached: ReadonlyMap<string, bigint>;
  readonly replacement: Pick<Replacement, 'stream' | 'ranges' | 'positions'>;
  readonly records: number;
}

/** Records of quarantine, judged again: after a contract was mended, or when a schema has become known. */
export function createQuarantineReplay(
  deps: UpkeepDeps,
  { choice, createPipeline, subjects, guard }: QuarantineReplayOptions,
): QuarantineReplay {
  const seen = new Set<string>();
  // What comes back to quarantine is in a new file.
  const judged = new PositionRuns();
  const isWanted: QuarantineChoice['isWanted'] = (records, index) =>
    !judged.has(records.partition, BigInt(records.positions[index])) &&
    (choice.isWanted?.(records, index) ?? true);
  let current: Judged | null = null;

  async function nextBatches(): Promise<readonly BronzeBatch[]> {
    for (const file of await quarantineFiles(deps, choice)) {
      if (seen.has(file.path)) continue;
      const limits = { withValues: true, bytesMax: BYTES_MAX };
      const { batches, isWhole } = await quarantinedRecords(deps, file, { ...choice, isWanted }, limits);
      if (isWhole) seen.add(file.path);
      if (batches.length > 0) return batches;
    }
    return [];
  }

  return {
    async next() {
      if (!current) {
        const batches = await nextBatches();
        if (batches.length === 0) return null;
        for (const { records } of batches) addPositions(judged, records);
        current = await judge(deps, createPipeline, choice.stream, batches);
      }
      const { staging, sinks, reached, replacement, records } = current;
      for (const sink of sinks) await sink.commit(reached);
      const paths = [...subjects.map((subject) => `silver/${subject}`), 'quarantine'];
      const tables = await publishStaged(
        deps,
        staging,
        paths.map((path) => `${deps.environment}/${path}`),
        {
          ...replacement,
          withExpired: false,
          guard,
        },
      );
      current = null;
      return { records, tables };
    },
  };
}

/** Positions of the chosen rows, for who must not take their events for duplicates of themselves. */
export async function quarantinedPositions(
  deps: UpkeepDeps,
  choice: QuarantineChoice,
): Promise<{ readonly records: number; has(partition: string, position: bigint): boolean }> {
  const positions = new PositionRuns();
  const limits = { withValues: choice.isWanted !== undefined, bytesMax: Infinity };
  let count = 0;
  for (const file of await quarantineFiles(deps, choice))
    for (const { records } of (await quarantinedRecords(deps, file, choice, limits)).batches) {
      addPositions(positions, records);
      count += records.count;
    }
  return { records: count, has: (partition, position) => positions.has(partition, position) };
}

async function judge(
  deps: UpkeepDeps,
  createPipeline: QuarantineReplayOptions['createPipeline'],
  stream: string,
  batches: readonly BronzeBatch[],
): Promise<Judged> {
  const staging = createStagingStore(deps);
  const { stages, sinks, process } = createPipeline(staging);
  const positions = new PositionRuns();
  const ranges = new Map<string, PositionRange>();
  for (const { records } of batches) {
    addPositions(positions, records);
    const first = BigInt(records.positions[0]);
    const known = ranges.get(records.partition);
    ranges.set(records.partition, {
      from: known && known.from < first ? known.from : first,
      to: known && known.to > records.nextPosition ? known.to : records.nextPosition,
    });
  }
  for (const sink of sinks) await sink.assigned([...ranges.keys()]);
  for (const stage of stages) await stage.assigned?.(startsOf(ranges));
  for (const { records, ingestMs } of batches) await process(records, ingestMs);
  return {
    staging,
    sinks,
    reached: new Map([...ranges].map(([partition, { to }]) => [partition, to])),
    replacement: { stream, ranges, positions },
    records: batches.reduce((sum, { records }) => sum + records.count, 0),
  };
}

import { readSnapshot } from '@gondola/lake-delta';
import { readCheckpoint } from '@gondola/lake-parquet';
import type { ObjectStore } from '@gondola/stream';
import type { BronzeBatch } from './bronze-records.js';
import type { Guard } from './partition-guard.js';
import { isConflict } from './lake-table.js';
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
  readonly createPipeline: (store: ObjectStore, batches: readonly BronzeBatch[]) => JudgePipeline;
  /** Tables of silver in which the records may have, or may get, rows. */
  readonly subjects: readonly string[];
  /** For who reads the stream as well (see `guardOf`). */
  readonly guard?: Guard;
  /**
   * Pipelines that are made anew know silver as it is then: when the stream adds rows before theirs are in, they are
   * made and asked once more. Left out for those whose memory no other reader can add to.
   */
  readonly judgesAgain?: boolean;
  /** Asks, and changes no table. */
  readonly dryRun?: boolean;
}

/** Rows that go in one step, about: each is a commit for every table, after which silver is looked at again. */
const STEP_RECORDS = 50_000;
const STEP_BYTES = 32 << 20;

export interface ReplayedFile {
  readonly records: number;
  /** Table -> what was replaced in it. */
  readonly tables: Readonly<Record<string, ReplaceResult>>;
}

export interface QuarantineReplay {
  /**
   * Takes the next of the chosen rows (of as many files as a step holds) through the stages once more, and puts the answers in
   * the place of the old ones: silver first, quarantine last, one commit per table. Null when none is left; what comes
   * back to quarantine is not taken again. After an error that can be retried, call it again: what was judged is not judged
   * twice. After a kill, the same rows are chosen again and
   * what they have in silver already is replaced: nothing is lost or doubled.
   */
  next(): Promise<ReplayedFile | null>;
}

interface Judged {
  readonly staging: ObjectStore;
  readonly sinks: JudgePipeline['sinks'];
  readonly afterSilver: JudgePipeline['afterSilver'];
  readonly reached: ReadonlyMap<string, bigint>;
  readonly replacement: Pick<Replacement, 'stream' | 'ranges' | 'positions' | 'madeAt'>;
  readonly records: number;
}

/** Records of quarantine, judged again: after a contract was mended, or when a schema has become known. */
export function createQuarantineReplay(deps: UpkeepDeps, options: QuarantineReplayOptions): QuarantineReplay {
  const { choice, subjects, guard, judgesAgain = false, dryRun = false } = options;
  const silver = subjects.map((subject) => `${deps.environment}/silver/${subject}`);
  const seen = new Set<string>();
  // What comes back to quarantine is in a new file.
  const judged = new PositionRuns();
  const isWanted: QuarantineChoice['isWanted'] = (records, index) =>
    !judged.has(records.partition, BigInt(records.positions[index])) &&
    (choice.isWanted?.(records, index) ?? true);
  let batches: readonly BronzeBatch[] = [];
  let current: Judged | null = null;

  async function nextBatches(): Promise<readonly BronzeBatch[]> {
    const step: BronzeBatch[] = [];
    let [records, bytes] = [0, 0];
    for (const file of await quarantineFiles(deps, choice)) {
      if (seen.has(file.path)) continue;
      const limits = { withValues: true, bytesMax: STEP_BYTES - bytes };
      const found = await quarantinedRecords(deps, file, { ...choice, isWanted }, limits);
      if (found.isWhole) seen.add(file.path);
      step.push(...found.batches);
      for (const one of found.batches)
        [records, bytes] = [records + one.records.count, bytes + one.records.bytes.length];
      if (!found.isWhole || records >= STEP_RECORDS || bytes >= STEP_BYTES) break;
    }
    return step;
  }

  async function publish({ staging, sinks, afterSilver, ...judged }: Judged): Promise<ReplayedFile> {
    const { reached, replacement, records } = judged;
    if (dryRun) return { records, tables: {} };
    for (const sink of sinks) await sink.commit(reached);
    const put = (paths: readonly string[]) =>
      publishStaged(deps, staging, paths, { ...replacement, withExpired: false, guard });
    const inSilver = await put(silver);
    await afterSilver?.();
    return { records, tables: { ...inSilver, ...(await put([`${deps.environment}/quarantine`])) } };
  }

  return {
    async next() {
      for (;;) {
        if (batches.length === 0) {
          batches = await nextBatches();
          if (batches.length === 0) return null;
          for (const { records } of batches) addPositions(judged, records);
        }
        const madeAt = judgesAgain ? await positionsIn(deps, silver) : undefined;
        current ??= await judge(deps, options, batches, madeAt);
        try {
          const replayed = await publish(current);
          [current, batches] = [null, []];
          return replayed;
        } catch (error) {
          if (!judgesAgain || !isConflict(error)) throw error;
          current = null;
        }
      }
    },
  };
}

/** Table -> what its log says of positions. */
async function positionsIn(
  { store }: UpkeepDeps,
  paths: readonly string[],
): Promise<ReadonlyMap<string, ReadonlyMap<string, bigint>>> {
  const tables = new Map<string, ReadonlyMap<string, bigint>>();
  for (const path of paths)
    tables.set(path, (await readSnapshot(store, path, readCheckpoint))?.transactions ?? new Map());
  return tables;
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
  { createPipeline, choice: { stream } }: QuarantineReplayOptions,
  batches: readonly BronzeBatch[],
  madeAt: Judged['replacement']['madeAt'],
): Promise<Judged> {
  const staging = createStagingStore(deps);
  const { stages, sinks, process, afterSilver } = createPipeline(staging, batches);
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
    afterSilver,
    reached: new Map([...ranges].map(([partition, { to }]) => [partition, to])),
    replacement: { stream, ranges, positions, ...(madeAt && { madeAt }) },
    records: batches.reduce((sum, { records }) => sum + records.count, 0),
  };
}

import type { Clock, Log, ObjectStore } from '@gondola/stream';
import { checkpointRows, type CheckpointWriter } from './checkpoint.js';
import { cleanLog } from './log-cleanup.js';
import { checkpointPath, readHint, writeHint } from './log-segment.js';
import { forgetTombstones, type LogState } from './log-state.js';
import { propertiesOf } from './table-properties.js';

export interface LogUpkeepDeps {
  readonly writeCheckpoint: CheckpointWriter;
  /** Told of checkpoints that failed. */
  readonly log: Log;
}

/** Keeps the log of one table short. */
export interface LogUpkeep {
  /** To be called right after `version` was committed. Never throws: the commit stands, whatever happens here. */
  committed(state: LogState, version: number): Promise<void>;
}

/** Cleaning lists the whole log, which is not for every checkpoint. */
const CLEANING_MS_MIN = 3_600_000;

/**
 * Writes a checkpoint of every so-manieth version (`delta.checkpointInterval`), names it in `_last_checkpoint`, and now
 * and then removes what has expired from the log. Whoever commits such a version does it; should that one die, the
 * next checkpoint makes up for it.
 */
export function createLogUpkeep(
  store: ObjectStore,
  table: string,
  clock: Clock,
  { writeCheckpoint, log }: LogUpkeepDeps,
): LogUpkeep {
  let cleanedMs = -Infinity;

  async function checkpoint(state: LogState): Promise<void> {
    // Up to the first await: the state moves on with every commit of this process.
    const { version } = state;
    const nowMs = clock.nowMs();
    const { logRetentionMs, deletedFileRetentionMs } = propertiesOf(state.metadata);
    forgetTombstones(state, nowMs - deletedFileRetentionMs);
    const rows = checkpointRows(state);
    const bytes = writeCheckpoint(rows);
    const adds = state.files.size;

    const isOurs = await store.putIfAbsent(checkpointPath(table, version), bytes);
    if (isOurs && ((await readHint(store, table)) ?? -1) < version)
      await writeHint(store, table, { version, size: rows.length, bytes: bytes.length, adds });
    if (nowMs - cleanedMs < CLEANING_MS_MIN) return;
    cleanedMs = nowMs;
    await cleanLog(store, table, nowMs, logRetentionMs);
  }

  return {
    async committed(state, version) {
      try {
        if (version % propertiesOf(state.metadata).checkpointInterval === 0) await checkpoint(state);
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        log.warn(
          { table, version, error: why },
          'the commit stands, but its checkpoint or the clean-up failed',
        );
      }
    },
  };
}

import type { ObjectStore } from '@gondola/stream';
import { logFolder, readHint, versionsOf } from './log-segment.js';

/**
 * Younger commits are never removed, whatever the table's property says: a writer that is slow must find the version
 * that it wants to write taken, not free again.
 */
export const LOG_RETENTION_MS_MIN = 3_600_000;

/** What engines keep per version: commits, their checksums, checkpoints. */
const VERSION_FILE = /^(\d{20})\.(json|crc|checkpoint(?:\.\d{10}\.\d{10})?\.parquet)$/;

/** Removed in one go, so that a backlog does not hold up the commit that waits for this. */
const DELETIONS_MAX = 1000;

/**
 * Deletes versions that nobody needs: those before the newest checkpoint that is not newer than the newest commit of
 * before `retentionMs` ago (protocol specification, "Metadata Cleanup"). So every version that is young enough can
 * still be loaded, and so can every one that `_last_checkpoint` leads to.
 */
export async function cleanLog(
  store: ObjectStore,
  table: string,
  nowMs: number,
  retentionMs: number,
): Promise<void> {
  const objects = await store.list(logFolder(table));
  const versions = objects.flatMap(({ path, modifiedMs }) => {
    const [, version, kind] = VERSION_FILE.exec(path.slice(path.lastIndexOf('/') + 1)) ?? [];
    return version === undefined ? [] : [{ path, version: Number(version), kind, modifiedMs }];
  });
  // Clocks differ, so a commit counts as expired only when all before it are.
  const expiredMs = nowMs - Math.max(retentionMs, LOG_RETENTION_MS_MIN);
  const commits = versions.filter(({ kind }) => kind === 'json');
  const young = commits.findIndex(({ modifiedMs }) => modifiedMs >= expiredMs);
  const expired = commits.at(young === -1 ? -1 : young - 1);
  if (young === 0 || !expired) return;

  const newest = Math.min(expired.version, (await readHint(store, table)) ?? -1);
  const start = versionsOf(objects).checkpoints.findLast(({ version }) => version <= newest);
  if (!start) return;
  const old = versions.filter(({ version }) => version < start.version).slice(0, DELETIONS_MAX);
  // By version, one after the other: a reader that misses one knows that the earlier ones are gone too.
  for (const { path } of old) await store.delete(path);
}

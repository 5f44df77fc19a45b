import type { ObjectStore } from '@gondola/stream';
import { commitPath } from './log-segment.js';

export interface CommitNote {
  /** Milliseconds since 1970. */
  readonly atMs: number;
  /** As Delta names it: `STREAMING UPDATE`, `OPTIMIZE`, `DELETE`. */
  readonly operation: string;
}

/** When and by what a version was committed; null when its file was cleaned away or says neither. */
export async function readCommitNote(
  store: ObjectStore,
  table: string,
  version: number,
): Promise<CommitNote | null> {
  const bytes = await store.get(commitPath(table, version));
  for (const line of bytes ? Buffer.from(bytes).toString('utf8').split('\n') : []) {
    if (!line.startsWith('{"commitInfo"')) continue;
    const { timestamp, operation } = (JSON.parse(line) as { commitInfo: Record<string, unknown> }).commitInfo;
    if (typeof timestamp === 'number') return { atMs: timestamp, operation: String(operation ?? '') };
  }
  return null;
}

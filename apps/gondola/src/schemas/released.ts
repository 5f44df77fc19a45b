import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { SchemaFolder } from '@gondola/schema-check';
import { UsageError } from '../command.js';
import type { FindNamed } from './options.js';
import { readFolder } from './read-folder.js';

const FILE_BYTES_MAX = 64 << 20;

/** The folder as it was at a commit, branch or tag of the repository that it is in; null: it was not there yet. */
export async function readReleased(
  folder: string,
  ref: string,
  find: FindNamed | null,
): Promise<SchemaFolder | null> {
  const commit = git(
    folder,
    ['rev-parse', '--verify', '--quiet', '--end-of-options', `${ref}^{commit}`],
    ref,
  );
  const names = git(folder, ['ls-tree', '-r', '-z', '--name-only', commit.trim(), '.'], ref);
  const paths = names.split('\0').filter((path) => path !== '');
  if (paths.length === 0) return null;
  const copy = mkdtempSync(join(tmpdir(), 'gondola-released-'));
  try {
    for (const path of paths) {
      mkdirSync(dirname(join(copy, path)), { recursive: true });
      writeFileSync(join(copy, path), git(folder, ['show', `${commit.trim()}:./${path}`], ref));
    }
    return await readFolder(copy, find);
  } finally {
    rmSync(copy, { recursive: true });
  }
}

function git(folder: string, args: readonly string[], ref: string): string {
  try {
    return execFileSync('git', ['-C', folder, ...args], {
      encoding: 'utf8',
      maxBuffer: FILE_BYTES_MAX,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  } catch (cause) {
    const { stderr } = cause as { readonly stderr?: string };
    const why = stderr?.trim() || `${ref} is no commit, branch or tag of the repository of ${folder}`;
    throw new UsageError(`--since ${ref}: ${why}`);
  }
}

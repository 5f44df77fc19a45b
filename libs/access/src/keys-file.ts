import {
  closeSync,
  existsSync,
  fchmodSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { parseConfig } from '@gondola/config';
import { SetupError } from '@gondola/stream';
import { isSeq, parse, parseDocument, stringify } from 'yaml';
import type { z } from 'zod';

export interface KeysFile<S extends z.ZodType> {
  readonly path: string;
  /** Of the list that it holds. */
  readonly schema: S;
  /** Of the configuration: errors name it. */
  readonly field: string;
  /** The command that makes such a file. */
  readonly madeBy: string;
}

/** Errors: `config_invalid`, naming entry and field, never a value. */
export function readKeysFile<S extends z.ZodType>({ path, schema, field, madeBy }: KeysFile<S>): z.output<S> {
  let raw: unknown;
  try {
    raw = parse(readFileSync(path, 'utf8'));
  } catch (error) {
    const why = error instanceof Error ? error.message.split('\n', 1)[0] : String(error);
    throw new SetupError('config_invalid', `${field}: ${path} cannot be read: ${why}; ${madeBy} makes it`, {
      cause: error,
    });
  }
  return parseConfig(path, schema, raw ?? []);
}

/** Adds an entry behind those that are there; the file is made with its folder when it is not. */
export function appendToKeysFile(path: string, entry: object): void {
  mkdirSync(dirname(path), { recursive: true });
  const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
  const file = openSync(path, 'a', 0o600);
  try {
    writeFileSync(file, (text === '' || text.endsWith('\n') ? '' : '\n') + stringify([entry]));
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Takes one entry out, by its place; whoever reads meanwhile has the file as it was or as it is. */
export function removeFromKeysFile(path: string, at: number): void {
  const document = parseDocument(readFileSync(path, 'utf8'));
  document.deleteIn([at]);
  // Of the last one `[]` would be left, and an entry behind that is no list any more.
  const isLast = isSeq(document.contents) && document.contents.items.length === 0;
  const next = `${path}.${process.pid}.new`;
  const file = openSync(next, 'wx', 0o600);
  try {
    // Whoever could read the file still can: else a key that is taken back would go on working there.
    fchmodSync(file, statSync(path).mode);
    writeFileSync(file, isLast ? '' : document.toString());
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(next, path);
}

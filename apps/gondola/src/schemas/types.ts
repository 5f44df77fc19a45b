import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateAllTypes } from '@gondola/contract';
import type { CommandContext, Summary } from '../command.js';
import { folderOf, outOf, type Values } from './options.js';

/** TypeScript of the events, as `@gondola/producer` takes them. */
export async function types(values: Values, { say }: CommandContext): Promise<Summary> {
  const out = outOf(values, 'types');
  const files = generateAllTypes(folderOf(values));
  mkdirSync(out, { recursive: true });
  for (const [name, text] of files) writeFileSync(join(out, name), text);
  say(`${out}: ${files.size} files`);
  return { command: 'schemas types', out, files: [...files.keys()] };
}

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateAllTypes } from '@gondola/contract';
import { namedSchemas } from '@gondola/schema-registry';
import { SetupError } from '@gondola/stream';
import type { CommandContext, Summary } from '../command.js';
import { folderOf, outOf, type Values } from './options.js';

/** TypeScript of the events, as `@gondola/producer` takes them. */
export async function types(values: Values, { say }: CommandContext): Promise<Summary> {
  const out = outOf(values, 'types');
  const folder = folderOf(values);
  requireFiles(folder);
  const files = generateAllTypes(folder);
  mkdirSync(out, { recursive: true });
  for (const [name, text] of files) writeFileSync(join(out, name), text);
  say(`${out}: ${files.size} files`);
  return { command: 'schemas types', out, files: [...files.keys()] };
}

/** Types are made of files, so that they are the same wherever they are made. */
function requireFiles(folder: string): void {
  const [first] = namedSchemas(folder);
  if (!first) return;
  const [subject, { subject: name, version }] = first;
  throw new SetupError(
    'contract_invalid',
    `${subject}: its schema is version ${version} of ${name} in a registry elsewhere: types are made of v<N>.avsc beside contract.yaml`,
  );
}

import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import type { Finding, SchemaFolder } from '@gondola/schema-check';
import { loadEmbeddedRegistry, readEachContract } from '@gondola/schema-registry';
import { SetupError } from '@gondola/stream';

const TEXT_FILE = /\.(yaml|yml|json|avsc|proto|md)$/;

/** Throws `contract_invalid` when there is no such folder or its ids cannot be read. */
export function readFolder(folder: string): SchemaFolder {
  const contracts = readEachContract(folder);
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile() && TEXT_FILE.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  return {
    contracts,
    files: new Map(
      files.map((path) => [
        path.slice(join(folder, sep).length).replaceAll(sep, '/'),
        readFileSync(path, 'utf8'),
      ]),
    ),
  };
}

/** What a start with all of these contracts would end with, beyond each by itself. */
export function lintTogether(folder: string, { contracts }: SchemaFolder): readonly Finding[] {
  if ([...contracts.values()].some((contract) => contract instanceof SetupError)) return [];
  try {
    loadEmbeddedRegistry(folder);
    return [];
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    return [{ severity: 'error', code: 'contract_invalid', file: '.', field: '', message: error.message }];
  }
}

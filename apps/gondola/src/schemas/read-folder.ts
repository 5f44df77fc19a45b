import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import type { SchemaName, SchemaVersion } from '@gondola/contract';
import type { Finding, SchemaFolder } from '@gondola/schema-check';
import { loadEmbeddedRegistry, namedSchemas, readEachContract, versionOf } from '@gondola/schema-registry';
import { SetupError } from '@gondola/stream';
import type { FindNamed } from './options.js';

const TEXT_FILE = /\.(yaml|yml|json|avsc|proto|md)$/;

export interface ReadFolder extends SchemaFolder {
  /** Subject -> the schema that its contract names in a registry elsewhere. */
  readonly named: ReadonlyMap<string, SchemaVersion>;
}

/**
 * `find` finds the schemas that contracts name in a registry; without it such contracts are told to be incomplete. Throws
 * `contract_invalid` when there is no such folder, its ids cannot be read or what is named is no schema of a contract, and like `find`.
 */
export async function readFolder(folder: string, find: FindNamed | null): Promise<ReadFolder> {
  const named = find ? await findNamed(folder, find) : new Map<string, SchemaVersion>();
  const contracts = readEachContract(folder, named);
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile() && TEXT_FILE.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  const nameOf = (path: string) => path.slice(join(folder, sep).length).replaceAll(sep, '/');
  return {
    contracts,
    named,
    files: new Map(files.map((path) => [nameOf(path), readFileSync(path, 'utf8')])),
  };
}

/** What is not there is left out: the loader says what is missing. */
async function findNamed(folder: string, find: FindNamed): Promise<ReadonlyMap<string, SchemaVersion>> {
  const found = new Map<string, SchemaVersion>();
  for (const [contract, name] of namesIn(folder)) {
    const schema = await find(name);
    if (schema) found.set(contract, versionOf(contract, name, schema));
  }
  return found;
}

function namesIn(folder: string): ReadonlyMap<string, SchemaName> {
  try {
    return namedSchemas(folder);
  } catch (error) {
    // A contract.yaml that cannot be read: the loader says so.
    if (error instanceof SetupError) return new Map();
    throw error;
  }
}

/** What a start with all of these contracts would end with, beyond each by itself. */
export function lintTogether(folder: string, { contracts, named }: ReadFolder): readonly Finding[] {
  if ([...contracts.values()].some((contract) => contract instanceof SetupError)) return [];
  try {
    loadEmbeddedRegistry(folder, { named });
    return [];
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    return [{ severity: 'error', code: 'contract_invalid', file: '.', field: '', message: error.message }];
  }
}

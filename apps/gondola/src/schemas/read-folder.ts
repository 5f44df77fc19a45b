import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import type { SchemaName, SchemaVersion, SubjectRegistry } from '@gondola/contract';
import type { Finding, SchemaFolder } from '@gondola/schema-check';
import { loadEmbeddedRegistry, namedSchemas, readEachContract } from '@gondola/schema-registry';
import { SetupError } from '@gondola/stream';

const TEXT_FILE = /\.(yaml|yml|json|avsc|proto|md)$/;

export interface ReadFolder extends SchemaFolder {
  /** Subject -> the schema that its contract names in a registry elsewhere. */
  readonly named: ReadonlyMap<string, SchemaVersion>;
}

/**
 * `registry` is asked for the schemas that contracts name there; without it such contracts are told to be incomplete. Throws
 * `contract_invalid` when there is no such folder or its ids cannot be read, and like the registry.
 */
export async function readFolder(folder: string, registry: SubjectRegistry | null): Promise<ReadFolder> {
  const named = registry ? await findNamed(folder, registry) : new Map<string, SchemaVersion>();
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

/** What is not there, or not Avro of one part, is left out: the loader says what is missing. */
async function findNamed(
  folder: string,
  registry: SubjectRegistry,
): Promise<ReadonlyMap<string, SchemaVersion>> {
  const found = new Map<string, SchemaVersion>();
  for (const [contract, { subject, version }] of namesIn(folder)) {
    const text = await registry.text(subject, version);
    if (text !== null) found.set(contract, { version, id: 0, text });
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

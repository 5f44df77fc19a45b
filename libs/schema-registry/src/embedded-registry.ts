import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SetupError } from '@gondola/stream';
import {
  Contract,
  Problem,
  referencesIn,
  TYPES_FOLDER,
  versionOfFile,
  type KnownSchema,
  type ReferenceSpec,
  type SchemaId,
  type SchemaReference,
  type SchemaVersion,
} from '@gondola/contract';
import type { SchemaRegistry } from './registry.js';

const IDS_FILE = 'ids.json';

type Ids = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** Subject -> its versions. */
type Versions = ReadonlyMap<string, readonly SchemaVersion[]>;

/**
 * Reads `<folder>/<subject>/{contract.yaml,v<N>.avsc|.json}`, `<folder>/types/<subject>/v<N>.avsc|.json` and `<folder>/ids.json`,
 * once. Throws `contract_invalid`, naming the file, so that a service with a broken contract does not start.
 */
export function loadEmbeddedRegistry(folder: string): SchemaRegistry {
  const names = foldersOf(folder);
  const ids = readIds(folder);
  const typesFolder = join(folder, TYPES_FOLDER);
  const typeNames = names.includes(TYPES_FOLDER) ? foldersOf(typesFolder) : [];
  const types: Versions = new Map(
    typeNames.map((subject) => [subject, readVersions(folder, join(typesFolder, subject), subject, ids)]),
  );
  const subjects = names.filter((name) => name !== TYPES_FOLDER);
  const double = typeNames.find((name) => subjects.includes(name));
  if (double !== undefined)
    throw new SetupError('contract_invalid', `${typesFolder}/${double}: there is a contract of that name`);
  return new EmbeddedRegistry(
    subjects.map((subject) => readContract(folder, subject, ids, types)),
    types,
  );
}

function foldersOf(folder: string): readonly string[] {
  try {
    const entries = readdirSync(folder, { withFileTypes: true });
    return entries.flatMap((entry) => (entry.isDirectory() ? [entry.name] : [])).sort();
  } catch (cause) {
    throw new SetupError('contract_invalid', `${folder}: there are no contracts`, { cause });
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new SetupError('contract_invalid', `${path}: cannot be read`, { cause });
  }
}

/**
 * Ids are written in every framed record for ever: they are only ever added. They cannot be given out by themselves,
 * because two branches would give one id to two schemas.
 */
function readIds(folder: string): Ids {
  const path = join(folder, IDS_FILE);
  let ids: unknown;
  try {
    ids = JSON.parse(read(path));
  } catch (cause) {
    if (cause instanceof SetupError) throw cause;
    throw new SetupError('contract_invalid', `${path}: not JSON`, { cause });
  }
  if (!isIds(ids))
    throw new SetupError('contract_invalid', `${path}: { "<subject>": { "<version>": <id> } } expected`);
  const all = Object.values(ids).flatMap((versions) => Object.values(versions));
  const double = all.find((id, index) => all.indexOf(id) !== index);
  if (double !== undefined) throw new SetupError('contract_invalid', `${path}: id ${double} is given twice`);
  return ids;
}

function isIds(value: unknown): value is Ids {
  const isId = (id: unknown) => Number.isInteger(id) && (id as number) > 0 && (id as number) < 2 ** 31;
  const isObject = (object: unknown): object is object =>
    typeof object === 'object' && object !== null && !Array.isArray(object);
  return (
    isObject(value) &&
    Object.values(value).every((versions) => isObject(versions) && Object.values(versions).every(isId))
  );
}

function readVersions(folder: string, where: string, subject: string, ids: Ids): readonly SchemaVersion[] {
  const files = readdirSync(where).flatMap((name) => {
    const file = versionOfFile(name);
    return file ? [{ ...file, name }] : [];
  });
  const versions = files.map(({ version, kind, name }): SchemaVersion => {
    const id = Object.hasOwn(ids, subject) ? ids[subject][version] : undefined;
    if (id === undefined) throw missingId(folder, subject, version, ids);
    if (files.some((other) => other.version === version && other.name !== name))
      throw new SetupError('contract_invalid', `${join(where, name)}: there is another file of v${version}`);
    return { version, id, kind, text: read(join(where, name)) };
  });
  return versions.toSorted((left, right) => left.version - right.version);
}

function readContract(folder: string, subject: string, ids: Ids, types: Versions): Contract {
  const where = join(folder, subject);
  const path = join(where, 'contract.yaml');
  const text = read(path);
  const references = referencesIn(text, path);
  const versions = readVersions(folder, where, subject, ids).map((one) => ({
    ...one,
    references: (references[one.version] ?? []).map((reference) => referredBy(reference, types, path)),
  }));
  const odd = Object.keys(references).find(
    (version) => !versions.some((one) => String(one.version) === version),
  );
  if (odd !== undefined) throw new SetupError('contract_invalid', `${path}: references: there is no v${odd}`);
  return new Contract({ subject, text, versions, where });
}

function referredBy(
  { name, subject, version }: ReferenceSpec,
  types: Versions,
  where: string,
): SchemaReference {
  const found = types.get(subject)?.find((one) => one.version === version);
  if (found) return { name, subject, version, text: found.text };
  throw new SetupError(
    'contract_invalid',
    `${where}: references: there is no ${TYPES_FOLDER}/${subject}/v${version}`,
  );
}

function missingId(folder: string, subject: string, version: number, ids: Ids): SetupError {
  const next = Math.max(0, ...Object.values(ids).flatMap((versions) => Object.values(versions))) + 1;
  const entry = `"${subject}": { ..., "${version}": ${next} }`;
  return new SetupError(
    'contract_invalid',
    `${join(folder, IDS_FILE)}: v${version} of ${subject} has no id; add ${entry}`,
  );
}

class EmbeddedRegistry implements SchemaRegistry {
  private readonly bySubject = new Map<string, Contract>();
  private readonly byType = new Map<string, Contract>();
  private readonly byId = new Map<SchemaId, KnownSchema | Problem>();
  private readonly schemas: ReadonlyMap<number, SchemaVersion>;
  /** Of contracts and types, in name order. */
  private readonly all: Versions;

  constructor(contracts: readonly Contract[], types: Versions) {
    for (const contract of contracts) this.add(contract);
    const own = contracts.map(({ subject, versions }) => [subject, versions] as const);
    this.all = new Map([...own, ...types].sort(([left], [right]) => (left < right ? -1 : 1)));
    this.schemas = new Map([...this.all.values()].flat().map((version) => [version.id, version]));
    for (const [subject, versions] of types)
      for (const { id } of versions)
        this.byId.set(
          id,
          new Problem('subject_unknown', '', `${subject} is a type that events name, no event`),
        );
  }

  private add(contract: Contract): void {
    this.bySubject.set(contract.subject, contract);
    for (const { version, id } of contract.versions)
      this.byId.set(id, { contract, version, kind: contract.kind, writer: version });
    for (const type of new Set([contract.subject, ...contract.types])) {
      this.addType(type, contract);
      for (const { version } of contract.versions) this.addType(`${type}.v${version}`, contract);
    }
  }

  private addType(type: string, contract: Contract): void {
    const other = this.byType.get(type);
    if (other)
      throw new SetupError(
        'contract_invalid',
        `type ${type} means both ${other.subject} and ${contract.subject}`,
      );
    this.byType.set(type, contract);
  }

  contractOf(subjectOrType: string): Contract | null {
    return this.byType.get(subjectOrType) ?? null;
  }

  schemaById(id: SchemaId): KnownSchema | Problem | null {
    return this.byId.get(id) ?? null;
  }

  subjects(): readonly string[] {
    return [...this.all.keys()];
  }

  contracts(): readonly Contract[] {
    return [...this.bySubject.values()];
  }

  versions(subject: string): readonly number[] {
    return this.all.get(subject)?.map(({ version }) => version) ?? [];
  }

  schemaText(id: number): string | null {
    return this.schemas.get(id)?.text ?? null;
  }

  schemaOf(id: number): SchemaVersion | null {
    return this.schemas.get(id) ?? null;
  }

  schemaId(subject: string, version: number): number | null {
    return this.all.get(subject)?.find((one) => one.version === version)?.id ?? null;
  }
}

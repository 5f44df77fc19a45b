import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SetupError } from '@gondola/stream';
import {
  Contract,
  parseContractFile,
  Problem,
  TYPES_FOLDER,
  versionOfFile,
  type KnownMessages,
  type KnownSchema,
  type ReferenceSpec,
  type SchemaId,
  type SchemaKind,
  type SchemaName,
  type SchemaReference,
  type SchemaVersion,
} from '@gondola/contract';
import { firstMessageOf } from './bind-messages.js';
import type { SchemaRegistry } from './registry.js';

const IDS_FILE = 'ids.json';

/** Subject -> its versions. */
type Versions = ReadonlyMap<string, readonly SchemaVersion[]>;

type Ids = Readonly<Record<string, Readonly<Record<string, number>>>>;

export interface SchemasBesides {
  /** Subject -> the schema that its contract names in a registry elsewhere (see `namedSchemas`). */
  readonly named?: ReadonlyMap<string, SchemaVersion>;
  /** A folder whose contract of `subject` comes along when there is none of its own. */
  readonly shipped?: { readonly folder: string; readonly subject: string };
}

/**
 * Reads `<folder>/<subject>/{contract.yaml,v<N>.avsc,v<N>.json,v<N>.proto}`, `<folder>/types/<subject>/v<N>.…` and
 * `<folder>/ids.json`, once. Throws `contract_invalid`, naming the file, so that a service with a broken contract does not start.
 */
export function loadEmbeddedRegistry(
  folder: string,
  { named = new Map(), shipped }: SchemasBesides = {},
): SchemaRegistry {
  const names = foldersOf(folder);
  const ids = idsNeededIn(folder);
  const types = readTypes(folder, ids);
  const double = [...types.keys()].find((name) => names.includes(name));
  if (double !== undefined)
    throw new SetupError(
      'contract_invalid',
      `${typesIn(folder)}/${double}: there is a contract of that name`,
    );
  const contracts = names.map((subject) => readContract(folder, subject, ids, types, named));
  if (shipped && !names.includes(shipped.subject))
    contracts.push(readContract(shipped.folder, shipped.subject, readIds(shipped.folder), new Map(), named));
  return new EmbeddedRegistry(contracts, types);
}

/** Subject -> what contracts without a schema of their own name in a registry elsewhere. Throws as reading them does. */
export function namedSchemas(folder: string): ReadonlyMap<string, SchemaName> {
  const named = new Map<string, SchemaName>();
  for (const subject of foldersOf(folder)) {
    const path = join(folder, subject, 'contract.yaml');
    const { schema } = parseContractFile(read(path), path);
    if (schema && versionFilesIn(join(folder, subject)).length === 0) named.set(subject, schema);
  }
  return named;
}

/**
 * What each subject's folder is by itself: its contract, or why it is none. For who lists everything that is wrong; a start
 * ends with the first. Throws `contract_invalid` when there is no folder or no ids.
 */
export function readEachContract(
  folder: string,
  named: ReadonlyMap<string, SchemaVersion>,
): ReadonlyMap<string, Contract | SetupError> {
  const ids = idsNeededIn(folder);
  const types = readTypes(folder, ids);
  const read = (subject: string): Contract | SetupError => {
    try {
      return readContract(folder, subject, ids, types, named);
    } catch (error) {
      if (error instanceof SetupError) return error;
      throw error;
    }
  };
  return new Map(foldersOf(folder).map((subject) => [subject, read(subject)]));
}

/** Where no file has a version, nothing has an id. */
function idsNeededIn(folder: string): Ids {
  const hasFiles = foldersOf(folder).some((subject) => versionFilesIn(join(folder, subject)).length > 0);
  return hasFiles ? readIds(folder) : {};
}

function foldersOf(folder: string): readonly string[] {
  try {
    return foldersIn(folder).filter((name) => name !== TYPES_FOLDER);
  } catch (cause) {
    throw new SetupError('contract_invalid', `${folder}: there are no contracts`, { cause });
  }
}

function foldersIn(folder: string): readonly string[] {
  const entries = readdirSync(folder, { withFileTypes: true });
  return entries.flatMap((entry) => (entry.isDirectory() ? [entry.name] : [])).sort();
}

const typesIn = (folder: string): string => join(folder, TYPES_FOLDER);

/** The schemas that others name. */
function readTypes(folder: string, ids: Ids): Versions {
  if (!foldersIn(folder).includes(TYPES_FOLDER)) return new Map();
  const subjects = foldersIn(typesIn(folder));
  return new Map(
    subjects.map((name) => [name, readVersions(folder, join(typesIn(folder), name), name, ids)]),
  );
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

interface VersionFile {
  readonly name: string;
  readonly version: number;
  readonly kind: SchemaKind;
}

const versionFilesIn = (where: string): readonly VersionFile[] =>
  readdirSync(where).flatMap((name) => {
    const version = versionOfFile(name);
    return version ? [{ name, ...version }] : [];
  });

function readContract(
  folder: string,
  subject: string,
  ids: Ids,
  types: Versions,
  named: ReadonlyMap<string, SchemaVersion>,
): Contract {
  const where = join(folder, subject);
  const path = join(where, 'contract.yaml');
  const text = read(path);
  const file = parseContractFile(text, path);
  const { schema, references } = file;
  if (schema && versionFilesIn(where).length > 0)
    throw new SetupError(
      'contract_invalid',
      `${path}: schema: there are files of versions beside it; keep one of both`,
    );
  const found = named.get(subject);
  if (schema && !found)
    throw new SetupError(
      'contract_invalid',
      `${path}: schema: version ${schema.version} of ${schema.subject} is in a registry elsewhere, and none is asked here: ` +
        'set registry in the configuration, or put v1.avsc beside it',
    );
  const versions = readVersions(folder, where, subject, ids).map((one) => ({
    ...one,
    references: (references[one.version] ?? []).map((reference) => referredBy(reference, types, path)),
  }));
  const odd = Object.keys(references).find(
    (version) => !versions.some((one) => String(one.version) === version),
  );
  if (odd !== undefined)
    throw new SetupError('contract_invalid', `${path}: references: there is no v${odd} beside it`);
  return new Contract({ subject, text, file, versions: found ? [found] : versions, where });
}

function readVersions(folder: string, where: string, subject: string, ids: Ids): readonly SchemaVersion[] {
  const versions = versionFilesIn(where).map(({ name, version, kind }): SchemaVersion => {
    const id = Object.hasOwn(ids, subject) ? ids[subject][version] : undefined;
    if (id === undefined) throw missingId(folder, subject, version, ids);
    return { version, id, kind, text: read(join(where, name)) };
  });
  const numbers = versions.map(({ version }) => version);
  const double = numbers.find((number, index) => numbers.indexOf(number) !== index);
  if (double !== undefined)
    throw new SetupError('contract_invalid', `${where}: there are two files of v${double}`);
  return versions.toSorted((left, right) => left.version - right.version);
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
  private readonly byId = new Map<SchemaId, KnownSchema | KnownMessages | Problem>();
  private readonly versionsById = new Map<SchemaId, SchemaVersion>();

  constructor(
    contracts: readonly Contract[],
    private readonly types: Versions,
  ) {
    for (const contract of contracts) this.add(contract);
    for (const [subject, versions] of types)
      for (const one of versions) {
        this.byId.set(
          one.id,
          new Problem('subject_unknown', '', `${subject} is a type that events name, no event`),
        );
        this.versionsById.set(one.id, one);
      }
  }

  private add(contract: Contract): void {
    this.bySubject.set(contract.subject, contract);
    for (const one of contract.versions) {
      const { version, id, kind = 'avro' } = one;
      if (id === 0) continue;
      const other = this.versionsById.get(id);
      if (other)
        throw new SetupError(
          'contract_invalid',
          `id ${id} of ${contract.subject} is another contract's, too`,
        );
      const known: KnownSchema = { contract, version, kind, writer: version };
      this.byId.set(id, kind === 'protobuf' ? firstMessageOf(known) : known);
      this.versionsById.set(id, one);
    }
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

  schemaById(id: SchemaId): KnownSchema | KnownMessages | Problem | null {
    return this.byId.get(id) ?? null;
  }

  subjects(): readonly string[] {
    const all = [...this.bySubject.keys(), ...this.types.keys()];
    return all.filter((subject) => this.versions(subject).length > 0).sort();
  }

  contracts(): readonly Contract[] {
    return [...this.bySubject.values()];
  }

  versions(subject: string): readonly number[] {
    return this.versionsOf(subject).flatMap(({ version, id }) => (id === 0 ? [] : version));
  }

  schemaText(id: number): string | null {
    return this.versionsById.get(id)?.text ?? null;
  }

  schemaKind(id: number): SchemaKind | null {
    const version = this.versionsById.get(id);
    return version ? (version.kind ?? 'avro') : null;
  }

  schemaReferences(id: number): readonly SchemaReference[] {
    return this.versionsById.get(id)?.references ?? [];
  }

  schemaId(subject: string, version: number): number | null {
    return this.versionsOf(subject).find((one) => one.version === version)?.id || null;
  }

  private versionsOf(subject: string): readonly SchemaVersion[] {
    return this.bySubject.get(subject)?.versions ?? this.types.get(subject) ?? [];
  }
}

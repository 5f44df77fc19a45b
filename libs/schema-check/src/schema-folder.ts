import { TYPES_FOLDER, versionOfFile, type Contract, type SchemaKind } from '@gondola/contract';
import type { SetupError } from '@gondola/stream';

/** A folder of contracts, read. */
export interface SchemaFolder {
  /** Path within the folder, with `/` -> text. */
  readonly files: ReadonlyMap<string, string>;
  /** Subject -> its contract, or why it is none. */
  readonly contracts: ReadonlyMap<string, Contract | SetupError>;
}

export type Ids = Readonly<Record<string, Readonly<Record<string, number>>>>;

export const IDS_FILE = 'ids.json';

export interface VersionFile {
  readonly version: number;
  readonly kind: SchemaKind;
  readonly path: string;
  readonly text: string;
}

/** Of a contract, or of a type that contracts name: no name is both. Ascending. */
export function versionFiles({ files }: SchemaFolder, subject: string): readonly VersionFile[] {
  return [subject, `${TYPES_FOLDER}/${subject}`]
    .flatMap((folder) => filesOf(files, `${folder}/`))
    .flatMap(({ name, path, text }): VersionFile[] => {
      const version = versionOfFile(name);
      return version ? [{ ...version, path, text }] : [];
    })
    .sort((left, right) => left.version - right.version);
}

/** What contracts name besides, which are no events themselves. */
export function typesIn({ files }: SchemaFolder): readonly string[] {
  const names = filesOf(files, `${TYPES_FOLDER}/`).map(({ name }) => name.split('/')[0]);
  return [...new Set(names)];
}

/** Those right in a folder and below it; `name` is the path within it. */
export function filesOf(
  files: SchemaFolder['files'],
  folder: string,
): readonly { readonly name: string; readonly path: string; readonly text: string }[] {
  return [...files]
    .filter(([path]) => path.startsWith(folder))
    .map(([path, text]) => ({ name: path.slice(folder.length), path, text }));
}

/** Those that can be read; that they can is found out where contracts are. */
export function idsOf({ files }: SchemaFolder): Ids {
  return (parseJson(files.get(IDS_FILE) ?? '{}') ?? {}) as Ids;
}

/** null where it is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

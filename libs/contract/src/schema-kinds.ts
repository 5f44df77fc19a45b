import { SetupError } from '@gondola/stream';
import { parseAvroSchema, type AvroRecord } from './avro-type.js';
import type { SchemaVersion } from './contract.js';
import { JsonSchema, type NamedText } from './json-schema/json-schema.js';
import { recordOfSchema } from './json-schema/record-of-schema.js';
import type { SchemaKind } from './remote-registry.js';

/** Folder of `schemas/` with schemas that others name, which are no events themselves. */
export const TYPES_FOLDER = 'types';

/** A schema of a contract, read. */
interface ParsedSchema {
  /** Its fields: what columns, rules and readers are made of, whatever the kind. */
  readonly record: AvroRecord;
  /** Of kind `json`: what else it demands. */
  readonly json: JsonSchema | null;
}

/** A version of a contract, read. */
export interface ReadVersion extends SchemaVersion, ParsedSchema {
  readonly kind: SchemaKind;
  /** For errors: its file. */
  readonly where: string;
}

/** Kind -> the ending of its files, `v<N>.<ending>`. */
const SCHEMA_ENDINGS: Readonly<Record<SchemaKind, string>> = {
  avro: 'avsc',
  json: 'json',
  protobuf: 'proto',
};

/** Reads a schema of a contract. The one place where its kind is chosen. Throws `contract_invalid`, naming `where`. */
function parseSchema(
  kind: SchemaKind,
  text: string,
  where: string,
  references: readonly NamedText[],
): ParsedSchema {
  switch (kind) {
    case 'avro': {
      const texts = references.map((reference) => reference.text);
      return { record: parseAvroSchema(text, where, texts), json: null };
    }
    case 'json': {
      const json = new JsonSchema(text, where, references);
      return { record: recordOfSchema(json, where), json };
    }
    case 'protobuf':
      throw new SetupError('contract_invalid', `${where}: Protobuf cannot be read yet`);
  }
}

/** `folder`: of the contract. Throws `contract_invalid`, naming the file. */
export function readVersion(given: SchemaVersion, folder: string): ReadVersion {
  const { kind = 'avro', references = [], version, text } = given;
  const where = `${folder}/v${version}.${SCHEMA_ENDINGS[kind]}`;
  return { ...given, ...parseSchema(kind, text, where, references), kind, where };
}

/** The version and kind that the name of a schema's file says; null when it is none. */
export function versionOfFile(name: string): { readonly version: number; readonly kind: SchemaKind } | null {
  const [, version, ending] = /^v([1-9]\d*)\.([a-z]+)$/.exec(name) ?? [];
  const kind = (Object.keys(SCHEMA_ENDINGS) as SchemaKind[]).find((one) => SCHEMA_ENDINGS[one] === ending);
  return kind === undefined ? null : { version: Number(version), kind };
}

import { SetupError } from '@gondola/stream';
import { parseAvroSchema, type AvroRecord } from './avro-type.js';
import type { ContractFile } from './contract-file.js';
import type { SchemaVersion } from './contract.js';
import { JsonSchema } from './json-schema/json-schema.js';
import { recordOfSchema } from './json-schema/record-of-schema.js';
import { parseProto } from './protobuf/parse-proto.js';
import { recordOfMessage } from './protobuf/proto-record.js';
import type { ProtoMessage } from './protobuf/proto-schema.js';
import type { SchemaKind } from './remote-registry.js';

/** Folder of `schemas/` with schemas that others name, which are no events themselves. */
export const TYPES_FOLDER = 'types';

/** A version of a contract's schema: its fields, and what tells how its bytes are read. */
export type ParsedSchema =
  | { readonly kind: 'avro'; readonly record: AvroRecord }
  | { readonly kind: 'json'; readonly record: AvroRecord; readonly json: JsonSchema }
  | { readonly kind: 'protobuf'; readonly record: AvroRecord; readonly message: ProtoMessage };

/** What the files `v<N>.<ending>` of a contract are. */
const SCHEMA_ENDINGS: ReadonlyMap<string, SchemaKind> = new Map<string, SchemaKind>([
  ['avsc', 'avro'],
  ['json', 'json'],
  ['proto', 'protobuf'],
]);

const VERSION_FILE = /^v([1-9]\d*)\.([a-z]+)$/;

/** The version that a file of this name is; null: it is none. */
export function versionOfFile(name: string): { readonly version: number; readonly kind: SchemaKind } | null {
  const [, version = '', ending = ''] = VERSION_FILE.exec(name) ?? [];
  const kind = SCHEMA_ENDINGS.get(ending);
  return kind ? { version: Number(version), kind } : null;
}

/** What a version's file is called. */
export function schemaFileOf({ version, kind = 'avro' }: Pick<SchemaVersion, 'version' | 'kind'>): string {
  const ending = [...SCHEMA_ENDINGS].find(([, one]) => one === kind)?.[0] ?? kind;
  return `v${version}.${ending}`;
}

/** Throws `contract_invalid`, naming the file. */
export function parseSchema(
  version: Pick<SchemaVersion, 'version' | 'kind' | 'text' | 'references'>,
  file: ContractFile,
  folder: string,
): ParsedSchema {
  const { kind = 'avro', text, references = [] } = version;
  const where = `${folder}/${schemaFileOf(version)}`;
  switch (kind) {
    case 'avro':
      return {
        kind,
        record: parseAvroSchema(
          text,
          where,
          references.map((reference) => reference.text),
        ),
      };
    case 'json': {
      const json = new JsonSchema(text, where, references);
      return { kind, json, record: recordOfSchema(json, where) };
    }
    case 'protobuf': {
      // The first one is what producers' framings name when they name none.
      const texts = references.map((reference) => reference.text);
      const message = parseProto(text, where, texts).messageAt(null);
      if (!message) throw new SetupError('contract_invalid', `${where}: there is no message in it`);
      const { eventId, eventTime } = file.roles;
      const given = new Set([eventId, eventTime, ...(file.identity ?? [])]);
      return { kind, message, record: recordOfMessage(message, given, where) };
    }
  }
}

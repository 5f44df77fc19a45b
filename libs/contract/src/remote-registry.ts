/** What names a schema in a record: a number (Confluent's prefix), or a GUID or 32 hex digits (Confluent's header, AWS Glue, Azure), in small letters. */
export type SchemaId = number | string;

export type SchemaKind = 'avro' | 'json' | 'protobuf';

/** Names under which a registry has a schema, and which version it is under each. */
export interface SchemaName {
  readonly subject: string;
  readonly version: number;
}

/** A schema as a registry outside has it. */
export interface RemoteSchema {
  readonly kind: SchemaKind;
  readonly text: string;
  readonly names: readonly SchemaName[];
  /** Schemas whose types it names, each after those that it names itself. */
  readonly references: readonly { readonly name: string; readonly text: string }[];
}

/** A registry that is asked over a network. Implementations keep nothing and repeat nothing: who asks does both. */
export interface RemoteRegistry {
  /** For people: where it is, without secrets. */
  readonly address: string;
  /**
   * Null when the registry says that there is no such schema. Throws `registry_unavailable` (may work later), or a
   * `SetupError` (`registry_denied`) when it refuses us.
   */
  find(id: SchemaId, signal: AbortSignal): Promise<RemoteSchema | null>;
  /** The id of a version; null when the registry says that there is none. Throws as `find` does. */
  idOf(name: SchemaName, signal: AbortSignal): Promise<SchemaId | null>;
}

import type { Contract, ContractLookup, SchemaKind, SchemaReference } from '@gondola/contract';

/** Every contract there is, and what a registry's HTTP door answers with. */
export interface SchemaRegistry extends ContractLookup {
  /** In name order; with those of `types`, which have no contract. */
  subjects(): readonly string[];
  /** Ascending, empty when there is no such subject. */
  versions(subject: string): readonly number[];
  /** The file's text of an id, null when there is none. */
  schemaText(id: number): string | null;
  /** What that text is. */
  schemaKind(id: number): SchemaKind | null;
  /** The schemas that it names. */
  schemaReferences(id: number): readonly SchemaReference[];
  /** The id of a version, null when there is none. */
  schemaId(subject: string, version: number): number | null;
  contracts(): readonly Contract[];
}

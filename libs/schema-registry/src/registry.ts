import type { Contract, ContractLookup, SchemaKind } from '@gondola/contract';

/** Every contract there is, and what a registry's HTTP door answers with. */
export interface SchemaRegistry extends ContractLookup {
  /** In name order. */
  subjects(): readonly string[];
  /** Ascending, empty when there is no such subject. */
  versions(subject: string): readonly number[];
  /** The file's text of an id, null when there is none. */
  schemaText(id: number): string | null;
  /** What that text is. */
  schemaKind(id: number): SchemaKind | null;
  /** The id of a version, null when there is none. */
  schemaId(subject: string, version: number): number | null;
  contracts(): readonly Contract[];
}

import type { Contract, ContractLookup, SchemaVersion } from '@gondola/contract';

/** Every contract there is, and what a registry's HTTP door answers with. */
export interface SchemaRegistry extends ContractLookup {
  /** In name order; with those of `types`, which have no contract. */
  subjects(): readonly string[];
  /** Ascending, empty when there is no such subject. */
  versions(subject: string): readonly number[];
  /** The text of an id, null when there is none. */
  schemaText(id: number): string | null;
  /** The schema of an id, with its kind and references; null when there is none. */
  schemaOf(id: number): SchemaVersion | null;
  /** The id of a version, null when there is none. */
  schemaId(subject: string, version: number): number | null;
  contracts(): readonly Contract[];
}

import type { Contract } from './contract.js';

/** What a stage needs of a registry: everything that is known, without waiting. */
export interface ContractLookup {
  /** By subject, by CloudEvents type, or by either with `.v<version>`. */
  contractOf(subjectOrType: string): Contract | null;
  schemaById(id: number): { readonly contract: Contract; readonly version: number } | null;
}

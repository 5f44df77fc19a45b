import { Problem, type Contract } from '@gondola/contract';
import type { SetupError } from '@gondola/stream';
import type { SchemaRegistry } from './registry.js';
import type { LoggedSchema } from './schema-log.js';

const KEY_OR_VALUE = /-(?:value|key)$/;

/** The contract that a remote schema is of, and which version it is as its registry counts. */
export interface Bound {
  readonly contract: Contract;
  readonly version: number;
}

/** By the names under which the registry has it; topics' are without their ending. */
export function contractBySubject(contracts: SchemaRegistry, names: LoggedSchema['names']): Bound | null {
  for (const { subject, version } of names) {
    const contract =
      contracts.contracts().find(({ schemaSubject }) => schemaSubject && isNamed(schemaSubject, subject)) ??
      contracts.contractOf(subject) ??
      contracts.contractOf(subject.replace(KEY_OR_VALUE, ''));
    if (contract) return { contract, version };
  }
  return null;
}

/** Whether what a contract calls `name` is the registry's `subject`: groups, where a registry has them, come before a slash. */
export const isNamed = (name: string, subject: string): boolean =>
  name === subject || name.endsWith(`/${subject}`);

export function nobodys({ id, names }: LoggedSchema): Problem {
  const subjects = names.map(({ subject }) => subject).join(', ') || 'no name';
  return new Problem(
    'subject_unknown',
    '',
    `schema ${id} is of ${subjects}: no contract has it among its types`,
  );
}

/** A contract whose schema is a JSON Schema takes JSON only: what else it demands, other encodings would get past. */
export function notJson(contract: Contract, { id, kind }: LoggedSchema): Problem | null {
  if (kind === 'json' || contract.kindOf(contract.newestVersion) !== 'json') return null;
  return new Problem(
    'schema_mismatch',
    '',
    `schema ${id} is not JSON, which events of ${contract.subject} are`,
  );
}

export function cannotRead({ id }: LoggedSchema, { message }: SetupError): Problem {
  return new Problem('schema_mismatch', '', `the contract cannot read what schema ${id} writes: ${message}`);
}

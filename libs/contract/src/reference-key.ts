import { SetupError } from '@gondola/stream';
import type { Contract } from './contract.js';

/**
 * The column of `subject` by whose values other contracts refer to it (the item id of a catalog). Throws `contract_invalid`,
 * beginning with `where`, when there is no such contract or its silver has no single key as it came.
 */
export function referenceKeyColumn(contracts: readonly Contract[], subject: string, where: string): string {
  const refuse = (why: string) => new SetupError('contract_invalid', `${where}: subject: ${why}`);
  const contract = contracts.find((one) => one.subject === subject);
  if (!contract) throw refuse(`there is no contract ${subject}`);
  const [column, ...others] = contract.keyColumns;
  if (!column || others.length > 0)
    throw refuse(`${subject} has no single key field; its contract says one in roles.key`);
  if (contract.personal.has(column))
    throw refuse(`${column} of ${subject} is personal: silver does not have it as it came`);
  return column;
}

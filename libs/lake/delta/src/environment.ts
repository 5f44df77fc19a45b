import { SetupError } from '@gondola/stream';
import type { TableMetadata } from './actions.js';

/** Every table says which environment it belongs to, so that a test process cannot write to production. */
export const ENVIRONMENT_PROPERTY = 'gondola.environment';

/**
 * The first folder of a table is its environment's, and what the table says of itself has to be the same: whoever copied, moved or
 * linked tables of one environment into the folder of another is told by everything that opens them. A table that says
 * nothing (of other engines) is read, never written. Errors: `environment_mismatch`.
 */
export function requireEnvironmentOf(table: string, { configuration }: TableMetadata): void {
  const found = configuration[ENVIRONMENT_PROPERTY];
  const slash = table.indexOf('/');
  if (found === undefined || slash < 0 || table.slice(0, slash) === found) return;
  throw new SetupError(
    'environment_mismatch',
    `${table} belongs to environment ${found}: it was put into the folder of another, where nobody may use it. Take it out; ` +
      'gondola export makes a copy for another environment',
  );
}

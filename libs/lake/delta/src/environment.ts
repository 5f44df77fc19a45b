import { SetupError } from '@gondola/stream';
import type { TableMetadata } from './actions.js';
import type { TableSpec } from './schema.js';

/** Every table says which environment it belongs to, so that a test process cannot write to production. */
export const ENVIRONMENT_PROPERTY = 'gondola.environment';

/** Of a copy that `gondola export` made: whose rows they are. Nobody else adds to it. */
export const EXPORTED_FROM_PROPERTY = 'gondola.exportedFrom';

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

/** A table takes rows of its own environment's writers alone, and a copy only those of its origin. Errors: `environment_mismatch`. */
export function requireWriter({ path, properties }: TableSpec, { configuration }: TableMetadata): void {
  const [wanted, found] = [properties[ENVIRONMENT_PROPERTY], configuration[ENVIRONMENT_PROPERTY]];
  if (wanted !== found)
    throw new SetupError(
      'environment_mismatch',
      `${path} belongs to environment ${found ?? '(none)'}, this process is configured for ${wanted ?? '(none)'}`,
    );
  const [origin, copied] = [properties[EXPORTED_FROM_PROPERTY], configuration[EXPORTED_FROM_PROPERTY]];
  if (origin === copied) return;
  throw new SetupError(
    'environment_mismatch',
    copied === undefined
      ? `${path} has rows of ${found}'s own: what is exported from ${origin} needs a lake without this table`
      : `${path} is a copy of ${copied}'s, which gondola export alone writes, from there: another lake is for rows of ${found}'s own`,
  );
}

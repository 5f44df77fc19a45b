import { SetupError } from '@gondola/stream';
import type { Protocol, TableMetadata } from './actions.js';
import { propertiesOf } from './table-properties.js';

/** What we write: no table features, so that every engine can read it too. */
export const PROTOCOL: Protocol = {
  minReaderVersion: 1,
  minWriterVersion: 2,
  readerFeatures: [],
  writerFeatures: [],
};

/** The writer version from which features are named one by one. */
const NAMED_FEATURES_VERSION = 7;

/** Writer features that ask nothing of us while the table's metadata does not use them: see `DUTIES`. */
const IDLE_FEATURES = new Set([
  'appendOnly',
  'invariants',
  'checkConstraints',
  'changeDataFeed',
  'generatedColumns',
  'identityColumns',
]);

/** What the schema of a table can ask of whoever writes rows, by the field metadata that asks it. */
const DUTIES = [
  ['"delta.invariants"', 'column invariants'],
  ['"delta.generationExpression"', 'generated columns'],
  ['"delta.identity.', 'identity columns'],
  ['"delta.columnMapping.', 'column mapping'],
] as const;

const TRANSACTION_RETENTION = 'delta.setTransactionRetentionDuration';

/** Throws `table_unsupported` when live rows could be misread. */
export function requireReadable(table: string, { minReaderVersion, readerFeatures }: Protocol): void {
  if (minReaderVersion === 1 || (minReaderVersion === 3 && readerFeatures.length === 0)) return;
  const features = minReaderVersion === 2 ? ['columnMapping'] : readerFeatures;
  throw unsupported(table, `reader version ${minReaderVersion}${named(features)}`);
}

/** Throws `table_unsupported` when a plain append could break a promise that the table makes. */
export function requireAppendable(table: string, protocol: Protocol, metadata: TableMetadata): void {
  const { minWriterVersion, writerFeatures } = protocol;
  const unknown = writerFeatures.filter((feature) => !IDLE_FEATURES.has(feature));
  if (minWriterVersion > NAMED_FEATURES_VERSION || unknown.length > 0)
    throw unsupported(table, `writer version ${minWriterVersion}${named(unknown)}`);
  for (const [mark, duty] of DUTIES) if (metadata.schemaString.includes(mark)) throw unsupported(table, duty);
  const constraint = Object.keys(metadata.configuration).find((key) => key.startsWith('delta.constraints.'));
  if (constraint) throw unsupported(table, `the CHECK constraint ${constraint}`);
  // Whoever writes a checkpoint leaves out what has expired: a restart would begin at 0 and write all rows again.
  if (TRANSACTION_RETENTION in metadata.configuration)
    throw new SetupError(
      'table_unsupported',
      `${table}: ${TRANSACTION_RETENTION} is set, so the positions of quiet partitions would be forgotten: unset the property`,
    );
}

/** Throws `table_unsupported` when rows may only be added, or when each change must be written down for a feed. */
export function requireRemovable(table: string, metadata: TableMetadata): void {
  const { appendOnly, changeDataFeed } = propertiesOf(metadata);
  if (!appendOnly && !changeDataFeed) return;
  const property = appendOnly ? 'delta.appendOnly' : 'delta.enableChangeDataFeed';
  throw new SetupError(
    'table_unsupported',
    `${table}: rows cannot be removed or replaced while ${property} is true; compaction can`,
  );
}

const named = (features: readonly string[]): string =>
  features.length === 0 ? '' : ` with the features ${features.join(', ')}`;

function unsupported(table: string, what: string): SetupError {
  return new SetupError(
    'table_unsupported',
    `${table} needs ${what}, which is not supported: remove that from the table or configure another table`,
  );
}

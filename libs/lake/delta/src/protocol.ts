import { SetupError } from '@gondola/stream';
import type { Protocol, TableMetadata } from './actions.js';

/** What we write and all we can read: no table features, so that every engine can read it too. */
export const PROTOCOL: Protocol = {
  minReaderVersion: 1,
  minWriterVersion: 2,
  readerFeatures: [],
  writerFeatures: [],
};

/** Throws `table_unsupported` when live rows could be misread. */
export function requireReadable(table: string, protocol: Protocol): void {
  if (protocol.minReaderVersion === PROTOCOL.minReaderVersion && protocol.readerFeatures.length === 0) return;
  throw unsupported(table, `reader version ${protocol.minReaderVersion}`, protocol.readerFeatures);
}

/** Throws `table_unsupported` when a plain append could break a promise that the table makes. */
export function requireAppendable(table: string, protocol: Protocol, metadata: TableMetadata): void {
  if (protocol.minWriterVersion > PROTOCOL.minWriterVersion || protocol.writerFeatures.length > 0) {
    throw unsupported(table, `writer version ${protocol.minWriterVersion}`, protocol.writerFeatures);
  }
  // Column invariants are the one duty of writer version 2 that a schema alone does not show.
  if (metadata.schemaString.includes('delta.invariants')) throw unsupported(table, 'column invariants', []);
}

function unsupported(table: string, what: string, features: readonly string[]): SetupError {
  const named = features.length === 0 ? '' : ` with the features ${features.join(', ')}`;
  return new SetupError(
    'table_unsupported',
    `${table} needs ${what}${named}; only reader version 1 and writer version 2 without features are supported. ` +
      'Remove the features or configure another table.',
  );
}

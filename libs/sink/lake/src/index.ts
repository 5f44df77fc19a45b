export { createBronzeSink, type CommitNotes } from './bronze-sink.js';
export { PublishedCounts } from './published-counts.js';
export { createQuarantineSink } from './quarantine-sink.js';
export { readSilverIdentities, type SilverIdentities } from './silver-identities.js';
export { createSilverSink, type SilverSubject } from './silver-sink.js';
export { SignalSink, type PartitionSignals, type SignalSinkOptions } from './signal-sink.js';
export { createValidatedSink } from './validated-sink.js';
export type { LakeDeps } from './table-writer.js';

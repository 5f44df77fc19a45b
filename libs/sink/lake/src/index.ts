export { createBronzeSink, type CommitNotes } from './bronze-sink.js';
export { PublishedCounts } from './published-counts.js';
export { IncidentSink, type IncidentSinkOptions, type PartitionIncidents } from './incident-sink.js';
export { createQualitySink, type QualitySinkOptions } from './quality-sink.js';
export { createQuarantineSink } from './quarantine-sink.js';
export {
  findInSilver,
  readSilverIdentities,
  type SilverEvent,
  type SilverIdentities,
} from './silver-identities.js';
export { createSilverKeys } from './silver-keys.js';
export { createSilverSink, type SilverSubject } from './silver-sink.js';
export type { StateCopy } from './state-files.js';
export type { KeptState, SnapshotPolicy, WrittenSnapshot } from './state-keeper.js';
export { SignalSink, type PartitionSignals, type SignalSinkOptions } from './signal-sink.js';
export { createValidatedSink } from './validated-sink.js';
export type { LakeDeps } from './table-writer.js';
export {
  findSignal,
  readTrail,
  type SignalTrail,
  type TrailDeps,
  type TrailSnapshot,
} from './signal-trail.js';

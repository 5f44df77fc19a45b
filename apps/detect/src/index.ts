export * from './detect.config.js';
export * from './detect.js';
export { championsOf, ModelRegistry, type ModelDecision } from './model-registry.js';
export { readOutcomes, type Outcome } from './outcomes.js';
export { inRecordOrder, type PlacedStore, type RecordPart } from './record-order.js';
export { signalDifferences, type FieldDifference } from './compare-signals.js';
export { replaySignal, replayStart, type ReplayedSignal, type ReplayStart } from './replay-signal.js';
export type { ShelfInput } from './shelf-inputs.js';
export { findSignal } from '@gondola/sink-lake';

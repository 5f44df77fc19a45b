export * from './detect.config.js';
export * from './detect.js';
export { championsOf, ModelRegistry, type ModelDecision } from './model-registry.js';
export { readOutcomes, type Outcome } from './outcomes.js';
export { inRecordOrder, type PlacedStore, type RecordPart } from './record-order.js';

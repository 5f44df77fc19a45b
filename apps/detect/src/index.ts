export * from './detect.config.js';
export * from './detect.js';
export { championsOf, ModelRegistry, type ModelDecision } from './model-registry.js';
export { readOutcomes, type Outcome } from './outcomes.js';

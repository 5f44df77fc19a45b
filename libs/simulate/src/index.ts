export type { Item, Store } from './catalogue.js';
export type { Rates } from './rates.js';
export { NO_SCENARIOS, type Scenarios } from './scenarios.js';
export * from './simulation.js';
export type { TruthRow } from './truth.js';

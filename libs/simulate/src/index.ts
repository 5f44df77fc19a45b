export type { Item, Store } from './catalogue.js';
export * from './simulation.js';
export type { Rates } from './rates.js';

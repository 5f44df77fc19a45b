export type { Item, Store } from './catalogue.js';
export * from './simulation.js';

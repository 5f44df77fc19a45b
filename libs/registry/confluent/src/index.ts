export { createConfluentRegistry, type ConfluentSettings } from './confluent-registry.js';

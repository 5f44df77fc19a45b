export { createConfluentRegistry, type ConfluentSettings } from './confluent-registry.js';
export { createConfluentSubjects } from './subject-registry.js';

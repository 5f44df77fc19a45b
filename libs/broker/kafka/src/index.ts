export * from './kafka-broker.js';
export * from './kafka-settings.js';

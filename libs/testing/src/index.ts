export * from './describe-object-store.js';
export * from './describe-source.js';
export * from './far-broker.js';
export * from './http-registry.js';
export * from './manual-clock.js';
export * from './patiently.js';
export * from './reading.js';
export * from './faulty-store.js';

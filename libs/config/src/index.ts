export { environmentsIn, isStrict, knownEnvironments } from './environment/names.js';
export * from './fields.js';
export * from './follow-fields.js';
export * from './format-lake-address.js';
export * from './lake-address.js';
export * from './parse-config.js';
export * from './registry-fields.js';
export * from './stream-fields.js';
export { streamName } from './stream/common.js';

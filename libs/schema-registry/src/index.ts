export { loadEmbeddedRegistry } from './embedded-registry.js';
export type { SchemaRegistry } from './registry.js';

export { loadEmbeddedRegistry } from './embedded-registry.js';
export type { SchemaRegistry } from './registry.js';
export { RemoteSchemas, type RemoteSchemasDeps } from './remote-schemas.js';

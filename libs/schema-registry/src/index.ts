export { versionOfText, whyIncompatible } from './compatibility-test.js';
export { loadEmbeddedRegistry, readEachContract } from './embedded-registry.js';
export type { SchemaRegistry } from './registry.js';
export { RemoteSchemas, type RemoteSchemasDeps } from './remote-schemas.js';

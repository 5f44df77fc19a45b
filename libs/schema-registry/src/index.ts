export { versionOfText, whyIncompatible } from './compatibility-test.js';
export { loadEmbeddedRegistry, namedSchemas, readEachContract } from './embedded-registry.js';
export { findNamedSchemas, versionOf, type NamedSchemasDeps } from './named-schemas.js';
export type { SchemaRegistry } from './registry.js';
export { RemoteSchemas, type RemoteSchemasDeps } from './remote-schemas.js';

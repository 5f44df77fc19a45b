export { checkRegistry, type KnownSubject, type RegistryState } from './check-registry.js';
export { checkSchemas } from './check-schemas.js';
export type { Finding } from './finding.js';
export { registerSchemas, type Registration } from './register-schemas.js';
export type { SchemaFolder } from './schema-folder.js';
export { typesNamed } from './types-named.js';

export { createGlueRegistry, type GlueSettings } from './glue-registry.js';

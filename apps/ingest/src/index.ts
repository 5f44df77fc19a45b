export { handedOver } from './handed-over.js';
export * from './ingest.config.js';
export * from './ingest.js';
export * from './ingest-stages.js';
export * from './ingest.pipeline.js';
export { createValidated } from './validated.js';

export * from './open-tracing.js';
export * from './pipeline-tracing.js';

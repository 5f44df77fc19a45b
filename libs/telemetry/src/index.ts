export * from './exemplar.js';
export * from './incident-metrics.js';
export * from './lake-metrics.js';
export * from './logger.js';
export * from './metric-spec.js';
export * from './metrics.js';
export * from './metrics-registry.js';
export * from './precision-metric.js';
export { showBuild, showCertificates, showKeyEnds } from './process-metrics.js';

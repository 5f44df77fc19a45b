export * from './exemplar.js';
export * from './incident-metrics.js';
export * from './logger.js';
export * from './metrics.js';
export * from './precision-metric.js';

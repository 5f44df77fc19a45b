export * from './exemplar.js';
export {
  createLineageMetrics,
  createSpanMetrics,
  type LineageMetrics,
  type SpanMetrics,
} from './follow-metrics.js';
export * from './incident-metrics.js';
export { createLogger, LOG_LEVELS, type LogLevel } from './logger.js';
export * from './logging.js';
export * from './metrics.js';
export * from './precision-metric.js';

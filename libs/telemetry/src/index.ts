export * from './exemplar.js';
export {
  createLineageMetrics,
  createSpanMetrics,
  type LineageMetrics,
  type SpanMetrics,
} from './follow-metrics.js';
export * from './incident-metrics.js';
export * from './lake-metrics.js';
export { createLogger, type LogLevel } from './logger.js';
export * from './logging.js';
export * from './metric-spec.js';
export * from './metrics.js';
export * from './metrics-registry.js';
export * from './precision-metric.js';
export { showBuild, showCertificates, showKeyEnds } from './process-metrics.js';
export { createWebhookMetrics, type WebhookMetrics } from './webhook-metrics.js';
export { createStockoutMetrics, type StockoutNumbers } from './stockout-gauges.js';

export * from './incident-metrics.js';
export * from './logger.js';
export * from './metrics.js';
export * from './precision-metric.js';
export { createStockoutMetrics, type StockoutNumbers } from './stockout-gauges.js';

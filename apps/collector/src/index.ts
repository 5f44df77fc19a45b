export { collectorConfigSchema, type CollectorConfig } from './collector.config.js';
export { createCollector, type Collector, type CollectorDeps } from './create-collector.js';
export { createEventWriter, type WriteEvent } from './event-writer.js';
export { addKey, readKeyFile } from './producer-keys.js';

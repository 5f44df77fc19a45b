export { createEmbeddedBroker } from './embedded-broker.js';
export { EmbeddedLog, type PartitionEnds } from './embedded-log.js';
export { createEmbeddedSource, type EmbeddedSourceOptions } from './embedded-source.js';
export { createEmbeddedSink } from './embedded-sink.js';

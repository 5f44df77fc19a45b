export { createProducer, type EventResult, type Producer, type ProducerOptions } from './create-producer.js';
export type { EventInput, Subject } from './event-input.js';

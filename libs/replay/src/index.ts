export * from './events-file.js';
export * from './online-retail.js';
export * from './panel-events.js';
export * from './panel-file.js';
export * from './replay-record.js';

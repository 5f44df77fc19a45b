export * from './detect.config.js';
export * from './detect.js';

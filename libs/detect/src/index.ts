export * from './config.js';
export * from './engine.js';
export { modelOf, parseModel, type Model, type ModelFile } from './model.js';
export * from './panel.js';
export { localClock } from './local-time.js';
export { fitModel, isTestStore, type FitOptions } from './fit.js';

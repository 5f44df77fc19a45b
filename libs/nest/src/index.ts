export { CatchAllFilter, PROBLEM_TYPE, type Problem } from './catch-all.filter.js';
export * from './http-app.js';
export * from './http-types.js';
export type { LogLevels, NamedLevel } from './log-level.controller.js';
export * from './operations.controller.js';
export * from './pipeline-server.js';
export { readBody } from './read-body.js';
export { readJsonObject } from './read-json.js';
export type { Readiness } from './readiness.js';

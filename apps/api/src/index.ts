export { apiConfigSchema, type ApiConfig, type ApiConfigInput } from './api.config.js';
export { createApi, createQualityTail, type Api, type ApiDeps } from './create-api.js';
export { QualityStore, type QualityHour } from './quality-store.js';
export type { SchemaLookup } from './registry.controller.js';
export { DrawnShelves, localDay } from './loop/drawn-shelves.js';
export type { VerdictWriter } from './loop/verdicts.controller.js';
export type { QuarantineAccess } from './quarantine/access.js';
export { ANSWER_SCHEMAS } from './openapi/generated/answer-schemas.js';
export { createDocument } from './openapi/document.js';

export * from './map-outcome.js';
export { MAPPED_FORMATS, MAPPERS, type MappedFormat } from './mappers.js';
export { isTimeZone } from './time-text.js';

export * from './generate.js';
export * from './alertmanager/config.js';
export { TEAMS } from './alertmanager/receivers.js';
export * from './rules/alert.js';
export * from './rules/limits.js';
export * from './rules/prometheus-config.js';
export * from './rules/proofs.js';
export * from './rules/rule-files.js';
export * from './runbooks.js';

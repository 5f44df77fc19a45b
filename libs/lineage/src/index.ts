export { datasetNames, streamDataset } from './dataset-names.js';
export * from './open-lineage.js';
export { PipelineLineage } from './pipeline-lineage.js';
export type { RunEvent } from './run-event.js';

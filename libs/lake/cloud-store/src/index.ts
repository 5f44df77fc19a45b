export * from './cloud-objects.js';
export { createCloudStore, type CloudStoreDeps } from './cloud-store.js';
export { EXPIRED } from './failure.js';

export { createLocalDiskStore } from './local-disk-store.js';

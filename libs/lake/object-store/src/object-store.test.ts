import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeObjectStore } from '@gondola/testing';
import { createLocalDiskStore } from './local-disk-store.js';

describeObjectStore('the local disk', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'gondola-store-'));
  return {
    open: async () => createLocalDiskStore(join(folder, 'lake')),
    close: () => rm(folder, { recursive: true, force: true }),
  };
});

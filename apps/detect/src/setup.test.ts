import { hash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLocalDiskStore } from '@gondola/lake-object-store';
import { loadSetup } from './setup.js';

it('reads settings that were kept before a signal needed hours in a row as they were meant then', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'gondola-setup-'));
  try {
    const store = createLocalDiskStore(folder);
    const kept = {
      ...{ environment: 'dev', defaultSubject: null, futureMsMax: 300_000, dedupe: {}, hasCatalog: false },
      ...{ detection: { raiseProbability: 0.7 }, model: 'ab' },
    };
    const text = JSON.stringify(kept);
    const name = hash('sha256', text, 'hex');
    await store.put(`dev/_setup/${name}.json`, Buffer.from(text));
    const { detection } = await loadSetup(store, 'dev', name);
    expect(detection).toMatchObject({ raiseProbability: 0.7, raiseHours: 1 });
  } finally {
    await rm(folder, { recursive: true });
  }
});

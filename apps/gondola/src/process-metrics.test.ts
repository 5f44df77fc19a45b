import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseConfig } from '@gondola/config';
import { detectServiceConfigSchema } from '@gondola/detect-service';
import { createLocalDiskStore } from '@gondola/lake-object-store';
import { countedStore, createRegistry } from '@gondola/telemetry';
import { certificateFilesOf } from './process-metrics.js';

it('finds every certificate that a configuration names, and no key', () => {
  const config = parseConfig('detect', detectServiceConfigSchema, {
    environment: 'dev',
    lake: 'lake',
    stream: {
      broker: 'kafka',
      bootstrap: ['127.0.0.1:9092'],
      name: 'events',
      tls: { caFile: 'ca.pem', certFile: 'client.pem', keyFile: 'client.key' },
    },
    registry: { kind: 'confluent', urls: ['https://127.0.0.1:8081'], caFile: 'registry/ca.pem' },
  });
  expect(certificateFilesOf([config, config])).toEqual(['ca.pem', 'client.pem', 'registry/ca.pem']);
});

it('counts what is asked of the lake', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'gondola-counted-'));
  const registry = createRegistry();
  const store = countedStore(registry, createLocalDiskStore(folder));
  try {
    await store.put('a/1', new Uint8Array(10));
    expect(await store.putIfAbsent('a/2', new Uint8Array(5))).toBe(true);
    expect(await store.putIfAbsent('a/2', new Uint8Array(7))).toBe(false);
    expect(await store.get('a/1')).toHaveLength(10);
    expect(await store.get('a/3')).toBeNull();
    expect((await store.list('a')).map(({ path }) => path)).toEqual(['a/1', 'a/2']);
    let found = 0;
    for await (const { path } of store.listAll('a')) if (path.startsWith('a/')) found++;
    expect(found).toBe(2);
    await store.delete('a/1');
    const lines = (await registry.metrics()).split('\n').filter((line) => line.startsWith('gondola_lake_'));
    expect(lines).toEqual([
      'gondola_lake_requests_total{operation="put"} 3',
      'gondola_lake_requests_total{operation="get"} 2',
      'gondola_lake_requests_total{operation="list"} 2',
      'gondola_lake_requests_total{operation="delete"} 1',
      'gondola_lake_bytes_total{direction="read"} 10',
      'gondola_lake_bytes_total{direction="written"} 15',
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

import { resolve } from 'node:path';
import type { LakeAddress, StreamConfig } from '@gondola/config';
import type { DatasetNames } from './pipeline-lineage.js';
import type { DatasetName } from './run-event.js';

/** By OpenLineage's naming conventions, so that what other tools say of the same table or topic meets ours. */
export function datasetNames(stream: StreamConfig, lake: LakeAddress, environment: string): DatasetNames {
  return {
    stream: (name) => streamDataset(stream, name),
    table: (path) => tableDataset(lake, `${environment}/${path}`),
  };
}

export function streamDataset(stream: StreamConfig, name: string): DatasetName {
  switch (stream.broker) {
    case 'kafka':
      // One broker stands for the cluster: the first by name, however they are listed.
      return { namespace: `kafka://${[...stream.bootstrap].sort()[0]}`, name };
    case 'kinesis':
      return {
        namespace: `kinesis://${stream.endpoint ? new URL(stream.endpoint).host : (stream.region ?? 'default-region')}`,
        name,
      };
    case 'event-hubs':
      return { namespace: `eventhubs://${stream.namespace ?? 'unknown'}`, name };
    case 'embedded':
      return { namespace: 'file', name: `${resolve(stream.file)}/${name}` };
  }
}

function tableDataset(lake: LakeAddress, path: string): DatasetName {
  if (lake.store === 'local') return { namespace: 'file', name: resolve(lake.folder, path) };
  const name = lake.prefix === '' ? path : `${lake.prefix}/${path}`;
  if (lake.store === 's3') return { namespace: `s3://${lake.bucket}`, name };
  const host = lake.account ? `${lake.account}.dfs.core.windows.net` : hostOf(lake.endpoint);
  return { namespace: `abfss://${lake.container}@${host}`, name };
}

const hostOf = (endpoint: string | undefined) => (endpoint ? new URL(endpoint).host : 'unknown');

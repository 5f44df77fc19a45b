import type { ObjectStore } from '@gondola/stream';
import type { AddFile, CheckpointWriter, TableSnapshot, TableSpec } from '../src/index.js';

export const SPEC: TableSpec = {
  path: 'test/silver/pos',
  columns: [
    { name: 'sku', type: { kind: 'string' }, nullable: false },
    { name: 'event_date', type: { kind: 'date' }, nullable: false },
  ],
  partitionBy: 'event_date',
  properties: { 'gondola.environment': 'test' },
};

export const withProperties = (properties: Readonly<Record<string, string>>): TableSpec => ({
  ...SPEC,
  properties: { ...SPEC.properties, ...properties },
});

export const fileOf = (name: string): AddFile => ({
  path: `event_date=2024-03-28/${name}`,
  partitionValues: { event_date: '2024-03-28' },
  size: 1,
  modificationTime: 1,
  dataChange: true,
  stats: '{"numRecords":1}',
});

/** An append of one file by a writer of its own. */
export const adding = (name: string) => ({
  files: [fileOf(name)],
  transactions: [{ appId: name, expected: null, version: 1n }],
  operation: 'WRITE',
});

export const namesOf = (files: readonly { readonly path: string }[]) =>
  files.map(({ path }) => path.slice(path.lastIndexOf('/') + 1));

const logFile = (version: number, ending: string) =>
  `${SPEC.path}/_delta_log/${String(version).padStart(20, '0')}${ending}`;
export const commitName = (version: number) => logFile(version, '.json');
export const checkpointName = (version: number, part = '') => logFile(version, `.checkpoint${part}.parquet`);
export const HINT = `${SPEC.path}/_delta_log/_last_checkpoint`;

/** Collects what is told to a human. */
export function createUpkeep(writeCheckpoint: CheckpointWriter) {
  const warnings: Readonly<Record<string, unknown>>[] = [];
  const log = {
    info() {},
    warn: (fields: Readonly<Record<string, unknown>>) => warnings.push(fields),
    error() {},
  };
  return { upkeep: { writeCheckpoint, log }, warnings };
}

/** Versions that the log has, by the names of its files. */
export async function logOf(store: ObjectStore) {
  const names = namesOf(await store.list(`${SPEC.path}/_delta_log`));
  const numbers = (ending: string) =>
    names.filter((name) => name.endsWith(ending)).map((name) => Number(name.slice(0, 20)));
  return { commits: numbers('.json'), checkpoints: numbers('.checkpoint.parquet') };
}

/** What must not depend on where a table was loaded from: tombstones may expire. */
export const liveOf = (snapshot: TableSnapshot | null) => snapshot && { ...snapshot, tombstones: [] };

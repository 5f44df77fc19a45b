import { readdirSync } from 'node:fs';
import { createLocalDiskStore } from '@gondola/lake-object-store';
import { readSnapshot } from '@gondola/lake-delta';
import { readParquet } from '@gondola/lake-parquet';

/** When a row was read or sent is different in every run; everything else must not be. */
const TIMES_OF_THE_RUN = new Set(['ingest_time', 'broker_time', 'ingest_date']);

/** Every table of an environment as sorted lines of text, one for each row. */
export async function lakeRows(lake: string, environment: string): Promise<Map<string, string[]>> {
  const store = createLocalDiskStore(lake);
  const tables = new Map<string, string[]>();
  for (const path of tablesOf(lake, environment)) {
    const snapshot = await readSnapshot(store, `${environment}/${path}`);
    const lines: string[] = [];
    for (const file of snapshot?.files ?? []) {
      const bytes = await store.get(`${environment}/${path}/${file.path}`);
      if (!bytes) throw new Error(`${path}/${file.path} is in the log but not there`);
      for (const row of await readParquet(bytes)) lines.push(lineOf(row));
    }
    tables.set(path, lines.sort());
  }
  return tables;
}

function tablesOf(lake: string, environment: string): string[] {
  const folders = (path: string) => readdirSync(`${lake}/${environment}/${path}`);
  return [
    ...folders('bronze').map((name) => `bronze/${name}`),
    ...folders('silver').map((name) => `silver/${name}`),
    ...folders('.').filter((name) => name === 'quarantine' || name === 'signals'),
  ].sort();
}

function lineOf(row: Readonly<Record<string, unknown>>): string {
  const kept = Object.entries(row).filter(([name]) => !TIMES_OF_THE_RUN.has(name));
  return JSON.stringify(kept, (_, value: unknown) => {
    if (typeof value === 'bigint') return `${value}n`;
    if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
    return value;
  });
}

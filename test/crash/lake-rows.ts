import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { qualityOfRow, sumCounts, type QualityCount } from '@gondola/events';
import { createLocalDiskStore } from '@gondola/lake-object-store';
import { readSnapshot } from '@gondola/lake-delta';
import { readCheckpoint, readParquet } from '@gondola/lake-parquet';

/** When a row was read or sent is different in every run; everything else must not be. */
const TIMES_OF_THE_RUN = new Set(['ingest_time', 'broker_time', 'ingest_date']);

/** Every table of an environment as sorted lines of text, one for each row. */
export async function lakeRows(lake: string, environment: string): Promise<Map<string, string[]>> {
  const tables = new Map<string, string[]>();
  for (const path of tablesOf(lake, environment)) {
    const lines: string[] = [];
    for await (const line of linesOf(lake, `${environment}/${path}`)) lines.push(line);
    tables.set(path, lines.sort());
  }
  if (folders(lake, environment).includes('quality'))
    tables.set('quality', await countsOf(lake, `${environment}/quality`));
  return tables;
}

/** Sums of the counts: how many flushes they come from is different in every run. */
async function countsOf(lake: string, table: string): Promise<string[]> {
  const counts: QualityCount[] = [];
  for await (const row of rowsOf(lake, table)) counts.push(qualityOfRow(row));
  return sumCounts(counts)
    .map(({ hourMs, subject, expectation: { name }, checked, failed }) =>
      [hourMs, subject, name, checked, failed].join(' '),
    )
    .sort();
}

export interface Digest {
  readonly rows: number;
  /** Sum of 40 bits of each row's hash, in whatever order the rows stand. */
  readonly sum: bigint;
}

/** The same for tables that are too large to be held. */
export async function lakeDigests(lake: string, environment: string): Promise<Map<string, Digest>> {
  const tables = new Map<string, Digest>();
  for (const path of tablesOf(lake, environment)) {
    let rows = 0;
    let sum = 0n;
    for await (const line of linesOf(lake, `${environment}/${path}`)) {
      rows++;
      sum += BigInt(createHash('sha1').update(line).digest().readUIntBE(0, 5));
    }
    tables.set(path, { rows, sum });
  }
  return tables;
}

export async function* linesOf(lake: string, table: string): AsyncGenerator<string> {
  for await (const row of rowsOf(lake, table)) yield lineOf(row);
}

async function* rowsOf(lake: string, table: string): AsyncGenerator<Readonly<Record<string, unknown>>> {
  const store = createLocalDiskStore(lake);
  const snapshot = await readSnapshot(store, table, readCheckpoint);
  for (const file of snapshot?.files ?? []) {
    const bytes = await store.get(`${table}/${file.path}`);
    if (!bytes) throw new Error(`${table}/${file.path} is in the log but not there`);
    yield* await readParquet(bytes);
  }
}

const folders = (lake: string, path: string): string[] => readdirSync(`${lake}/${path}`);

function tablesOf(lake: string, environment: string): string[] {
  return [
    ...folders(lake, `${environment}/bronze`).map((name) => `bronze/${name}`),
    ...folders(lake, `${environment}/silver`).map((name) => `silver/${name}`),
    ...folders(lake, environment).filter((name) => name === 'quarantine' || name === 'signals'),
  ].sort();
}

function lineOf(row: Readonly<Record<string, unknown>>): string {
  let line = '';
  for (const name in row) if (!TIMES_OF_THE_RUN.has(name)) line += `${name}=${textOf(row[name])} `;
  return line;
}

function textOf(value: unknown): string {
  if (value instanceof Uint8Array)
    return Buffer.from(value.buffer, value.byteOffset, value.length).toString('base64');
  return typeof value === 'object'
    ? JSON.stringify(value, (_, inner: unknown) => plain(inner))
    : String(value);
}

const plain = (value: unknown): unknown => (value instanceof Uint8Array ? textOf(value) : value);

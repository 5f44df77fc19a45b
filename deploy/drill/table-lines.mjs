/** Tables as sorted lines of text, one for each row, so that two lakes can be held against each other. */
import { readdirSync } from 'node:fs';
import { readDataFile, readSnapshot } from '@gondola/lake-delta';
import { createLocalDiskStore } from '@gondola/lake-object-store';
import { readCheckpoint, readParquet } from '@gondola/lake-parquet';

/** When a row was read is different in every run. */
const TIMES = new Set(['ingest_time', 'broker_time', 'ingest_date']);
const isPlace = (name) => name.startsWith('source_');

/** Lines of a table, or of all tables in a folder; without its place a row is the same whatever stream it came by. */
export async function tableLines(lake, path, { withPlace }) {
  const store = createLocalDiskStore(lake);
  const names = readdirSync(`${lake}/${path}`);
  const tables = names.includes('_delta_log') ? [path] : names.map((name) => `${path}/${name}`);
  const lines = [];
  for (const table of tables.sort()) {
    const snapshot = await readSnapshot(store, table, readCheckpoint);
    for (const file of snapshot?.files ?? [])
      for (const row of await readParquet(await readDataFile(store, table, file)))
        lines.push(`${table} ${lineOf(row, withPlace)}`);
  }
  return lines.sort();
}

function lineOf(row, withPlace) {
  const kept = Object.entries(row).filter(([name]) => !TIMES.has(name) && (withPlace || !isPlace(name)));
  return JSON.stringify(Object.fromEntries(kept), (_, value) =>
    typeof value === 'bigint' ? `${value}` : value,
  );
}

/** How many lines of one list the other has not, each as often as it stands there. */
export function missingFrom(lines, expected) {
  const left = new Map();
  for (const line of lines) left.set(line, (left.get(line) ?? 0) + 1);
  let missing = 0;
  for (const line of expected) {
    const count = left.get(line) ?? 0;
    if (count === 0) missing++;
    else left.set(line, count - 1);
  }
  return missing;
}

/** Of two sorted lists. */
export const same = (left, right) =>
  left.length === right.length && left.every((line, index) => line === right[index]);

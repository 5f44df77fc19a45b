/**
 * A writer in a process of its own: `append-commits.mjs LAKE APP_ID COMMITS`, started by writers.ts.
 * Says 'ready', waits for a word, then appends commit after commit from where the table says it stands, each a file of
 * ROWS rows. Sends `{ won, fenced }` when done. Runs the built packages, as a service does.
 */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { addFileOf, openTable } from '@gondola/lake-delta';
import { columnarEncoder, readCheckpoint, writeCheckpoint } from '@gondola/lake-parquet';
import { systemClock } from '@gondola/stream';
import { storeOf } from './store-of.ts';

const ROWS = 10;
const TABLE = 'test/bronze/tills';
const COLUMNS = [
  { name: 'app_id', type: { kind: 'string' }, nullable: false },
  { name: 'commit', type: { kind: 'int32' }, nullable: false },
  { name: 'row', type: { kind: 'int32' }, nullable: false },
];

const [lake, appId, commits] = process.argv.slice(2);
const store = await storeOf(lake);
const spec = {
  path: TABLE,
  columns: COLUMNS,
  partitionBy: null,
  properties: { 'gondola.environment': 'test' },
};
const failed = (fields, message) => {
  throw new Error(`${message}: ${JSON.stringify(fields)}`);
};
const upkeep = { writeCheckpoint, log: { info() {}, warn: failed, error: failed } };
const table = await openTable(store, spec, systemClock, readCheckpoint, upkeep);

process.send('ready');
await once(process, 'message');

const won = [];
let fenced = 0;
for (let next = table.snapshot().transactions.get(appId) ?? 0n; next < BigInt(commits); next++) {
  try {
    won.push(await appendOne(next));
  } catch (error) {
    if (error.code !== 'fenced') throw error;
    fenced++;
  }
}
process.send({ won, fenced });
process.disconnect();

async function appendOne(next) {
  const rows = {
    rows: ROWS,
    columns: [
      { spec: COLUMNS[0], values: new Array(ROWS).fill(appId) },
      { spec: COLUMNS[1], values: new Int32Array(ROWS).fill(Number(next)) },
      { spec: COLUMNS[2], values: Int32Array.from({ length: ROWS }, (_, row) => row) },
    ],
  };
  const file = await columnarEncoder.encode([rows], { fieldIds: table.fieldIds() });
  const path = `part-${randomUUID()}.parquet`;
  await store.put(`${TABLE}/${path}`, file.bytes);
  return table.append({
    files: [addFileOf(path, file, {}, systemClock.nowMs())],
    transactions: [{ appId, expected: next === 0n ? null : next, version: next + 1n }],
    operation: 'WRITE',
  });
}

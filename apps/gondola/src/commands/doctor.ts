import { randomUUID } from 'node:crypto';
import { existsSync, statfsSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname } from 'node:path';
import { EmbeddedLog } from '@gondola/broker-embedded';
import { parseLakeAddress, type LakeAddress } from '@gondola/config';
import { readSnapshot } from '@gondola/lake-delta';
import { readCheckpoint } from '@gondola/lake-parquet';
import { listTables } from '@gondola/lake-upkeep';
import { loadEmbeddedRegistry } from '@gondola/schema-registry';
import { parsePort, UsageError, type Command } from '../command.js';
import { lineFiles, SHIPPED } from '../line.js';
import { openLake } from '../open-lake.js';
import { readModel } from '../read-model.js';

interface Check {
  readonly name: string;
  /** Returns what was found; throws what is wrong and what to do. */
  run(): Promise<string> | string;
}

const FREE_BYTES_MIN = 1 << 30;
const NODE_MAJOR_MIN = 24;

export const doctor: Command = {
  summary: 'say whether this machine, the lake and the files are fit, and what to do if not',
  usage: '[--lake DIR|URI] [--port N] [--environment NAME]',
  options: {
    lake: { type: 'string', default: '.gondola/lake' },
    port: { type: 'string', default: '8080' },
    environment: { type: 'string', default: 'dev' },
  },
  run: async ({ positionals, values }, context) => {
    if (positionals.length > 0) throw new UsageError('doctor takes no positional arguments');
    const environment = String(values['environment']);
    const lake = parseLakeAddress(String(values['lake']), environment);
    const port = parsePort(values['port']);
    const results: { check: string; ok: boolean; found: string }[] = [];
    for (const check of checksOf(lake, port, environment)) {
      const result = await look(check);
      results.push(result);
      context.say(`${result.ok ? 'ok  ' : 'BAD '} ${result.check.padEnd(9)} ${result.found}`);
    }
    return { command: 'doctor', ok: results.every((result) => result.ok), checks: results };
  },
};

async function look(check: Check): Promise<{ check: string; ok: boolean; found: string }> {
  try {
    return { check: check.name, ok: true, found: await check.run() };
  } catch (error) {
    return { check: check.name, ok: false, found: error instanceof Error ? error.message : String(error) };
  }
}

function checksOf(lake: LakeAddress, port: number, environment: string): Check[] {
  return [
    { name: 'node', run: checkNode },
    { name: 'schemas', run: () => `${loadEmbeddedRegistry(SHIPPED.schemas).subjects().length} contracts` },
    { name: 'model', run: () => `version ${readModel().version}` },
    { name: 'lake', run: () => checkLake(lake) },
    ...(lake.store === 'local' ? [{ name: 'disk', run: () => checkDisk(lake.folder) }] : []),
    { name: 'tables', run: () => checkTables(lake, environment) },
    { name: 'stream', run: () => checkStream(lineFiles(lake).stream) },
    { name: 'port', run: () => checkPort(port) },
  ];
}

function checkNode(): string {
  const major = Number(process.versions.node.split('.')[0]);
  if (major >= NODE_MAJOR_MIN) return process.version;
  throw new Error(`${process.version}, but ${NODE_MAJOR_MIN} is needed: call gondola with npx`);
}

async function checkLake(lake: LakeAddress): Promise<string> {
  const store = openLake(lake);
  const path = `_gondola/doctor-${randomUUID()}`;
  const isNew = await store.putIfAbsent(path, new Uint8Array([1]));
  const isTaken = !(await store.putIfAbsent(path, new Uint8Array([2])));
  await store.delete(path);
  if (isNew && isTaken) return `${store.address} can be written, exclusive create works`;
  throw new Error(
    `${store.address}: two writers both created the same object; this store cannot hold a lake`,
  );
}

/** Of the nearest folder that is there: the lake's own may be yet to be made. */
function checkDisk(lake: string): string {
  if (!existsSync(lake) && dirname(lake) !== lake) return checkDisk(dirname(lake));
  const { bavail, bsize } = statfsSync(lake);
  const free = bavail * bsize;
  const gigabytes = `${(free / 2 ** 30).toFixed(1)} GiB free`;
  if (free >= FREE_BYTES_MIN) return gigabytes;
  throw new Error(`${gigabytes} at ${lake}: make room, ingest stops reading when the disk is full`);
}

/** Whether every log can be replayed; the files that they name are `reconcile`'s to look at. */
async function checkTables(lake: LakeAddress, environment: string): Promise<string> {
  const store = openLake(lake);
  const tables = await listTables(store, environment);
  for (const table of tables) await readSnapshot(store, table, readCheckpoint);
  if (tables.length === 0) return `none of ${environment} yet`;
  return `the logs of the ${tables.length} of ${environment} are readable`;
}

function checkStream(file: string): string {
  const stream = EmbeddedLog.open(file);
  stream.close();
  return `${file} opens`;
}

function checkPort(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', () => reject(new Error(`${port} is taken: stop what uses it or choose another`)));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(`${port} is free`)));
  });
}

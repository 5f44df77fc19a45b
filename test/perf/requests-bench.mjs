/**
 * npm run bench -- requests [--days N]
 *
 * What a lake on S3 is asked: made-up shops (six stores, all subjects) through `gondola ingest` and `detect --once` into versitygw, whose
 * access log is counted. Two runs, the second with twice the days: what a commit asks is told from what a start does. One JSON line.
 */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { createEmbeddedSink, EmbeddedLog } from '@gondola/broker-embedded';
import { encodeAvro } from '@gondola/contract';
import { loadEmbeddedRegistry } from '@gondola/schema-registry';
import { createSimulation } from '@gondola/simulate';
import { importFromTests } from './tests.mjs';

const root = join(import.meta.dirname, '../..');
const { values } = parseArgs({ options: { days: { type: 'string', default: '3' } } });
const DAY_MS = 86_400_000;
const START_MS = Date.UTC(2026, 9, 1);
const ACCESS = { AWS_ACCESS_KEY_ID: 'bench', AWS_SECRET_ACCESS_KEY: 'bench-secret' };
const { startChildServer } = await importFromTests('servers/child-server.ts');
const registry = loadEmbeddedRegistry(join(root, 'schemas'));
const folder = mkdtempSync(join(tmpdir(), 'gondola-requests-'));
const log = join(folder, 'access.log');
mkdirSync(join(folder, 's3/lake'), { recursive: true });
writeFileSync(join(folder, 'masking.key'), 'a key of thirty-two bytes or more, for benchmarks only');
const server = await startChildServer(
  process.env.GONDOLA_VERSITYGW ?? join(root, '.ci/bin/versitygw'),
  (port) => ['--quiet', '--access-log', log, '--port', `127.0.0.1:${port}`, 'posix', join(folder, 's3')],
  { ROOT_ACCESS_KEY: ACCESS.AWS_ACCESS_KEY_ID, ROOT_SECRET_KEY: ACCESS.AWS_SECRET_ACCESS_KEY },
);

try {
  const days = Number(values.days);
  // Names of trials: others would have to be carried by the lake and the key.
  const [short, long] = [await measure('test', days), await measure('bench', 2 * days)];
  const perCommit = (service) => {
    const commits = long[service].commits - short[service].commits;
    const kinds = ['writes', 'reads', 'lists'].map((kind) => [
      kind,
      Math.round((10 * (long[service][kind] - short[service][kind])) / commits) / 10,
    ]);
    return { commits: long[service].commits, ...Object.fromEntries(kinds) };
  };
  console.log(
    JSON.stringify({ bench: 'requests', ingest: perCommit('ingest'), detect: perCommit('detect') }),
  );
} finally {
  await server.stop();
  rmSync(folder, { recursive: true });
}

async function measure(environment, days) {
  const stream = { file: join(folder, `${environment}.sqlite`), batchBytesMax: 1 << 14 };
  await makeStream(stream.file, days);
  const lake = {
    ...{ store: 's3', bucket: 'lake', region: 'us-east-1' },
    endpoint: `http://127.0.0.1:${server.port}`,
  };
  const common = { environment, lake, stream, http: { port: 0 }, logLevel: 'warn' };
  const masking = { keyFile: join(folder, 'masking.key') };
  const [flush, said] = [{ rowsMax: 400 }, { rowsMax: 10 }];
  return {
    ingest: await counted('ingest', { ...common, flush, masking }, `${environment}/bronze/events`),
    detect: await counted(
      'detect',
      { ...common, flush: said, advanceByClock: false },
      `${environment}/signals`,
    ),
  };
}

async function makeStream(file, days) {
  const shops = createSimulation({
    seed: 3,
    stores: 6,
    items: 40,
    startMs: START_MS,
    timeZone: 'America/Bogota',
  });
  const records = shops.advanceTo(START_MS + days * DAY_MS).events.map(({ key, subject, event, timeMs }) => ({
    key: Buffer.from(key),
    value: encodeAvro(registry.contractOf(subject), event),
    timestampMs: timeMs,
  }));
  const stream = EmbeddedLog.open(file);
  stream.createStream('events', 2);
  const sink = createEmbeddedSink(stream, 'events');
  for (let at = 0; at < records.length; at += 50) await sink.append(records.slice(at, at + 50));
  stream.close();
}

/** Requests of a service, and the versions that it made of a table. */
async function counted(service, settings, table) {
  const config = join(folder, `${service}.json`);
  writeFileSync(config, JSON.stringify(settings));
  writeFileSync(log, '');
  await promisify(execFile)(
    process.execPath,
    [join(root, 'apps/gondola/bin/gondola.js'), service, '--config', config, '--once'],
    { env: { ...process.env, ...ACCESS } },
  );
  const operations = readFileSync(log, 'utf8').match(/\bs3_[A-Za-z0-9]+/g) ?? [];
  const of = (pattern) => operations.filter((operation) => pattern.test(operation)).length;
  const versions = readdirSync(join(folder, 's3/lake', table, '_delta_log'));
  return {
    commits: versions.filter((name) => /^\d+\.json$/.test(name)).length,
    writes: of(/Put|Upload/),
    reads: of(/GetObject|HeadObject/),
    lists: of(/List/),
  };
}

/**
 * npm run bench -- fuzz [--records N] [--seed N] [--keep DIR]
 *
 * Records that nobody should send (fuzz-records.mjs) through `gondola ingest --once`, from the embedded stream into a lake on
 * disk, and through `gondola detect --once` on what it found valid. Prints one JSON line and exits 1 unless
 * - every position of the stream is once in bronze, and in silver or in quarantine or a duplicate that ingest counted,
 * - each subject has events in silver: of every kind of schema, something got through,
 * - `reconcile`, which judges all of bronze again, finds nothing, and detection refuses nothing of what was found valid,
 * - memory is flat: ingest's median in the last quarter of its run is at most 1.25 times that of its second quarter,
 * - no record takes 50 ms: each is judged by itself as well, and a slow one again, since the machine pauses too.
 */
import { execFile, spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { createEmbeddedSink, EmbeddedLog } from '@gondola/broker-embedded';
import { readSnapshot } from '@gondola/lake-delta';
import { createLocalDiskStore } from '@gondola/lake-object-store';
import { readCheckpoint, readParquetColumns } from '@gondola/lake-parquet';
import { loadEmbeddedRegistry } from '@gondola/schema-registry';
import { recordBatchOf } from '@gondola/stream';
import { createValidateStage } from '@gondola/validate';
import { createFuzz } from './fuzz-records.mjs';

const root = join(import.meta.dirname, '../..');
const bin = join(root, 'apps/gondola/bin/gondola.js');
const PARTITIONS = 4;
const NOW_MS = Date.UTC(2026, 10, 24);
const JUDGED_MS_MAX = 50;
const GROWTH_MAX = 1.25;
const DEFAULT_SUBJECT = 'retail.pos.transaction';

const { values } = parseArgs({
  options: {
    records: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: '1' },
    keep: { type: 'string' },
  },
});
const records = Number(values.records);
const folder = values.keep ?? mkdtempSync(join(tmpdir(), 'gondola-fuzz-'));
const streamFile = join(folder, 'stream.sqlite');
const lake = join(folder, 'lake');
const schemas = join(folder, 'schemas');
gatherSchemas();
const registry = loadEmbeddedRegistry(schemas);

const { slowestMs, megabytes, ends } = await send();
writeConfigs();
const ingest = await watched(['ingest', '--config', join(folder, 'ingest.json'), '--once', '--json']);
const places = await placesOf();
const reconciled = await command(['reconcile', '--config', join(folder, 'ingest.json'), '--json']);
const detected = await command(['detect', '--config', join(folder, 'detect.json'), '--once', '--json']);

const { rejected } = ingest.result;
const duplicates = rejected.duplicate ?? 0;
const growth = ingest.memory.last / ingest.memory.second;
const found = {
  everythingInBronze: places.inBronze === records && places.bronzeTwice === 0,
  everythingSomewhere: places.inNoTable === duplicates && places.inBoth === 0,
  everySubjectInSilver: places.missing.length === 0,
  reconciled: reconciled.ok === true && reconciled.findings.length === 0,
  detectionRefusedNothing: Object.keys(detected.rejected).every((reason) => reason === 'duplicate'),
  // A short run is over before anything is warm.
  memoryFlat: records < 200_000 || growth <= GROWTH_MAX,
  noneSlow: slowestMs <= JUDGED_MS_MAX,
};
console.log(
  JSON.stringify({
    bench: 'fuzz',
    records,
    seed: Number(values.seed),
    megabytes,
    inSilver: places.inSilver,
    inQuarantine: places.inQuarantine,
    duplicates,
    rejected,
    cpuSeconds: ingest.result.cpuSeconds,
    seconds: ingest.result.seconds,
    memoryMegabytes: { ...ingest.memory, growth: Math.round(100 * growth) / 100 },
    slowestRecordMs: slowestMs,
    validated: ends.length === 0 ? 0 : detected.records,
    found,
  }),
);
if (!values.keep) rmSync(folder, { recursive: true });
if (!Object.values(found).every(Boolean)) process.exitCode = 1;

/** The shipped contracts, which are in Avro, and those of the tests in JSON Schema and Protobuf. */
function gatherSchemas() {
  const folders = [join(root, 'schemas'), join(root, 'test/schemas')];
  for (const one of folders) cpSync(one, schemas, { recursive: true });
  const ids = folders.map((one) => JSON.parse(readFileSync(join(one, 'ids.json'), 'utf8')));
  writeFileSync(join(schemas, 'ids.json'), JSON.stringify(Object.assign({}, ...ids)));
}

/** Makes the stream, and judges every record alone on the way. */
async function send() {
  const log = EmbeddedLog.open(streamFile);
  log.createStream('events', PARTITIONS);
  log.createStream('validated', PARTITIONS);
  log.createStream('signals', 1);
  const sink = createEmbeddedSink(log, 'events');
  const fuzzed = createFuzz(registry, schemas, Number(values.seed));
  const validate = createValidateStage({ registry, defaultSubject: DEFAULT_SUBJECT });
  const judgedMs = async (record) => {
    const batch = recordBatchOf('s', '0', 0n, [record]);
    const beganMs = performance.now();
    await validate.run(batch, { records: batch, rejected: [], nowMs: NOW_MS });
    return performance.now() - beganMs;
  };
  let [slowestMs, bytes, batch, batchBytes] = [0, 0, [], 0];
  for (let number = 0; number < records; number++) {
    const record = { timestampMs: NOW_MS, ...fuzzed(number) };
    let ms = await judgedMs(record);
    for (let again = 0; again < 5 && ms > JUDGED_MS_MAX / 2; again++)
      ms = Math.min(ms, await judgedMs(record));
    if (ms > slowestMs) {
      slowestMs = ms;
      if (ms > JUDGED_MS_MAX)
        console.error(
          `record ${number} takes ${ms} ms: ${record.value?.subarray(0, 200).toString('latin1')}`,
        );
    }
    batch.push(record);
    batchBytes += record.value?.length ?? 0;
    bytes += record.value?.length ?? 0;
    if (batch.length < 4_000 && batchBytes < 4 << 20) continue;
    await sink.append(batch);
    [batch, batchBytes] = [[], 0];
  }
  if (batch.length > 0) await sink.append(batch);
  const ends = log.ends('events');
  log.close();
  return { slowestMs: Math.round(100 * slowestMs) / 100, megabytes: Math.round(bytes / 1e6), ends };
}

function writeConfigs() {
  const keyFile = join(folder, 'masking.key');
  writeFileSync(keyFile, 'a key of thirty-two bytes or more, for fuzzing only');
  const common = { environment: 'test', schemas, quarantine: { shareMax: 1 } };
  writeFileSync(
    join(folder, 'ingest.json'),
    JSON.stringify({
      ...common,
      lake,
      stream: { file: streamFile },
      validated: { file: streamFile, name: 'validated' },
      defaultSubject: DEFAULT_SUBJECT,
      masking: { keyFile },
    }),
  );
  writeFileSync(
    join(folder, 'detect.json'),
    JSON.stringify({
      ...common,
      lake: join(folder, 'signals'),
      stream: { file: streamFile, name: 'validated', signals: 'signals' },
      advanceByClock: false,
    }),
  );
}

/** Runs it and looks at its memory, in megabytes: medians of the second and the last quarter of its time. */
async function watched(args) {
  const child = spawn(process.execPath, [bin, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const samples = [];
  const timer = setInterval(() => {
    const pages = Number(readFileSync(`/proc/${child.pid}/statm`, 'utf8').split(' ')[1]);
    samples.push((pages * 4096) / 1e6);
  }, 200);
  let out = '';
  child.stdout.on('data', (part) => (out += part));
  const code = await new Promise((resolve) => child.on('close', resolve));
  clearInterval(timer);
  if (code !== 0) throw new Error(`gondola ${args[0]} ended with ${code}; everything is in ${folder}`);
  const quarter = (which) => {
    const part = samples
      .slice((which * samples.length) / 4, ((which + 1) * samples.length) / 4)
      .sort((a, b) => a - b);
    return Math.round(part[Math.floor(part.length / 2)] ?? 0);
  };
  return {
    result: JSON.parse(out.trim().split('\n').at(-1)),
    memory: { second: quarter(1), last: quarter(3), most: Math.round(Math.max(0, ...samples)) },
  };
}

async function command(args) {
  const run = promisify(execFile)(process.execPath, [bin, ...args], { maxBuffer: 1 << 28 });
  const { stdout } = await run.catch((error) => error);
  return JSON.parse(stdout.trim().split('\n').at(-1));
}

/** Where the positions of the stream are: one flag for each table. */
async function placesOf() {
  const store = createLocalDiskStore(lake);
  const [BRONZE, SILVER, QUARANTINE] = [1, 2, 4];
  const flags = new Map();
  const missing = [];
  let bronzeTwice = 0;
  async function mark(table, names, flag) {
    const snapshot = await readSnapshot(store, `test/${table}`, readCheckpoint);
    if (!snapshot) missing.push(table);
    for (const file of snapshot?.files ?? []) {
      const read = await readParquetColumns(await store.get(`test/${table}/${file.path}`), names);
      const [partitions, positions] = names.map((name) => read[name]);
      for (let row = 0; row < positions.length; row++) {
        let held = flags.get(partitions[row]);
        if (!held) flags.set(partitions[row], (held = new Uint8Array(records)));
        if (flag === BRONZE && held[Number(positions[row])] & BRONZE) bronzeTwice++;
        held[Number(positions[row])] |= flag;
      }
    }
  }
  await mark('bronze/events', ['partition', 'position'], BRONZE);
  for (const subject of registry.subjects())
    await mark(`silver/${subject}`, ['source_partition', 'source_position'], SILVER);
  await mark('quarantine', ['source_partition', 'source_position'], QUARANTINE);
  const count = (isWanted) =>
    [...flags.values()].reduce((sum, held) => sum + held.filter(isWanted).length, 0);
  const sent = ends.reduce((sum, { next }) => sum + Number(next), 0);
  if (sent !== records) throw new Error(`the stream has ${sent} records of ${records}`);
  return {
    missing,
    bronzeTwice,
    inBronze: count((flag) => flag & BRONZE),
    inSilver: count((flag) => flag & SILVER),
    inQuarantine: count((flag) => flag & QUARANTINE),
    inNoTable: count((flag) => flag === BRONZE),
    inBoth: count((flag) => flag & SILVER && flag & QUARANTINE),
  };
}

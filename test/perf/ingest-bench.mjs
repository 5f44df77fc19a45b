/**
 * npm run bench -- ingest [--format avro|json] [--broker embedded|kafka] [--events N] [--tools DIR] [--keep DIR] [--flush-rows N] [--encrypt]
 *   [--traced SHARE] [--trace RATIO] [--lineage]
 *
 * The topic of make_pos_topics.py in the embedded stream or in Kafka (the tests' broker, uncompressed), drained by `gondola ingest --once`. Prints one JSON line:
 * CPU-seconds of the whole ingest process (start-up included) per million events, its greatest memory, bytes of tables.
 * --traced: every record has a traceparent, so many of them with the flag; --trace: ingest traces, to a receiver in this process.
 */
import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { createEmbeddedSink, EmbeddedLog } from '@gondola/broker-embedded';
import { kafkaBroker, startKafkaServer } from './kafka.mjs';
import { importFromTests } from './tests.mjs';
import { sendFrames } from './pos-frames.mjs';

const root = join(import.meta.dirname, '../..');
const { values } = parseArgs({
  options: {
    format: { type: 'string', default: 'avro' },
    broker: { type: 'string', default: 'embedded' },
    events: { type: 'string', default: '2000000' },
    tools: { type: 'string', default: join(root, '../shared/tools') },
    keep: { type: 'string' },
    schemas: { type: 'string', default: join(import.meta.dirname, 'schemas') },
    'flush-rows': { type: 'string' },
    encrypt: { type: 'boolean', default: false },
    traced: { type: 'string' },
    trace: { type: 'string' },
    lineage: { type: 'boolean', default: false },
  },
});
const events = Number(values.events);
const topic = values.format === 'avro' ? 'pos_avro' : 'pos';
const tool = join(values.tools, 'make_pos_topics.py');
if (!existsSync(tool)) throw new Error(`${tool} is not there; give its folder with --tools`);
const folder = values.keep ? resolve(values.keep) : mkdtempSync(join(tmpdir(), 'gondola-bench-'));
mkdirSync(folder, { recursive: true });
const traced = values.traced === undefined ? null : Number(values.traced);
const streamName = `${topic}-${events}${traced === null ? '' : `-traced-${traced}`}.sqlite`;
const streamFile = join(folder, streamName);
const lake = join(folder, `lake-${topic}`);

const server = values.broker === 'kafka' ? await startKafkaServer() : null;
if (server) await makeTopic(server.plain);
else if (!existsSync(streamFile)) await makeStream();
rmSync(lake, { recursive: true, force: true });
const { startOtlpReceiver } = await importFromTests('servers/otlp-receiver.ts');
const receiver = values.trace === undefined ? null : await startOtlpReceiver();
const config = join(folder, 'ingest.json');
const keyFile = join(folder, 'masking.key');
writeFileSync(keyFile, 'a key of thirty-two bytes or more, for benchmarks only');
const bronzeKeys = join(folder, 'keys.yaml');
writeFileSync(bronzeKeys, `writing: k\nkeys: { k: ${Buffer.alloc(32, 1).toString('base64')} }`);
writeFileSync(
  config,
  JSON.stringify({
    environment: 'bench',
    lake,
    schemas: values.schemas,
    stream: server
      ? { broker: 'kafka', bootstrap: [server.plain], name: 'pos' }
      : { file: streamFile, name: 'pos' },
    defaultSubject: 'pos.event',
    masking: { keyFile },
    ...(values.encrypt ? { bronze: { encryption: { keyFile: bronzeKeys } } } : {}),
    ...(receiver ? { tracing: { endpoint: receiver.endpoint, sampleRatio: Number(values.trace) } } : {}),
    ...(values.lineage ? { lineage: { file: join(folder, 'lineage.jsonl') } } : {}),
    ...(values['flush-rows'] ? { flush: { rowsMax: Number(values['flush-rows']) } } : {}),
  }),
);
const { stdout: out, stderr } = await promisify(execFile)(
  process.execPath,
  [join(root, 'apps/gondola/bin/gondola.js'), 'ingest', '--config', config, '--once', '--json'],
  { encoding: 'utf8' },
);
process.stderr.write(stderr);
const result = JSON.parse(out.trim().split('\n').at(-1));
console.log(
  JSON.stringify({
    bench: 'ingest',
    format: values.format,
    broker: values.broker,
    encrypted: values.encrypt,
    ...(traced === null ? {} : { traced }),
    ...(receiver ? { trace: Number(values.trace), spans: receiver.spans().length } : {}),
    ...(values.lineage ? { lineage: true } : {}),
    events,
    cpuSecondsPerMillion: round(result.cpuSeconds / (events / 1e6)),
    seconds: round(result.seconds),
    eventsPerSecond: Math.round(events / result.seconds),
    memoryMegabytesMax: Math.round(result.memoryBytesMax / 1e6),
    rows: result.rows,
    rejected: result.rejected,
    bronzeMegabytes: megabytes(join(lake, 'bench/bronze')),
    silverMegabytes: megabytes(join(lake, 'bench/silver')),
  }),
);
await server?.stop();
await receiver?.close();
if (!values.keep) rmSync(folder, { recursive: true });

async function makeTopic(bootstrap) {
  const broker = kafkaBroker(bootstrap);
  await broker.prepare('pos', 4);
  await sendFrames(broker.sink('pos'), { folder, tool, topic, events, traced });
  await broker.close();
}

async function makeStream() {
  const log = EmbeddedLog.open(`${streamFile}.new`);
  log.createStream('pos', 4);
  await sendFrames(createEmbeddedSink(log, 'pos'), { folder, tool, topic, events, traced });
  log.close();
  for (const name of readdirSync(folder))
    if (name.startsWith(`${streamName}.new`))
      execFileSync('mv', [join(folder, name), join(folder, name.replace('.new', ''))]);
}

function megabytes(path) {
  if (!existsSync(path)) return 0;
  const bytes = readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.parquet'))
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
  return round(bytes / 1e6);
}

function round(value) {
  return Math.round(value * 100) / 100;
}

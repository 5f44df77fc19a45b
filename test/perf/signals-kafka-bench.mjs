/**
 * npm run bench -- signals-kafka [--events N] [--runs N] [--model FILE] [--tools DIR] [--keep DIR] [--cpu-prof DIR]
 *
 * The Avro topic of make_pos_topics.py in Kafka (the tests' broker, uncompressed), drained by `gondola detect --once`: 200 stores,
 * 2,000 items, sales, returns, receipts and counts. For each run one JSON line: CPU-seconds (user and system) of the whole detect
 * process, start-up included, per million events; events a second while the broker shares the machine.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { kafkaBroker, startKafkaServer } from './kafka.mjs';
import { sendFrames } from './pos-frames.mjs';

const root = join(import.meta.dirname, '../..');
const { values } = parseArgs({
  options: {
    events: { type: 'string', default: '2000000' },
    runs: { type: 'string', default: '3' },
    model: { type: 'string' },
    tools: { type: 'string', default: join(root, '../shared/tools') },
    /** Folder where the tool's output stays, for the next time. */
    keep: { type: 'string' },
    'cpu-prof': { type: 'string' },
  },
});
const events = Number(values.events);
const tool = join(values.tools, 'make_pos_topics.py');
if (!existsSync(tool)) throw new Error(`${tool} is not there; give its folder with --tools`);
const folder = mkdtempSync(join(tmpdir(), 'gondola-bench-'));
const schemas = join(folder, 'schemas');
makeSchemas();
const server = await startKafkaServer();
try {
  const broker = kafkaBroker(server.plain);
  await broker.prepare('pos', 4);
  await sendFrames(broker.sink('pos'), {
    ...{ folder: values.keep ?? folder, keep: values.keep !== undefined },
    ...{ tool, topic: 'pos_avro', events },
  });
  await broker.close();
  for (let run = 0; run < Number(values.runs); run++) console.log(JSON.stringify(drain(run)));
} finally {
  await server.stop();
  rmSync(folder, { recursive: true });
}

/** The till event of the measurements, with what its words do to a shelf; and the signals' contract. */
function makeSchemas() {
  cpSync(join(import.meta.dirname, 'schemas'), schemas, { recursive: true });
  const ids = join(schemas, 'ids.json');
  const known = JSON.parse(readFileSync(ids, 'utf8'));
  const own = JSON.parse(readFileSync(join(root, 'schemas/ids.json'), 'utf8'));
  for (const subject of ['retail.stockout.signal', 'retail.stockout.incident']) {
    cpSync(join(root, 'schemas', subject), join(schemas, subject), { recursive: true });
    known[subject] = own[subject];
  }
  writeFileSync(ids, JSON.stringify(known));
  const contract = join(schemas, 'pos.event/contract.yaml');
  const shelf = `
shelf:
  store: store_id
  item: sku
  quantity: quantity
  unitPrice: unit_price
  currency: currency
  kind: event_type
  effects: { sale: sale, return: return, receipt: receipt, inventory_count: count, '*': ignore }
`;
  writeFileSync(contract, readFileSync(contract, 'utf8') + shelf);
}

function drain(run) {
  const config = join(folder, `detect-${run}.json`);
  mkdirSync(join(folder, `lake-${run}`));
  writeFileSync(
    config,
    JSON.stringify({
      environment: 'bench',
      lake: join(folder, `lake-${run}`),
      schemas,
      stream: {
        broker: 'kafka',
        bootstrap: [server.plain],
        name: 'pos',
        signals: `signals-${run}`,
        createTopics: true,
      },
      defaultSubject: 'pos.event',
      advanceByClock: false,
      ...(values.model ? { model: resolve(values.model) } : {}),
    }),
  );
  const profile = values['cpu-prof'] ? ['--cpu-prof', `--cpu-prof-dir=${resolve(values['cpu-prof'])}`] : [];
  const out = execFileSync(
    process.execPath,
    [...profile, join(root, 'apps/gondola/bin/gondola.js'), 'detect', '--config', config, '--once', '--json'],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const result = JSON.parse(out.trim().split('\n').at(-1));
  return {
    ...{ bench: 'signals-kafka', events },
    cpuSecondsPerMillion: round(result.cpuSeconds / (events / 1e6)),
    seconds: round(result.seconds),
    eventsPerSecond: Math.round(events / result.seconds),
    memoryMegabytesMax: Math.round(result.memoryBytesMax / 1e6),
    rows: result.rows,
    rejected: result.rejected,
    lateEvents: result.lateEvents,
  };
}

function round(value) {
  return Math.round(value * 100) / 100;
}

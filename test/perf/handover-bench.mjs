/**
 * npm run bench -- handover [--clients columnar,platformatic,kafkajs] [--records-per-second N] [--flush-ms N] [--session-ms N]
 *
 * Partitions change hands between two processes of `gondola ingest` while records arrive on the tests' Kafka: one joins, one leaves
 * (SIGTERM), one is killed (SIGKILL: nobody knows before its session is over). Prints a JSON line for each change: the longest time
 * in which the lake got no row of a partition, of those that moved and of those that stayed, with the same of quiet seconds before.
 * At the end the lake must hold every record once.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { createLocalDiskStore } from '@gondola/lake-object-store';
import { readSnapshot } from '@gondola/lake-delta';
import { readCheckpoint, readParquet } from '@gondola/lake-parquet';
import { kafkaBroker, startKafkaServer } from './kafka.mjs';
import { importFromTests } from './tests.mjs';

const PARTITIONS = 8;
const APPEND_MS = 50;
const QUIET_MS = 6_000;
const WAIT_MS_MAX = 90_000;
const { values } = parseArgs({
  options: {
    clients: { type: 'string', default: 'columnar,platformatic,kafkajs' },
    'records-per-second': { type: 'string', default: '4000' },
    'flush-ms': { type: 'string', default: '200' },
    'session-ms': { type: 'string', default: '6000' },
  },
});
const root = join(import.meta.dirname, '../..');
const schemas = join(import.meta.dirname, 'schemas');
const folder = mkdtempSync(join(tmpdir(), 'gondola-handover-'));
const server = await startKafkaServer();
const { saleRecords } = await importFromTests('crash/sale-records.ts');
try {
  for (const client of values.clients.split(',')) await measure(client);
} finally {
  await server.stop();
  rmSync(folder, { recursive: true });
}

async function measure(client) {
  const topic = `sales-${client}`;
  const lake = join(folder, client);
  const broker = kafkaBroker(server.plain);
  await broker.prepare(topic, PARTITIONS);
  const stop = new AbortController();
  const fed = feed(broker.sink(topic), stop.signal);
  const config = writeConfig(client, topic, lake);
  const watch = watchLake(join(lake, `bench/bronze/${topic}/_delta_log`), stop.signal);
  const running = [];
  try {
    const one = start(config, running);
    await untilShared([one]);
    const change = async (name, { act, moved, left }) => {
      await sleep(QUIET_MS);
      const quietMs = performance.now() - QUIET_MS + 1_000;
      const before = await moved?.();
      const sinceMs = performance.now();
      const instance = act();
      await untilShared(left(instance));
      const sharedMs = performance.now();
      await sleep(QUIET_MS);
      const hasMoved = new Set(before ?? (await partitionsOf(instance)));
      const gaps = watch.gaps(sinceMs, performance.now());
      const steady = watch.gaps(quietMs, sinceMs, true);
      const of = (wanted) => [...gaps].filter(([partition]) => hasMoved.has(partition) === wanted);
      report(client, name, {
        partitionsMoved: hasMoved.size,
        moved: worst(of(true)),
        stayed: worst(of(false)),
        steady: worst([...steady]),
        untilSharedSeconds: seconds(sharedMs - sinceMs),
      });
      return instance;
    };
    const join = { act: () => start(config, running), left: (instance) => [one, instance] };
    const goneBy = (signal, instance) => ({
      moved: () => partitionsOf(instance),
      act: () => instance.child.kill(signal),
      left: () => [one],
    });
    const two = await change('join', join);
    await change('leave', goneBy('SIGTERM', two));
    const three = await change('join again', join);
    await change('kill', goneBy('SIGKILL', three));
    stop.abort();
    const sent = await fed;
    one.child.kill('SIGTERM');
    await one.ended;
    const last = start(config, running, ['--once']);
    if ((await last.ended) !== 0) throw new Error(`ingest --once failed: ${last.output()}`);
    report(client, 'rows', { sent, ...(await rowsOf(lake, topic)) });
  } finally {
    stop.abort();
    for (const { child } of running) child.kill('SIGKILL');
    await fed;
    await broker.close();
  }
}

function report(client, change, fields) {
  console.log(JSON.stringify({ bench: 'handover', client, change, ...fields }));
}

function writeConfig(client, topic, lake) {
  const path = join(folder, `${client}.json`);
  const keyFile = join(folder, 'masking.key');
  writeFileSync(keyFile, 'a key of thirty-two bytes or more, for benchmarks only');
  writeFileSync(
    path,
    JSON.stringify({
      ...{ environment: 'bench', lake, schemas, defaultSubject: 'pos.event', masking: { keyFile } },
      stream: {
        ...{ broker: 'kafka', name: topic, bootstrap: [server.plain], client },
        sessionTimeoutMs: Number(values['session-ms']),
      },
      flush: { ageMsMax: Number(values['flush-ms']) },
      http: { port: 0 },
    }),
  );
  return path;
}

function start(config, running, more = []) {
  const bin = join(root, 'apps/gondola/bin/gondola.js');
  const child = spawn(process.execPath, [bin, 'ingest', '--config', config, ...more], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const pipe of [child.stdout, child.stderr]) pipe.on('data', (part) => (text += part));
  const ended = new Promise((resolve) => child.on('close', resolve));
  const instance = { child, ended, output: () => text };
  running.push(instance);
  return instance;
}

/** Records of all partitions, a few at a time. */
async function feed(sink, stop) {
  const perAppend = Math.round((Number(values['records-per-second']) * APPEND_MS) / 1_000);
  let sent = 0;
  for (const batch of saleRecords(schemas, 100_000_000)) {
    for (let at = 0; at < batch.length; at += perAppend) {
      if (stop.aborted) return sent;
      const records = batch.slice(at, at + perAppend);
      await sink.append(records);
      sent += records.length;
      await sleep(APPEND_MS, undefined, { signal: stop }).catch(() => {});
    }
  }
  return sent;
}

/** Sees, of each partition, when the lake's table got further rows: the position in each commit of its log. */
function watchLake(logFolder, stop) {
  /** partition -> [when, position] */
  const steps = new Map();
  const seen = new Set();
  void (async () => {
    while (!stop.aborted) {
      for (const name of listed()) {
        if (seen.has(name) || !/^\d+\.json$/.test(name)) continue;
        seen.add(name);
        const atMs = statSync(join(logFolder, name)).mtimeMs - performance.timeOrigin;
        for (const line of readFileSync(join(logFolder, name), 'utf8').split('\n')) {
          const txn = line.startsWith('{"txn"') ? JSON.parse(line).txn : null;
          if (!txn) continue;
          const partition = txn.appId.split(/[-/:]/).at(-1);
          const known = steps.get(partition) ?? [];
          if (known.length === 0 || known.at(-1)[1] < txn.version) known.push([atMs, txn.version]);
          steps.set(partition, known);
        }
      }
      await sleep(20);
    }
  })();
  function listed() {
    try {
      return readdirSync(logFolder).sort();
    } catch {
      return [];
    }
  }
  return {
    /** partition -> milliseconds of its longest stop that reaches into the time between. */
    gaps(fromMs, toMs, isEnded = false) {
      const gaps = new Map();
      for (const [partition, times] of steps) {
        let longest = 0;
        for (let index = 1; index < times.length; index++) {
          const [[start], [end]] = [times[index - 1], times[index]];
          const isIn = isEnded ? start >= fromMs && end <= toMs : end >= fromMs && start <= toMs;
          if (isIn) longest = Math.max(longest, end - start);
        }
        gaps.set(partition, isEnded ? longest : Math.max(longest, toMs - Math.max(fromMs, times.at(-1)[0])));
      }
      return gaps;
    },
  };
}

/** The partitions that an instance shows on its page of metrics: known some seconds after it got them. */
async function partitionsOf({ output }) {
  const url = /http:\S+\/metrics/.exec(output())?.[0];
  const text = await (await fetch(url)).text();
  return [...text.matchAll(/^gondola_lag_records\{.*partition="(\d+)"/gm)].map(([, partition]) => partition);
}

async function untilShared(instances) {
  const counts = () =>
    instances.map(({ output }) =>
      Number([...output().matchAll(/"partitions":(\d+),"msg":"reading/g)].at(-1)?.[1] ?? 0),
    );
  const deadlineMs = performance.now() + WAIT_MS_MAX;
  const isShared = (all) =>
    all.every((count) => count > 0) && all.reduce((sum, count) => sum + count, 0) === PARTITIONS;
  while (!isShared(counts())) {
    if (performance.now() > deadlineMs)
      throw new Error(`not shared: ${counts()}\n${instances.map(({ output }) => output()).join('\n---\n')}`);
    await sleep(20);
  }
}

async function rowsOf(lake, topic) {
  const store = createLocalDiskStore(lake);
  const table = `bench/bronze/${topic}`;
  const { files } = await readSnapshot(store, table, readCheckpoint);
  const places = new Set();
  let rows = 0;
  for (const { path } of files) {
    for (const { partition, position, sequence } of await readParquet(await store.get(`${table}/${path}`))) {
      rows++;
      places.add(`${partition}/${position ?? sequence}`);
    }
  }
  return { rows, places: places.size };
}

function worst(gaps) {
  return gaps.length === 0
    ? null
    : {
        secondsMax: seconds(Math.max(...gaps.map(([, ms]) => ms))),
        secondsMedian: seconds(median(gaps.map(([, ms]) => ms))),
      };
}

function median(numbers) {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];
}

function seconds(ms) {
  return Math.round(ms) / 1_000;
}

/**
 * npm run bench -- start [--runs 9] [--services ingest,detect,api,collector]
 *
 * How long a service takes from its process's begin until GET /health/ready says 200, on the embedded stream and a lake on disk, both
 * empty, and the CPU that its process used until then. `workspace` is node_modules with the packages as tsc builds them, `bundle` is
 * `npm run bundle`. Cold: nothing is compiled yet, as in a pod that starts; warm: V8's compile cache of an earlier start is there.
 * Prints a line for each service and medians of the runs.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { median } from './bench-tools.mjs';
import { importFromTests } from './tests.mjs';

const READY_MS_MAX = 60_000;
/** Of a tick of /proc/<pid>/stat. */
const TICK_MS = 10;
const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '9' },
    services: { type: 'string', default: 'ingest,detect,api,collector' },
  },
});
const { freePort } = await importFromTests('servers/child-server.ts');
const root = join(import.meta.dirname, '../..');
const programs = {
  workspace: join(root, 'apps/gondola/bin/gondola.js'),
  bundle: join(root, 'dist/app/gondola.mjs'),
};
if (!existsSync(programs.bundle)) throw new Error('there is no bundle: npm run bundle');
const folder = mkdtempSync(join(tmpdir(), 'gondola-start-'));
try {
  for (const service of values.services.split(','))
    for (const program of Object.keys(programs)) console.log(JSON.stringify(await measure(service, program)));
} finally {
  rmSync(folder, { recursive: true });
}

async function measure(service, program) {
  const cold = [];
  const warm = [];
  for (let run = 0; run < Number(values.runs); run++) {
    const home = mkdtempSync(join(folder, `${service}-`));
    const cache = join(home, 'compiled');
    cold.push(await start(service, program, home, cache));
    warm.push(await start(service, program, home, cache));
  }
  const of = (runs) => ({
    readyMs: Math.round(median(runs.map(({ readyMs }) => readyMs))),
    readyMsMax: Math.round(Math.max(...runs.map(({ readyMs }) => readyMs))),
    cpuMs: median(runs.map(({ cpuMs }) => cpuMs)),
  });
  return { service, program, cold: of(cold), warm: of(warm) };
}

async function start(service, program, home, cache) {
  const port = await freePort();
  const config = join(home, `${service}.yaml`);
  writeFileSync(config, JSON.stringify(configOf(service, home, port)));
  mkdirSync(cache, { recursive: true });
  const beginMs = performance.now();
  const child = spawn(process.execPath, [programs[program], service, '--config', config], {
    stdio: 'ignore',
    cwd: home,
    env: { ...process.env, NODE_COMPILE_CACHE: cache },
  });
  const ended = once(child, 'exit');
  try {
    while (!(await fetch(`http://127.0.0.1:${port}/health/ready`).catch(() => null))?.ok) {
      if (child.exitCode !== null || performance.now() - beginMs > READY_MS_MAX)
        throw new Error(`${service} of ${program} is not ready`);
      await sleep(5);
    }
    return { readyMs: performance.now() - beginMs, cpuMs: cpuMsOf(child.pid) };
  } finally {
    child.kill('SIGTERM');
    await ended;
  }
}

function configOf(service, home, port) {
  const common = { environment: 'dev', http: { port }, logLevel: 'error' };
  const stream = { file: join(home, 'stream.sqlite') };
  const lake = join(home, 'lake');
  if (service === 'api') return { ...common, lake };
  if (service === 'detect') return { ...common, lake, stream };
  if (service === 'ingest') {
    const keyFile = join(home, 'masking.key');
    writeFileSync(keyFile, 'a key of the bench, of forty characters.');
    return { ...common, lake, stream, masking: { keyFile } };
  }
  const keysFile = join(home, 'producers.yaml');
  writeFileSync(keysFile, '[]');
  return { ...common, stream, keysFile };
}

/** User and system time of a process so far. */
function cpuMsOf(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

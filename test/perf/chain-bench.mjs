/**
 * npm run bench -- chain [--stores N] [--items N]
 *
 * What is asked of a whole chain, and who waits for it: `gondola api` on a lake with a signal of each shelf, one in twenty of them open, is asked
 * whether it lives, again as soon as it has answered, while it starts and while each of some questions of all stores is answered.
 * One JSON line: seconds until it was ready, and until each answer, and the longest that somebody waited meanwhile.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { seedSignals } from './api-seed.mjs';

const { values } = parseArgs({
  options: { stores: { type: 'string', default: '1000' }, items: { type: 'string', default: '1000' } },
});
const [stores, items] = [Number(values.stores), Number(values.items)];
const QUESTIONS = ['/kpis', '/overview', '/stores', '/board/info', '/shelves?limit=7', '/signals'];
const folder = mkdtempSync(join(tmpdir(), 'gondola-chain-'));
await seedSignals(join(folder, 'lake'), { environment: 'bench', stores, items, nowMs: Date.now() });
const config = join(folder, 'api.json');
const api = { environment: 'bench', lake: join(folder, 'lake'), http: { port: 0 } };
writeFileSync(config, JSON.stringify({ ...api, signalsKept: stores * items }));
const bin = join(import.meta.dirname, '../../apps/gondola/bin/gondola.js');
const child = spawn(process.execPath, ['--max-old-space-size=8192', bin, 'api', '--config', config], {
  stdio: ['ignore', 'pipe', 'pipe'],
});
try {
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part) => (said += part));
  let url;
  while (!(url = /http:\/\/[\d.]+:\d+/.exec(said)?.[0])) {
    if (child.exitCode !== null) throw new Error(`the api did not start: ${said}`);
    await sleep(20);
  }
  const isReady = async () => {
    while (!(await fetch(`${url}/health/ready`)).ok) await sleep(200);
  };
  const result = { bench: 'chain', shelves: stores * items, start: await waiting(url, isReady) };
  // The worker of /insights reads the same lake and needs the same cores.
  while ((await fetch(`${url}/insights`)).status === 503) await sleep(500);
  for (const path of QUESTIONS) result[path] = await waiting(url, () => ask(url + path));
  console.log(JSON.stringify(result));
} finally {
  child.kill('SIGTERM');
  await once(child, 'exit');
  rmSync(folder, { recursive: true });
}

async function ask(address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
  await answer.text();
}

/** Seconds that `work` took, and the longest that somebody else waited for an answer meanwhile. */
async function waiting(url, work) {
  const beganMs = performance.now();
  let isOver = false;
  const working = work().finally(() => (isOver = true));
  let longestMs = 0;
  while (!isOver) {
    const askedMs = performance.now();
    await ask(`${url}/health/live`);
    longestMs = Math.max(longestMs, performance.now() - askedMs);
    await sleep(1);
  }
  await working;
  return { seconds: round(performance.now() - beganMs), longestWait: round(longestMs) };
}

function round(ms) {
  return Math.round(ms) / 1_000;
}

/**
 * The clients of the latency bench, a process of their own: node api-requests.mjs '{"url":...,"perSecond":...,"seconds":...}'
 * On `go` asks the api so many times a second, at its times whether answers have come or not, and tells its parent how long each
 * answer took from the time at which it was due.
 */
import { Agent, get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { createRandom } from './bench-tools.mjs';
import { seededItem, seededStore } from './api-seed.mjs';

const { url, perSecond, seconds, warm, stores, items } = JSON.parse(process.argv[2]);
const agent = new Agent({ keepAlive: true, maxSockets: 50 });
const random = createRandom(5);
/** Of ten requests. */
const KINDS = [
  ...new Array(4).fill(['signals', () => '/signals']),
  ['signals of a store', () => `/signals?store=${seededStore(random(stores))}`],
  ...new Array(4).fill([
    'one shelf',
    () => `/shelves/${seededStore(random(stores))}/${seededItem(random(items))}`,
  ]),
  ['whole store', () => `/stores/${seededStore(random(stores))}/shelves`],
];

process.send({ ready: true });
process.once('message', async () => {
  const asked = await ask();
  process.send(asked, () => process.disconnect());
  agent.destroy();
});

async function ask() {
  const beginMs = performance.now();
  const tookMs = {};
  const failed = {};
  const underWay = [];
  for (let sent = 0; sent < perSecond * (warm + seconds); sent++) {
    const dueMs = beginMs + (sent * 1_000) / perSecond;
    const waitMs = dueMs - performance.now();
    if (waitMs > 1) await sleep(waitMs);
    const [kind, pathOf] = KINDS[random(KINDS.length)];
    const counts = sent >= perSecond * warm;
    underWay.push(
      statusOf(pathOf()).then((status) => {
        if (!counts) return;
        if (status === 200) (tookMs[kind] ??= []).push(performance.now() - dueMs);
        else failed[`${kind}: ${status}`] = (failed[`${kind}: ${status}`] ?? 0) + 1;
      }),
    );
  }
  await Promise.all(underWay);
  return { tookMs, failed };
}

function statusOf(path) {
  return new Promise((resolve, reject) => {
    get(`${url}${path}`, { agent }, (response) => {
      response.on('end', () => resolve(response.statusCode)).on('error', reject);
      response.resume();
    }).on('error', reject);
  });
}

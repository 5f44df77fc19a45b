import { getPriority } from 'node:os';
import { Worker } from 'node:worker_threads';

const isLinux = process.platform === 'linux';
if (!isLinux) console.warn('skipped: only Linux has a priority of each thread');

(isLinux ? it : it.skip)('lowers the priority of its own thread and of no other', async () => {
  const before = getPriority();
  const file = new URL('../../../dist/insights/worker/give-way.js', import.meta.url).href;
  const source = `
    import { parentPort } from 'node:worker_threads';
    import { readlinkSync } from 'node:fs';
    import { getPriority } from 'node:os';
    import { giveWay } from ${JSON.stringify(file)};
    const isLower = giveWay();
    parentPort.postMessage({ isLower, priority: getPriority(Number(readlinkSync('/proc/thread-self').split('/').at(-1))) });
  `;
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(source)}`));
  const told = await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
  expect(told).toEqual({ isLower: true, priority: Math.max(before, 10) });
  expect(getPriority()).toBe(before);
});

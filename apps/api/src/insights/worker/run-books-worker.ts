import { parentPort, workerData } from 'node:worker_threads';
import type { LakeAddress } from '@gondola/config';
import { SetupError, systemClock, type Log, type ObjectStore } from '@gondola/stream';
import { toldStore, type StoreCounts } from '@gondola/telemetry';
import { Answering } from '../answering.js';
import { InsightsFeed } from '../insights-feed.js';
import { giveWay } from './give-way.js';
import type { BooksSettings, FromWorker, ToWorker } from './messages.js';

type Post = (message: FromWorker, moved?: readonly ArrayBuffer[]) => void;

/**
 * The whole of a worker thread that keeps the books: what `BooksWorker` starts. Ends when it is terminated, or by an error that
 * nobody expected, which the one who started it is told of.
 */
export async function runBooksWorker(openLake: (address: LakeAddress) => ObjectStore): Promise<void> {
  const port = parentPort;
  if (!port) throw new Error('this runs in a worker thread only');
  const post: Post = (message, moved = []) => port.postMessage(message, moved);
  giveWay();
  const { lake, options, ...settings } = workerData as BooksSettings;
  try {
    const feed = new InsightsFeed({
      ...settings,
      lake: toldStore(openLake(lake), countsTo(post)),
      ...{ clock: systemClock, sleep: systemClock.sleep, log: logTo(post) },
      onChange: () => post({ kind: 'changed' }),
    });
    const answering = new Answering(feed, options);
    port.on('message', (question: ToWorker) => answer(answering, question, post));
    await feed.run(new AbortController().signal);
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    post({ kind: 'refused', code: error.code, message: error.message });
  }
}

function answer(answering: Answering, question: ToWorker, post: Post): void {
  try {
    const reply = answering.answer(question);
    // Not copied: a text may be megabytes.
    const moved = reply && 'json' in reply ? [reply.json.buffer as ArrayBuffer] : [];
    post({ kind: 'reply', reply }, moved);
  } catch (error) {
    post({ kind: 'failed', error });
  }
}

const countsTo = (post: Post): StoreCounts => ({
  requested: (operation) => post({ kind: 'requested', operation }),
  moved: (direction, bytes) => post({ kind: 'moved', direction, bytes }),
});

const logTo = (post: Post): Log => ({
  info: (fields, message) => post({ kind: 'log', level: 'info', fields, message }),
  warn: (fields, message) => post({ kind: 'log', level: 'warn', fields, message }),
  error: (fields, message) => post({ kind: 'log', level: 'error', fields, message }),
});

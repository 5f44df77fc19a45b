import { createManualClock } from '@gondola/testing';
import {
  currentTrace,
  FencedError,
  from,
  GondolaError,
  PipelineRunner,
  recordBatchOf,
  silentLog,
  silentObserver,
  watchersAsOne,
  type Commit,
  type CommitSink,
  type PipelineWatcher,
  type RecordBatch,
  type Source,
  type TraceContext,
} from './index.js';

const TRACE: TraceContext = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), isSampled: true };
const BATCH = recordBatchOf('pos', '0', 5n, [{ key: null, value: null, timestampMs: 0 }]);

/** Gives one batch, and after each opening again from where the table is. */
function oneBatch(): Source {
  let next: RecordBatch | null = null;
  return {
    stream: 'pos',
    async open(listener) {
      const starts = await listener.assigned(['0']);
      next = (starts.get('0') ?? 0n) < BATCH.nextPosition ? BATCH : null;
    },
    async poll() {
      const batch = next;
      next = null;
      return batch;
    },
    lag: async () => ({ unit: 'records', partitions: new Map() }),
    caughtUp: async () => (next ? [] : ['0']),
    checkpoint: async () => {},
    close: async () => {},
  };
}

/** What was told in which order, and in which span the work was done; `commits`: what becomes of each. */
async function watch(...commits: (Error | null)[]) {
  const told: string[] = [];
  const done: Commit[] = [];
  let position = 5n;
  const spanOf = (what: string) => told.push(`${what} in ${currentTrace()?.spanId.slice(0, 1) ?? 'none'}`);
  const sink: CommitSink<RecordBatch> = {
    name: 'bronze',
    assigned: async () => new Map([['0', position]]),
    write: () => void spanOf('  written'),
    buffered: () => ({ rows: 1, bytes: 1 }),
    async commit() {
      spanOf('  commit');
      const failure = commits.shift();
      if (failure) throw failure;
      position = BATCH.nextPosition;
    },
    published: () => [{ kind: 'table', name: 'bronze/pos', rows: 1 }],
    discard() {},
  };
  const watcher: PipelineWatcher = {
    assigned: (stream, starts) => void told.push(`assigned ${stream} ${[...starts].join(' ')}`),
    reading: (batch) => (told.push(`reading ${batch.count}`), TRACE),
    processed: (_, rejected) => void told.push(`processed, ${rejected.length} rejected`),
    committing: () => (told.push('committing'), TRACE),
    committed: (commit) => (told.push('committed'), done.push(commit)),
    discarded: () => void told.push('discarded'),
    ended: (error) => void told.push(`ended ${error instanceof Error ? error.message : error}`),
  };
  const clock = createManualClock(0, { autoAdvance: true });
  const deps = { clock, observer: silentObserver, log: silentLog, random: () => 0, memoryBytes: () => 0 };
  const policy = { rowsMax: 1, bytesMax: 1e9, ageMsMax: 1e9, daysMax: 1e9, memoryBytesMax: 1e9 };
  const quarantineLimit = { shareMax: 1, windowRecords: 1 };
  const pipeline = from(oneBatch()).into(sink).thenCheckpoint();
  const options = { name: 'ingest', policy, quarantineLimit, pollMs: 1, once: true, watcher };
  await new PipelineRunner(pipeline, options, deps).run(new AbortController().signal).catch(() => {});
  return { told, done };
}

const READ = ['reading 1', '  written in b', 'processed, 0 rejected', 'committing', '  commit in b'];

it('is told of each batch and commit, which are part of the span that it names', async () => {
  const { told, done } = await watch(null);
  expect(told.slice(0, 7)).toEqual(['assigned pos 0,5', ...READ, 'committed']);
  expect(told.at(-1)).toBe('ended null');
  expect(done[0]).toMatchObject({
    ...{ stream: 'pos', upTo: new Map([['0', 6n]]) },
    sinks: [{ sink: 'bronze', rows: 1, published: [{ name: 'bronze/pos' }] }],
  });
});

it('is told what is forgotten when a commit is fenced, and of the same records again', async () => {
  const { told } = await watch(new FencedError('t', '0', '5', '6'));
  expect(told.slice(0, 8)).toEqual(['assigned pos 0,5', ...READ, 'discarded', 'assigned pos 0,5']);
  expect(told.slice(8, 14)).toEqual([...READ, 'committed']);
});

it('is told why it ends', async () => {
  const { told } = await watch(new GondolaError('lake_denied', 'no', false));
  expect(told.slice(-2)).toEqual(['  commit in b', 'ended no']);
});

it('may be several: all are told, the first span that one names counts', () => {
  const told: string[] = [];
  const one = (name: string, trace: TraceContext | null): PipelineWatcher => ({
    ...{ assigned() {}, processed() {}, committed() {}, discarded() {}, ended: () => void told.push(name) },
    ...{ reading: () => (told.push(name), trace), committing: () => trace },
  });
  expect(watchersAsOne([null, null])).toBeNull();
  const lineage = one('lineage', null);
  expect(watchersAsOne([null, lineage])).toBe(lineage);
  const both = watchersAsOne([lineage, one('tracing', TRACE)]);
  expect([both?.reading(BATCH), both?.committing()]).toEqual([TRACE, TRACE]);
  both?.ended(null);
  expect(told).toEqual(['lineage', 'tracing', 'lineage', 'tracing']);
});

import fc from 'fast-check';
import { createForeignOf, ENVIRONMENT_HEADER, markedSink, ownSource } from './environment-mark.js';
import { systemClock } from './clock.js';
import { silentLog } from './observer.js';
import { recordBatchOf, type OutgoingRecord } from './record-batch-of.js';
import type { RecordBatch } from './record-batch.js';
import type { Source } from './source.js';

const marked = (environment: string | null): OutgoingRecord => ({
  key: null,
  value: Buffer.from('x'),
  headers: [
    { key: 'ce_type', value: Buffer.from('t') },
    ...(environment === null ? [] : [{ key: ENVIRONMENT_HEADER, value: Buffer.from(environment) }]),
  ],
  timestampMs: 0,
});

/** A source that has one batch of records with these marks. */
function sourceOf(marks: readonly (string | null)[]): Source {
  const batch: RecordBatch = recordBatchOf('events', '0', 7n, marks.map(marked));
  return { stream: 'events', poll: async () => batch } as unknown as Source;
}
const DEPS = { clock: systemClock, log: silentLog, random: () => 0 };
const OPTIONS = { service: 'ingest', environment: 'dev', stream: 'events', allowGap: false };
const polled = (marks: readonly (string | null)[]) =>
  ownSource({ source: () => sourceOf(marks) }, OPTIONS, DEPS).poll(0);
const times = (count: number, mark: string | null) => Array.from({ length: count }, () => mark);

it.each([
  ['records without a mark', times(20, null)],
  ['its own', times(20, 'dev')],
  ['one that strayed, first', ['prod', ...times(19, 'dev')]],
  ['few of another, which say nothing of a stream', times(9, 'prod')],
  ['half of another', [...times(10, 'prod'), ...times(10, null)]],
])('hands on %s', async (_, marks) => {
  expect((await polled(marks))?.count).toBe(marks.length);
});

it.each([
  ['all of another', times(10, 'prod')],
  ['most of another', [...times(11, 'prod'), ...times(10, 'dev')]],
])('refuses %s', async (_, marks) => {
  await expect(polled(marks)).rejects.toMatchObject({
    name: 'SetupError',
    code: 'environment_mismatch',
    message: expect.stringMatching(
      /^stream\.name: 1\d of \d\d records of events, partition 0, from position 7 on are of prod, this is dev/,
    ),
  });
});

it('a sink marks what goes through it: its own environment knows it, no other one does', async () => {
  const name = fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,31}$/);
  await fc.assert(
    fc.asyncProperty(name, name, async (environment, reader) => {
      const taken: OutgoingRecord[] = [];
      const sink = {
        stream: 's',
        append: async (some: readonly OutgoingRecord[]) => void taken.push(...some),
      };
      await markedSink({ ...sink, lastSequence: async () => -1 }, environment).append([marked(null)]);
      expect(taken[0].headers).toHaveLength(2);
      const foreign = createForeignOf(reader)(taken[0].headers ?? []);
      expect(foreign).toBe(reader === environment ? null : environment);
    }),
  );
});

it('does not repeat what is no name of an environment', () => {
  expect(createForeignOf('dev')(marked('María 600 123 456').headers ?? [])).toBe('(no environment)');
});

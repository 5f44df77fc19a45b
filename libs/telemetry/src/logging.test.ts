import { inTrace } from '@gondola/stream';
import { createManualClock } from '@gondola/testing';
import { Logging } from './index.js';

function capture() {
  const lines: string[] = [];
  const clock = createManualClock(1_000);
  const logging = new Logging(clock, { write: (line: string) => void lines.push(line) });
  const parsed = () => lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  return { logging, clock, parsed, messages: () => parsed().map(({ msg }) => msg) };
}

it('names in every line the run of the process, and the trace it was written in where that is recorded', () => {
  const { logging, parsed } = capture();
  const log = logging.logger('ingest', 'info');
  const trace = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) };
  log.info({ pipeline: 'ingest', stream: 'pos' }, 'one');
  inTrace({ ...trace, isSampled: true }, () => log.warn({}, 'two'));
  inTrace({ ...trace, isSampled: false }, () => logging.logger('detect', 'info').info({}, 'three'));
  const { runId } = logging;
  expect(runId).toMatch(/^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
  expect(parsed()).toMatchObject([
    { name: 'ingest', runId, pipeline: 'ingest', stream: 'pos', msg: 'one' },
    { name: 'ingest', runId, ...trace, msg: 'two' },
    { name: 'detect', runId, msg: 'three' },
  ]);
  for (const line of [parsed()[0], parsed()[2]]) expect(line).not.toHaveProperty('traceId');
});

it('changes the level of one name for a while, of all its loggers, and says so', async () => {
  const { logging, clock, messages } = capture();
  const [one, again] = [logging.logger('ingest', 'info'), logging.logger('ingest', 'info')];
  const other = logging.logger('detect', 'info');
  expect(logging.setFor('nobody', 'debug', 1_000)).toBe(false);
  expect(logging.setFor('ingest', 'debug', 60_000)).toBe(true);
  for (const log of [one, again, other]) log.debug?.({}, 'detail');
  expect(logging.levels()).toEqual([
    { name: 'ingest', level: 'debug', configured: 'info', untilMs: 61_000 },
    { name: 'detect', level: 'info', configured: 'info', untilMs: null },
  ]);
  clock.advance(59_999);
  await new Promise(setImmediate);
  one.debug?.({}, 'last detail');
  clock.advance(1);
  await new Promise(setImmediate);
  one.debug?.({}, 'too late');
  expect(messages()).toEqual([
    ...['the level of this log is debug for 60 s', 'detail', 'detail', 'last detail'],
    'the level of this log is info again',
  ]);
});

it('takes the last of two changes, and what the configuration says when that is known later', async () => {
  const { logging, clock } = capture();
  logging.logger('ingest', 'info');
  logging.configure('ingest', 'warn');
  expect(logging.levels()[0]).toMatchObject({ level: 'warn', configured: 'warn' });
  logging.setFor('ingest', 'debug', 1_000);
  logging.setFor('ingest', 'error', 5_000);
  clock.advance(2_000);
  await new Promise(setImmediate);
  expect(logging.levels()[0]).toMatchObject({ level: 'error', untilMs: 6_000 });
  clock.advance(4_000);
  await new Promise(setImmediate);
  expect(logging.levels()[0]).toMatchObject({ level: 'warn', untilMs: null });
});

it('says that a log is quieter before it is, and louder again after', async () => {
  const { logging, clock, messages } = capture();
  const log = logging.logger('ingest', 'info');
  logging.setFor('ingest', 'error', 1_000);
  log.warn({}, 'not heard');
  clock.advance(1_000);
  await new Promise(setImmediate);
  log.warn({}, 'heard');
  expect(messages()).toEqual([
    ...['the level of this log is error for 1 s', 'the level of this log is info again', 'heard'],
  ]);
});

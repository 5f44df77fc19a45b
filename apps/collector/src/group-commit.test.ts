import {
  GondolaError,
  SetupError,
  silentLog,
  systemClock,
  type Clock,
  type OutgoingRecord,
  type RecordSink,
} from '@gondola/stream';
import { GroupCommit } from './group-commit.js';

const record = (name: string): OutgoingRecord => ({ key: null, value: Buffer.from(name), timestampMs: 1 });
const unavailable = new GondolaError('stream_unavailable', 'gone', true);
const tooLarge = new GondolaError('input_invalid', 'record too large', false);

/** Appends what `act` says; every append is in `appends` by the names of its records. */
function start(
  act: (names: string[], attempt: number) => Promise<void> | void,
  recordsMax = 100,
  look: (probe: number) => void = (probe) => {
    if (probe === 2) throw unavailable;
  },
  clock: Clock = systemClock,
) {
  const appends: string[][] = [];
  const durations: number[] = [];
  const sink: RecordSink = {
    stream: 'events',
    append: async (records) => {
      const names = records.map(({ value }) => Buffer.from(value ?? []).toString());
      appends.push(names);
      await act(names, appends.length);
    },
    lastSequence: async () => -1,
  };
  const stop = new AbortController();
  let probes = 0;
  const commit = new GroupCommit(
    { lingerMs: 5, recordsMax },
    {
      sink,
      probe: async () => look(++probes),
      clock,
      log: silentLog,
      random: () => 0,
      onAppended: (records) => durations.push(records),
    },
  );
  const ended = commit.run(stop.signal);
  const send = (...names: string[]) => commit.append(names.map(record));
  const close = () => {
    stop.abort();
    return ended;
  };
  return { appends, durations, commit, send, close };
}

it('requests that come together share an append, in the order in which they came', async () => {
  const { appends, durations, send, close } = start(() => {});
  await Promise.all([send('a', 'b'), send('c'), send('d')]);
  await send('e');
  expect(appends).toEqual([['a', 'b', 'c', 'd'], ['e']]);
  expect(durations).toEqual([4, 1]);
  await close();
});

it('an append has a bound, one request alone may be larger', async () => {
  const { appends, send, close } = start(() => {}, 3);
  await Promise.all([send('a', 'b'), send('c', 'd'), send('e', 'f', 'g', 'h'), send('i')]);
  expect(appends).toEqual([['a', 'b'], ['c', 'd'], ['e', 'f', 'g', 'h'], ['i']]);
  await close();
});

it('a moment of refusal costs nobody anything', async () => {
  const { appends, send, close, commit } = start(
    (_, attempt) => {
      if (attempt < 4) throw unavailable;
    },
    ...[undefined, undefined],
    // Its patience does not end, however long the machine takes.
    { ...systemClock, nowMs: () => 0 },
  );
  await Promise.all([send('a'), send('b')]);
  expect(appends).toHaveLength(4);
  expect(commit.health().state).toBe('healthy');
  await close();
});

it('a longer one is told to all of the group, and the probe ends it when nobody sends', async () => {
  let isDown = true;
  const { send, close, commit } = start(() => {
    if (isDown) throw unavailable;
  });
  const outcomes = await Promise.allSettled([send('a'), send('b')]);
  expect(outcomes.map((outcome) => outcome.status === 'rejected' && outcome.reason)).toEqual([
    unavailable,
    unavailable,
  ]);
  expect(commit.health()).toMatchObject({ state: 'disconnected', detail: 'gone' });
  isDown = false;
  while (commit.health().state !== 'healthy') await systemClock.sleep(20);
  await send('c');
  await close();
});

it('a stream that does not answer at the start is waited for, and nobody is ready meanwhile', async () => {
  const { send, close, commit } = start(
    () => {},
    100,
    (probe) => {
      if (probe < 3) throw unavailable;
    },
  );
  await systemClock.sleep(20);
  expect(commit.health()).toMatchObject({ state: 'starting', detail: 'gone' });
  while (commit.health().state !== 'healthy') await systemClock.sleep(20);
  await send('a');
  await close();
});

it('a stream that cannot be had by waiting ends it', async () => {
  const noTopic = new SetupError('stream_unavailable', 'no such topic');
  const { close } = start(
    () => {},
    100,
    () => {
      throw noTopic;
    },
  );
  await expect(close()).rejects.toBe(noTopic);
});

it('what the stream will never take fails its own request only, and says nothing of the stream', async () => {
  const { send, close, commit } = start((names) => {
    if (names.includes('poison')) throw tooLarge;
  });
  const outcomes = await Promise.allSettled([send('a'), send('poison'), send('b')]);
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  await expect(send('poison')).rejects.toBe(tooLarge);
  expect(commit.health().state).toBe('healthy');
  await close();
});

it('told to stop, it appends what is there', async () => {
  const { appends, send, close, commit } = start(() => systemClock.sleep(20));
  const sent = [send('a'), send('b')];
  await close();
  await Promise.all(sent);
  expect(appends.flat()).toEqual(['a', 'b']);
  expect(commit.health().state).toBe('stopped');
});

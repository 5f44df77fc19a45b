import { GondolaError, silentLog, type SourceListener } from '@gondola/stream';
import { createManualClock } from '@gondola/testing';
import { createGroupSource } from './group-source.js';
import { OutOfRange, type Member } from './member.js';

/** A topic and its group, as the coordinator and the members of one client would have them. */
function fakeGroup() {
  const events: string[] = [];
  const topic = { partitions: 1, isReachable: true, gone: false, counted: 0 };
  const clock = createManualClock(0, { autoAdvance: true });
  const newMember = async (): Promise<Member> => {
    let untaken: number[] | null = null;
    return {
      join: async () => {
        events.push('join');
        untaken = [...Array(topic.partitions).keys()];
      },
      takeAssignment: () => {
        const taken = untaken;
        untaken = null;
        return taken;
      },
      read: (starts) => {
        events.push(`read ${[...starts].join(' ')}`);
        topic.gone = false;
      },
      next: async () => {
        if (topic.gone) throw new OutOfRange(0, 5);
        return null;
      },
      position: () => 0,
      commit: async () => {},
      leave: async () => void events.push('leave'),
    };
  };
  const unreachable = new GondolaError('stream_unavailable', 'away', true);
  const none = async () => new Map<number, number>();
  const topics = {
    prepare: async () => {},
    partitionCount: async () => {
      topic.counted++;
      return topic.partitions;
    },
    ranges: async (_: string, partitions: readonly number[]) => {
      if (!topic.isReachable) throw unreachable;
      return new Map(partitions.map((partition) => [partition, { first: 5, end: 9 }]));
    },
    ends: none,
    stableEnds: none,
  };
  const options = { stream: 't', reader: 'r', allowGap: false };
  const source = createGroupSource(newMember, topics, options, { clock, log: silentLog });
  const listener: SourceListener = {
    assigned: async (partitions) => {
      events.push(`assigned ${partitions.join()}`);
      return new Map();
    },
    revoked: async () => void events.push('revoked'),
  };
  return { events, topic, clock, source, listener };
}

it('joins anew, once, when partitions were added, and looks no more than once a minute', async () => {
  const { events, topic, clock, source, listener } = fakeGroup();
  await source.open(listener);
  topic.partitions = 2;
  for (let polls = 0; polls < 100; polls++) await source.poll(0);
  expect([topic.counted, events]).toEqual([1, ['join', 'assigned 0', 'read 0,5']]);
  events.length = 0;
  clock.advance(60_000);
  for (let polls = 0; polls < 100; polls++) await source.poll(0);
  expect(events).toEqual(['leave', 'join', 'revoked', 'assigned 0,1', 'read 0,5 1,5']);
  events.length = 0;
  clock.advance(60_000);
  for (let polls = 0; polls < 100; polls++) await source.poll(0);
  expect(events).toEqual([]);
});

it('asks again where to go on when that could not be told after an offset was gone', async () => {
  const { events, topic, source, listener } = fakeGroup();
  await source.open(listener);
  events.length = 0;
  Object.assign(topic, { gone: true, isReachable: false });
  await expect(source.poll(0)).rejects.toMatchObject({ code: 'stream_unavailable', canRetry: true });
  await expect(source.poll(0)).rejects.toMatchObject({ code: 'stream_unavailable', canRetry: true });
  expect(events).toEqual([]);
  topic.isReachable = true;
  expect(await source.poll(0)).toBeNull();
  expect(events).toEqual(['read 0,5']);
});

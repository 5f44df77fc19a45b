import { silentLog } from '@gondola/stream';
import { createManualClock } from '@gondola/testing';
import { positionOf } from './kinesis-position.js';
import type { KinesisRecord } from './record-columns.js';
import type { ShardFetcher, ShardStart } from './shard-fetcher.js';
import { ShardReader, type ShardReaderOptions } from './shard-reader.js';

const WHOLE = { first: 0n, last: 2n ** 128n - 1n };
const HOUR_MS = 3_600_000;
const NOW_MS = 100 * HOUR_MS;

/** One record an answer; like the service's, its place moves on with the answer, whatever becomes of that. */
function fetcherOf(sequenceNumbers: readonly string[], behindMs?: () => number): ShardFetcher {
  let place: number | null = null;
  return {
    async next(start) {
      place ??= placeOf(start);
      const records: KinesisRecord[] = sequenceNumbers
        .slice(place, place + 1)
        .map((SequenceNumber) => ({ SequenceNumber, PartitionKey: 'k', Data: Buffer.from('v') }));
      place += records.length;
      const left = sequenceNumbers.length - place;
      return { records, behindMs: behindMs?.() ?? left, isFull: false, isEnd: false };
    },
    restart: () => (place = null),
    stop: () => {},
  };

  function placeOf(start: ShardStart): number {
    if (!('SequenceNumber' in start)) return 0;
    const at = sequenceNumbers.findIndex((one) => BigInt(one) >= BigInt(start.SequenceNumber));
    return start.Type === 'AT_SEQUENCE_NUMBER' ? at : at + 1;
  }
}

const START = positionOf('100');
const OPTIONS: ShardReaderOptions = {
  stream: 's',
  shard: { id: 'shard-0', range: WHOLE },
  start: START,
  startUnknown: { Type: 'TRIM_HORIZON' },
  allowGap: false,
  intervalMs: 200,
  quiet: null,
  retentionMs: 24 * HOUR_MS,
};

function readerOf(
  sequenceNumbers: readonly string[],
  quietMs?: number,
  clock = createManualClock(NOW_MS),
): ShardReader {
  const quiet = quietMs === undefined ? null : { position: START, atMs: NOW_MS - quietMs };
  return new ShardReader({ ...OPTIONS, quiet }, fetcherOf(sequenceNumbers), {
    clock,
    log: silentLog,
    random: () => 0,
  });
}

async function readAll(reader: ShardReader): Promise<bigint[]> {
  const positions: bigint[] = [];
  do {
    await reader.read();
    positions.push(...Array.from(reader.take()?.positions ?? [], BigInt));
  } while (!reader.isCaughtUp);
  return positions;
}

describe('a reader of one shard', () => {
  it('reads from its start on, answer by answer', async () => {
    expect(await readAll(readerOf(['100', '101', '102']))).toEqual(['100', '101', '102'].map(positionOf));
  });

  it('goes on behind a start that is gone by age when nothing came in the meantime', async () => {
    expect(await readAll(readerOf(['101'], 23 * HOUR_MS))).toEqual([positionOf('101')]);
  });

  it('never goes on behind an answer that it did not take', async () => {
    const reader = readerOf(['101', '102'], 25 * HOUR_MS);
    for (let time = 0; time < 3; time++)
      await expect(reader.read()).rejects.toMatchObject({
        code: 'position_gap',
        message: expect.stringContaining('from 101 on'),
      });
    expect(reader.take()).toBeNull();
  });

  it('says how old an unread record may be, and names the gap when one older than Kinesis keeps it may have been', async () => {
    const clock = createManualClock(NOW_MS);
    const reader = readerOf(['100', '101', '102', '103'], undefined, clock);
    expect(reader.lagMs()).toBeNull();
    await reader.read();
    clock.advance(23 * HOUR_MS);
    // It was 3 ms behind the end then.
    expect(reader.lagMs()).toBe(23 * HOUR_MS + 3);
    await reader.read();
    expect(reader.lagMs()).toBe(2);
    expect(reader.take()?.positions).toHaveLength(1);
    clock.advance(24 * HOUR_MS);
    await expect(reader.read()).rejects.toMatchObject({
      code: 'position_gap',
      message: expect.stringContaining('from 101 on are gone'),
    });
  });

  it('begins with the oldest records of a busy shard, and names no gap before it has got ahead of their end', async () => {
    const clock = createManualClock(NOW_MS);
    let behindMs = 24 * HOUR_MS;
    const warned: unknown[] = [];
    const reader = new ShardReader(
      { ...OPTIONS, start: undefined },
      fetcherOf(['100', '101', '102', '103', '104'], () => behindMs),
      { clock, log: { ...silentLog, warn: (fields) => warned.push(fields) }, random: () => 0 },
    );
    for (behindMs of [24 * HOUR_MS, 24 * HOUR_MS - 100, 24 * HOUR_MS - 200, 23 * HOUR_MS]) {
      await reader.read();
      expect(reader.take()?.count).toBe(1);
      clock.advance(250);
    }
    expect(warned).toEqual([expect.objectContaining({ partition: 'shard-0', from: '100' })]);
    clock.advance(HOUR_MS);
    await expect(reader.read()).rejects.toMatchObject({ code: 'position_gap' });
  });
});

import type { RecordsBatch } from '@platformatic/kafka';
import fc from 'fast-check';
import { visibleRecords, type FetchedPartition } from './visible-records.js';

/** What producers did, in the order of the log. */
const step = fc.record({
  producer: fc.integer({ min: 1, max: 3 }),
  what: fc.constantFrom('write', 'write plainly', 'abort', 'commit'),
  records: fc.integer({ min: 1, max: 3 }),
});

interface Written {
  readonly batches: RecordsBatch[];
  readonly aborted: NonNullable<FetchedPartition['abortedTransactions']>;
  readonly visible: number[];
}

/** A log and what a reader of committed records must see of it; transactions still open at its end are cut off. */
function written(steps: readonly { producer: number; what: string; records: number }[]): Written {
  const batches: RecordsBatch[] = [];
  const aborted: { producerId: bigint; firstOffset: bigint }[] = [];
  const visible: number[] = [];
  const open = new Map<number, number[]>();
  let offset = 0;
  const append = (producer: number, attributes: number, count: number, key: Buffer | null) => {
    batches.push(batchOf(offset, producer, attributes, count, key));
    const offsets = Array.from({ length: count }, (_, index) => offset + index);
    offset += count;
    return offsets;
  };
  const end = (producer: number, isAbort: boolean) => {
    const offsets = open.get(producer);
    if (!offsets) return;
    open.delete(producer);
    append(producer, 16 | 32, 1, Buffer.from([0, 0, 0, isAbort ? 0 : 1]));
    if (isAbort) aborted.push({ producerId: BigInt(producer), firstOffset: BigInt(offsets[0]) });
    else visible.push(...offsets);
  };
  for (const { producer, what, records } of steps) {
    if (what === 'write')
      open.set(producer, [...(open.get(producer) ?? []), ...append(producer, 16, records, null)]);
    else if (what === 'write plainly') visible.push(...append(9, 0, records, null));
    else end(producer, what === 'abort');
  }
  for (const producer of [...open.keys()]) end(producer, true);
  return { batches, aborted, visible: visible.sort((a, b) => a - b) };
}

it('shows what was committed and nothing else, from wherever a response begins and ends', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), fc.nat(), fc.nat(), (steps, cutFrom, cutTo) => {
      const { batches, aborted, visible } = written(steps);
      const from = cutFrom % (batches.length + 1);
      const to = from + (cutTo % (batches.length - from + 1));
      const response = batches.slice(from, to);
      const offsets = new Set(response.flatMap(offsetsOf));
      const first = offsetsOf(response[0] ?? batches[0] ?? NOTHING)[0] ?? 0;
      // The broker names the aborted transactions that reach into the response.
      const named = aborted.filter((one) => markerOf(batches, one) >= first);
      const seen = visibleRecords(response, named).flatMap(({ firstOffset, records }) =>
        records.map((record) => firstOffset + record.offsetDelta),
      );
      expect(seen).toEqual(visible.filter((offset) => offsets.has(offset)));
    }),
  );
});

const NOTHING = batchOf(0, 0, 0, 0, null);

function offsetsOf({ firstOffset, records }: RecordsBatch): number[] {
  return records.map((_, index) => Number(firstOffset) + index);
}

function markerOf(
  batches: readonly RecordsBatch[],
  { producerId, firstOffset }: { producerId: bigint; firstOffset: bigint },
): number {
  const marker = batches.find(
    (one) => one.attributes & 32 && one.producerId === producerId && one.firstOffset > firstOffset,
  );
  return Number(marker?.firstOffset ?? -1n);
}

function batchOf(
  offset: number,
  producer: number,
  attributes: number,
  count: number,
  key: Buffer | null,
): RecordsBatch {
  return {
    firstOffset: BigInt(offset),
    length: 0,
    partitionLeaderEpoch: 0,
    magic: 2,
    crc: 0,
    attributes,
    lastOffsetDelta: count - 1,
    firstTimestamp: 0n,
    maxTimestamp: 0n,
    producerId: BigInt(producer),
    producerEpoch: 0,
    firstSequence: 0,
    records: Array.from({ length: count }, (_, offsetDelta) => ({
      length: 0,
      attributes: 0,
      timestampDelta: 0n,
      offsetDelta,
      key,
      value: null,
      headers: [],
    })),
  };
}

import { allocateRecordColumns, type Header, type Position, type RecordBatch } from '@gondola/stream';
import { hashOfKey, isWithin, type HashRange } from './hash-range.js';
import { positionOf } from './kinesis-position.js';
import { readAggregate, readHeaders, type Aggregate } from './kpl-record.js';

/** As the SDK gives it. */
export interface KinesisRecord {
  readonly SequenceNumber?: string | undefined;
  readonly ApproximateArrivalTimestamp?: Date | undefined;
  readonly Data?: Uint8Array | undefined;
  readonly PartitionKey?: string | undefined;
}

export interface ReadRecords {
  /** Null when nothing of it is wanted. */
  readonly batch: RecordBatch | null;
  /** User records that this shard has by mistake: see `isMisplaced`. */
  readonly misplaced: number;
}

interface Unpacked {
  readonly record: KinesisRecord;
  readonly position: Position;
  readonly aggregate: Aggregate | null;
  /** Which of its user records are wanted. */
  readonly userRecords: readonly number[];
}

const NO_HEADERS: readonly Header[] = [];
const NO_BYTES = new Uint8Array(0);
const FIRST_ONLY = [0];

/**
 * Records of one answer as columns over one buffer, from position `from` on. User records stay where their aggregated record
 * has them. A Kinesis record's user records are never in two batches.
 */
export function readRecords(
  stream: string,
  shard: { readonly id: string; readonly range: HashRange },
  records: readonly KinesisRecord[],
  from: Position,
): ReadRecords {
  const unpacked: Unpacked[] = [];
  let count = 0;
  let bytesTotal = 0;
  let misplaced = 0;
  for (const record of records) {
    const position = positionOf(record.SequenceNumber ?? '0');
    const aggregate = readAggregate(record.Data ?? NO_BYTES);
    const all = aggregate ? aggregate.keyIndex.map((_, index) => index) : FIRST_ONLY;
    const placed = aggregate ? withinShard(aggregate, record.Data ?? NO_BYTES, shard.range) : all;
    misplaced += all.length - placed.length;
    const userRecords =
      position >= from ? placed : placed.filter((index) => position + BigInt(index) >= from);
    if (userRecords.length === 0) continue;
    unpacked.push({ record, position, aggregate, userRecords });
    count += userRecords.length;
    bytesTotal += record.Data?.length ?? 0;
    if (!aggregate) bytesTotal += Buffer.byteLength(record.PartitionKey ?? '');
  }
  const batch = count === 0 ? null : columnsOf(stream, shard.id, unpacked, count, bytesTotal);
  return { batch, misplaced };
}

/**
 * The producer library packs by the shards it knows. After a split or merge an aggregated record may hold user records
 * whose hash belongs to another shard: the library sees it in the answer and sends those again, so that readers leave
 * them out here (as Amazon's reader library does); else they would be repeated.
 */
function withinShard(aggregate: Aggregate, bytes: Uint8Array, range: HashRange): number[] {
  const { keys, hashKeys, keyIndex, hashKeyIndex } = aggregate;
  const byKey = keys.start.map((start, index) =>
    isWithin(range, hashOfKey(bytes.subarray(start, start + keys.length[index]))),
  );
  const byHashKey = hashKeys.start.map((start, index) => {
    const text = Buffer.from(bytes.subarray(start, start + hashKeys.length[index])).toString('latin1');
    return !/^\d{1,39}$/.test(text) || isWithin(range, BigInt(text));
  });
  const placed: number[] = [];
  for (let index = 0; index < keyIndex.length; index++) {
    const hashKey = hashKeyIndex[index];
    if (hashKey < 0 ? byKey[keyIndex[index]] : byHashKey[hashKey]) placed.push(index);
  }
  return placed;
}

function columnsOf(
  stream: string,
  partition: string,
  unpacked: readonly Unpacked[],
  count: number,
  bytesTotal: number,
): RecordBatch {
  const { positions: _, ...columns } = allocateRecordColumns(count);
  const { keyStart, keyLength, valueStart, valueLength, timestampMs } = columns;
  const bytes = Buffer.allocUnsafeSlow(bytesTotal);
  const positions: bigint[] = [];
  const messageStart = new Int32Array(count).fill(-1);
  const messageLength = new Int32Array(count);
  let end = 0;
  let row = 0;
  for (const { record, position, aggregate, userRecords } of unpacked) {
    const at = end;
    const data = record.Data ?? NO_BYTES;
    bytes.set(data, at);
    end += data.length;
    for (const index of userRecords) {
      timestampMs[row] = record.ApproximateArrivalTimestamp?.getTime() ?? 0;
      positions.push(index === 0 ? position : position + BigInt(index));
      if (aggregate) {
        const key = aggregate.keyIndex[index];
        keyStart[row] = at + aggregate.keys.start[key];
        keyLength[row] = aggregate.keys.length[key];
        valueStart[row] = at + aggregate.data.start[index];
        valueLength[row] = aggregate.data.length[index];
        messageStart[row] = at + aggregate.messages.start[index];
        messageLength[row] = aggregate.messages.length[index];
      } else {
        valueStart[row] = at;
        valueLength[row] = data.length;
        keyStart[row] = end;
        keyLength[row] = bytes.write(record.PartitionKey ?? '', end);
        end += keyLength[row];
      }
      row++;
    }
  }
  return {
    stream,
    partition,
    count,
    bytes,
    ...columns,
    positions,
    nextPosition: positions[count - 1] + 1n,
    headersAt: (index) =>
      messageStart[index] < 0 ? NO_HEADERS : readHeaders(bytes, messageStart[index], messageLength[index]),
  };
}

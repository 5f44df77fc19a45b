import {
  allocateRecordColumns,
  GondolaError,
  release,
  withoutHeaders,
  type RecordBatch,
} from '@gondola/stream';
import { checksumOf, inflate } from './codecs.js';
import {
  isAbortMarker,
  readHeaders,
  readRecords,
  RECORD_BYTES_MIN,
  type RecordColumns,
  type RecordRange,
} from './record-columns.js';
import { releaseOwn, type SharedBytes } from './shared-bytes.js';

/** A transaction that was aborted: records of this producer from `firstOffset` up to its abort marker don't count. */
export interface AbortedTransaction {
  readonly producerId: bigint;
  readonly firstOffset: bigint;
}

export interface FetchedRecords {
  readonly stream: string;
  readonly partition: string;
  /** Record batches as the broker stores them; the last one may be cut off. */
  readonly bytes: Buffer;
  /** The response that `bytes` are part of. */
  readonly response: SharedBytes;
  /** The first position wanted: the broker sends the whole batch that it is in. */
  readonly from: number;
  readonly aborted: readonly AbortedTransaction[];
  readonly isChecked: boolean;
}

/** Offset and length of a batch, which every version of the format begins with. */
const PREFIX_BYTES = 12;
const HEADER_BYTES = 61;
const CHECKED_FROM = 21;
const FORMAT_VERSION = 2;

/** A batch's header: `at` is where it starts, its records follow it up to `end`. */
interface BatchHeader {
  readonly at: number;
  readonly end: number;
  readonly baseOffset: number;
  readonly lastOffset: number;
  readonly attributes: number;
  readonly count: number;
}

const codecOf = (header: BatchHeader): number => header.attributes & 0x07;
const hasAppendTime = (header: BatchHeader): boolean => (header.attributes & 0x08) !== 0;
const isTransactional = (header: BatchHeader): boolean => (header.attributes & 0x10) !== 0;
const isControl = (header: BatchHeader): boolean => (header.attributes & 0x20) !== 0;

/** Batches that go into one `RecordBatch`: a stretch of the response from `at` on, or parts inflated one after another. */
interface Group {
  readonly at: number;
  readonly inflated: Buffer[] | null;
  readonly ranges: RecordRange[];
  bytesTotal: number;
  count: number;
}

/**
 * One partition's share of a fetch response, record format version 2, into `RecordBatch`es of about `bytesMax`, when they are
 * asked for: what is not asked for costs nothing but its bytes. Control batches and aborted transactions are left out.
 */
export class RecordBatchReader {
  /** Everything below has been read, whether it gave records or not. */
  position: number;
  /** Where `position` will be once all is read: known before anything is parsed, so the next fetch need not wait. */
  readonly endPosition: number;
  private at = 0;
  private isRead = false;
  private readonly aborted: AbortedTransaction[];
  private readonly abortedProducers = new Set<bigint>();

  constructor(private readonly fetched: FetchedRecords) {
    this.position = fetched.from;
    fetched.response.share();
    this.aborted = [...fetched.aborted].sort((a, b) => (a.firstOffset < b.firstOffset ? -1 : 1));
    this.endPosition = endPositionOf(fetched);
  }

  /** Bytes that are still to be read. */
  get bytesLeft(): number {
    return this.fetched.bytes.length - this.at;
  }

  /** The next records, null when there are none left. Throws `stream_corrupt`. */
  read(bytesMax: number): RecordBatch | null {
    for (;;) {
      const group = this.takeGroup(bytesMax);
      if (!group) {
        if (!this.isRead) this.fetched.response.giveBack();
        this.isRead = true;
        return null;
      }
      const batch = this.parse(group);
      if (batch.count > 0) return batch;
    }
  }

  private takeGroup(bytesMax: number): Group | null {
    const { bytes, from } = this.fetched;
    let group: Group | null = null;
    for (let end = wholeBatchEnd(bytes, this.at); end > 0; end = wholeBatchEnd(bytes, this.at)) {
      if (group && group.bytesTotal >= bytesMax) return group;
      const header = this.guard(() => this.readHeader(end));
      if (header.lastOffset >= from && header.count > 0 && !this.isLeftOut(header)) {
        const isInflated = codecOf(header) !== 0;
        if (group && (group.inflated !== null) !== isInflated) return group;
        group ??= { at: this.at, inflated: isInflated ? [] : null, ranges: [], bytesTotal: 0, count: 0 };
        this.add(group, header);
      }
      this.at = end;
      this.position = Math.max(this.position, header.lastOffset + 1);
    }
    this.at = bytes.length;
    return group;
  }

  private readHeader(end: number): BatchHeader {
    const { bytes, isChecked } = this.fetched;
    const { at } = this;
    const header = readHeader(bytes, at, end);
    if (isChecked && checksumOf(bytes.subarray(at + CHECKED_FROM, end)) !== bytes.readUInt32BE(at + 17))
      throw new Error('does not match its checksum');
    return header;
  }

  /** Follows the transactions as Kafka's own consumer does. */
  private isLeftOut(header: BatchHeader): boolean {
    const { bytes } = this.fetched;
    while (this.aborted.length > 0 && Number(this.aborted[0].firstOffset) <= header.lastOffset)
      for (const { producerId } of this.aborted.splice(0, 1)) this.abortedProducers.add(producerId);
    if (!isControl(header) && !isTransactional(header)) return false;
    const producerId = bytes.readBigInt64BE(header.at + 43);
    if (!isControl(header)) return this.abortedProducers.has(producerId);
    const isAbort = this.guard(() => isAbortMarker(bytes, header.at + HEADER_BYTES, header.end));
    if (isAbort) this.abortedProducers.delete(producerId);
    return true;
  }

  private add(group: Group, header: BatchHeader): void {
    const { bytes } = this.fetched;
    const { at, end, baseOffset, count } = header;
    const stored = bytes.subarray(at + HEADER_BYTES, end);
    const records = group.inflated ? this.guard(() => inflate(codecOf(header), stored)) : stored;
    const start = group.inflated ? group.bytesTotal : at + HEADER_BYTES - group.at;
    group.ranges.push({
      ...{ start, end: start + records.length, count, baseOffset },
      baseTimestampMs: Number(bytes.readBigInt64BE(at + 27)),
      appendTimestampMs: hasAppendTime(header) ? Number(bytes.readBigInt64BE(at + 35)) : null,
    });
    group.inflated?.push(records);
    group.bytesTotal += records.length;
    group.count += count;
    if (count > records.length / RECORD_BYTES_MIN)
      this.guard(() => {
        throw new Error(`cannot hold the ${count} records it speaks of`);
      });
  }

  private parse(group: Group): RecordBatch {
    const { stream, partition, from, response } = this.fetched;
    const bytes = this.bytesOf(group);
    if (!group.inflated) response.share();
    const columns = allocateRecordColumns(group.count);
    const into = { columns, haveHeaders: false };
    let count = 0;
    for (const range of group.ranges)
      count = this.guard(() => readRecords(bytes, range, from, into, count), range.baseOffset);
    return {
      stream,
      partition,
      count,
      bytes,
      ...(count < group.count ? firstOf(columns, count) : columns),
      nextPosition: BigInt(this.position),
      headersAt: into.haveHeaders
        ? (index) =>
            this.guard(
              () => readHeaders(bytes, columns.valueStart[index], columns.valueLength[index]),
              columns.positions[index],
            )
        : withoutHeaders,
      release: () => {
        release(columns.timestampMs);
        if (group.inflated) releaseOwn(bytes);
        else response.giveBack();
      },
    };
  }

  /** What is not compressed stays where the socket put it. */
  private bytesOf({ at, inflated, ranges, bytesTotal }: Group): Buffer {
    if (!inflated) return this.fetched.bytes.subarray(at, at + (ranges.at(-1)?.end ?? 0));
    return inflated.length === 1 ? inflated[0] : Buffer.concat(inflated, bytesTotal);
  }

  /** Says of what went wrong where it was. */
  private guard<T>(action: () => T, position = this.position): T {
    try {
      return action();
    } catch (error) {
      const { stream, partition } = this.fetched;
      const what = error instanceof Error ? error.message : String(error);
      throw new GondolaError(
        'stream_corrupt',
        `${stream}/${partition}: the record batch at position ${position} ${what}`,
        false,
        { cause: error },
      );
    }
  }
}

/** Where the batch at `at` ends, 0 when it is not whole. */
function wholeBatchEnd(bytes: Buffer, at: number): number {
  if (at + PREFIX_BYTES > bytes.length) return 0;
  const end = at + PREFIX_BYTES + Math.max(0, bytes.readInt32BE(at + 8));
  return end > bytes.length ? 0 : end;
}

function endPositionOf({ bytes, from }: FetchedRecords): number {
  let position = from;
  for (let at = 0, end = wholeBatchEnd(bytes, 0); end - at >= HEADER_BYTES; end = wholeBatchEnd(bytes, at)) {
    if (bytes[at + 16] !== FORMAT_VERSION) break;
    position = Math.max(position, Number(bytes.readBigInt64BE(at)) + bytes.readInt32BE(at + 23) + 1);
    at = end;
  }
  return position;
}

function readHeader(bytes: Buffer, at: number, end: number): BatchHeader {
  const version = bytes[at + 16];
  if (end - at > 16 && version < FORMAT_VERSION)
    throw new Error(
      `is of message format ${version}, from before Kafka 0.11: let a broker of Kafka 3 or older rewrite the topic, or start after it`,
    );
  if (end - at < HEADER_BYTES) throw new Error('is shorter than its header');
  if (version > FORMAT_VERSION)
    throw new Error(`is of message format ${version}, which is newer than this reader`);
  const baseOffset = Number(bytes.readBigInt64BE(at));
  return {
    at,
    end,
    baseOffset,
    lastOffset: baseOffset + bytes.readInt32BE(at + 23),
    attributes: bytes.readInt16BE(at + 21),
    count: bytes.readInt32BE(at + 57),
  };
}

function firstOf(columns: RecordColumns, count: number): RecordColumns {
  return {
    keyStart: columns.keyStart.subarray(0, count),
    keyLength: columns.keyLength.subarray(0, count),
    valueStart: columns.valueStart.subarray(0, count),
    valueLength: columns.valueLength.subarray(0, count),
    timestampMs: columns.timestampMs.subarray(0, count),
    positions: columns.positions.subarray(0, count),
  };
}

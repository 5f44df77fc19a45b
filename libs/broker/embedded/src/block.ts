import {
  allocateRecordColumns,
  release,
  withoutHeaders,
  type Header,
  type OutgoingRecord,
  type RecordBatch,
} from '@gondola/stream';

/**
 * How records lie on disk: one block per append and partition, columns first, so that reading gives a RecordBatch
 * without touching single records. Little-endian:
 *
 *     u32 count, u32 headerBytes, f64 timestampMs[count], i32 keyLength[count], i32 valueLength[count],
 *     u32 headerEnd[count], headers (u16 key length, key, u32 value length, value)*, then key, value of each record
 *
 * A length of -1 is null.
 */
export function encodeBlock(records: readonly OutgoingRecord[]): Uint8Array {
  const count = records.length;
  const headerBytes = records.reduce((sum, record) => sum + headerBytesOf(record), 0);
  const dataBytes = records.reduce((sum, r) => sum + (r.key?.length ?? 0) + (r.value?.length ?? 0), 0);
  const block = Buffer.alloc(8 + count * 20 + headerBytes + dataBytes);
  block.writeUInt32LE(count, 0);
  block.writeUInt32LE(headerBytes, 4);
  const headersStart = 8 + count * 20;
  let headerEnd = 0;
  let end = headersStart + headerBytes;
  records.forEach((record, index) => {
    headerEnd = writeHeaders(block, headersStart + headerEnd, record.headers ?? NO_HEADERS) - headersStart;
    block.writeDoubleLE(record.timestampMs, 8 + index * 8);
    block.writeInt32LE(record.key?.length ?? -1, 8 + count * 8 + index * 4);
    block.writeInt32LE(record.value?.length ?? -1, 8 + count * 12 + index * 4);
    block.writeUInt32LE(headerEnd, 8 + count * 16 + index * 4);
    for (const part of [record.key, record.value]) {
      if (!part) continue;
      block.set(part, end);
      end += part.length;
    }
  });
  return block;
}

export interface StoredBlock {
  /** Position of the block's first record. */
  readonly base: number;
  readonly body: Uint8Array;
}

interface OpenBlock {
  readonly base: number;
  readonly view: Buffer;
  readonly count: number;
  readonly headersAt: number;
  /** Records before the one that was asked for. */
  readonly skip: number;
}

/** Blocks that follow each other, as one batch from position `from` on. Takes their memory: they are empty afterwards. */
export function decodeBlocks(
  stream: string,
  partition: string,
  blocks: readonly StoredBlock[],
  from: number,
): RecordBatch {
  const parts = blocks.map(({ base, body }): OpenBlock => {
    const view = Buffer.from(body.buffer, body.byteOffset, body.length);
    const count = view.readUInt32LE(0);
    return { base, view, count, headersAt: 8 + count * 20, skip: Math.max(0, Math.min(count, from - base)) };
  });
  const count = parts.reduce((sum, part) => sum + part.count - part.skip, 0);
  const bytes = blocks.length === 1 ? parts[0].view : Buffer.concat(parts.map((part) => part.view));
  const columns = {
    ...allocateRecordColumns(count),
    headerStart: new Int32Array(count),
    headerLength: new Int32Array(count),
  };
  let row = 0;
  let offset = 0;
  for (const part of parts) {
    placeRecords(columns, row, part, offset);
    row += part.count - part.skip;
    offset += part.view.length;
  }
  // Asked before the blocks' memory is given back.
  const hasHeaders = parts.some(({ view }) => view.readUInt32LE(4) > 0);
  if (blocks.length > 1) release(...blocks.map(({ body }) => body));
  const { headerStart, headerLength, ...recordColumns } = columns;
  const { timestampMs } = recordColumns;
  const last = parts[parts.length - 1];
  return {
    stream,
    partition,
    count,
    bytes,
    ...recordColumns,
    nextPosition: BigInt(last.base + last.count),
    headersAt: hasHeaders
      ? (index) =>
          headerLength[index] === 0
            ? NO_HEADERS
            : decodeHeaders(bytes.subarray(headerStart[index], headerStart[index] + headerLength[index]))
      : withoutHeaders,
    release: () => release(bytes, timestampMs, headerStart, headerLength),
  };
}

interface PlacedColumns extends ReturnType<typeof allocateRecordColumns> {
  readonly headerStart: Int32Array;
  readonly headerLength: Int32Array;
}

/** Fills the rows from `row` on with where the records of a block are, which stands at `offset` of the batch's bytes. */
function placeRecords(
  columns: PlacedColumns,
  row: number,
  { base, view, count, headersAt, skip }: OpenBlock,
  offset: number,
): void {
  const { keyStart, keyLength, valueStart, valueLength, timestampMs, positions } = columns;
  const { headerStart, headerLength } = columns;
  let headerEnd = 0;
  let end = headersAt + view.readUInt32LE(4);
  for (let index = 0; index < count; index++) {
    const key = view.readInt32LE(8 + count * 8 + index * 4);
    const value = view.readInt32LE(8 + count * 12 + index * 4);
    const nextHeaderEnd = view.readUInt32LE(8 + count * 16 + index * 4);
    if (index >= skip) {
      keyStart[row] = offset + end;
      keyLength[row] = key;
      valueStart[row] = offset + end + Math.max(0, key);
      valueLength[row] = value;
      timestampMs[row] = view.readDoubleLE(8 + index * 8);
      positions[row] = base + index;
      headerStart[row] = offset + headersAt + headerEnd;
      headerLength[row] = nextHeaderEnd - headerEnd;
      row++;
    }
    headerEnd = nextHeaderEnd;
    end += Math.max(0, key) + Math.max(0, value);
  }
}

const NO_HEADERS: readonly Header[] = [];

function headerBytesOf({ headers = NO_HEADERS }: OutgoingRecord): number {
  let bytes = 0;
  for (const { key, value } of headers) bytes += 6 + Buffer.byteLength(key) + value.length;
  return bytes;
}

/** Straight into the block, a record of the collector has half a dozen. Returns where they end. */
function writeHeaders(block: Buffer, start: number, headers: readonly Header[]): number {
  let at = start;
  for (const { key, value } of headers) {
    const nameBytes = block.write(key, at + 2);
    block.writeUInt16LE(nameBytes, at);
    block.writeUInt32LE(value.length, at + 2 + nameBytes);
    block.set(value, at + 6 + nameBytes);
    at += 6 + nameBytes + value.length;
  }
  return at;
}

function decodeHeaders(bytes: Buffer): readonly Header[] {
  const headers: Header[] = [];
  let at = 0;
  while (at < bytes.length) {
    const nameEnd = at + 2 + bytes.readUInt16LE(at);
    const valueEnd = nameEnd + 4 + bytes.readUInt32LE(nameEnd);
    headers.push({
      key: bytes.toString('utf8', at + 2, nameEnd),
      value: bytes.subarray(nameEnd + 4, valueEnd),
    });
    at = valueEnd;
  }
  return headers;
}

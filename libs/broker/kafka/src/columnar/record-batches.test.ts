import { gzipSync, zstdCompressSync } from 'node:zlib';
import { compressionsAlgorithms } from '@platformatic/kafka';
import { recordAt, type RecordBatch, type RecordView } from '@gondola/stream';
import fc from 'fast-check';
import { checksumOf } from './codecs.js';
import { RecordBatchReader, type FetchedRecords } from './record-batches.js';
import { SharedBytes } from './shared-bytes.js';

interface TestRecord {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly { key: string; value: Buffer | null }[];
  readonly timestampMs: number;
  /** Offsets that compaction took away before this one. */
  readonly hole: number;
}

interface TestBatch {
  readonly records: readonly TestRecord[];
  readonly codec: number;
  readonly transactional?: { producerId: bigint; marker?: 'abort' | 'commit' };
  readonly appendTimeMs?: number;
  /** Offsets that compaction took away after the last record. */
  readonly tail?: number;
  readonly version?: number;
}

const plain = (value: string, timestampMs = 1_000): TestRecord => ({
  key: null,
  value: Buffer.from(value),
  headers: [],
  timestampMs,
  hole: 0,
});

function varint(value: number): Buffer {
  let left = value >= 0 ? BigInt(value) * 2n : BigInt(-value) * 2n - 1n;
  const bytes: number[] = [];
  for (; left > 127n; left >>= 7n) bytes.push(Number(left & 127n) | 128);
  return Buffer.from([...bytes, Number(left)]);
}

const sized = (bytes: Buffer | null): Buffer =>
  bytes === null ? varint(-1) : Buffer.concat([varint(bytes.length), bytes]);

function encodeRecord(record: TestRecord, offset: number, baseMs: number): Buffer {
  const body = Buffer.concat([
    Buffer.from([0]),
    ...[varint(record.timestampMs - baseMs), varint(offset), sized(record.key), sized(record.value)],
    varint(record.headers.length),
    ...record.headers.flatMap(({ key, value }) => [sized(Buffer.from(key)), sized(value)]),
  ]);
  return Buffer.concat([varint(body.length), body]);
}

const xerial = (bytes: Buffer): Buffer => {
  const block = Buffer.from(compressionsAlgorithms.snappy.compressSync(bytes) as Buffer);
  const header = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1]);
  const length = Buffer.alloc(4);
  length.writeInt32BE(block.length);
  return Buffer.concat([header, length, block]);
};

/** The names of what a producer may use, with the number in the attributes. */
const CODECS: Readonly<Record<string, readonly [number, (bytes: Buffer) => Buffer]>> = {
  none: [0, (bytes) => bytes],
  gzip: [1, (bytes) => gzipSync(bytes)],
  'snappy, raw': [2, (bytes) => Buffer.from(compressionsAlgorithms.snappy.compressSync(bytes) as Buffer)],
  'snappy, xerial': [2, xerial],
  lz4: [3, (bytes) => Buffer.from(compressionsAlgorithms.lz4.compressSync(bytes) as Buffer)],
  zstd: [4, (bytes) => zstdCompressSync(bytes)],
};
const compressors = Object.values(CODECS);

/** As the format's description has it: https://kafka.apache.org/documentation/#recordbatch */
function encodeBatch(
  batch: TestBatch,
  baseOffset: number,
): { bytes: Buffer; next: number; offsets: number[] } {
  const { records, transactional, appendTimeMs, version = 2 } = batch;
  const baseMs = records[0]?.timestampMs ?? 0;
  let offset = 0;
  const offsets: number[] = [];
  const encoded = records.map((record) => {
    offset += record.hole;
    offsets.push(baseOffset + offset);
    return encodeRecord(record, offset++, baseMs);
  });
  const lastDelta = Math.max(0, offset - 1) + (batch.tail ?? 0);
  const [codec, compress] = compressors[batch.codec];
  const body = Buffer.concat(encoded);
  const bytes = Buffer.concat([Buffer.alloc(61), records.length > 0 ? compress(body) : body]);
  bytes.writeBigInt64BE(BigInt(baseOffset), 0);
  bytes.writeInt32BE(bytes.length - 12, 8);
  bytes[16] = version;
  const flags =
    (transactional ? 16 : 0) | (transactional?.marker ? 32 : 0) | (appendTimeMs === undefined ? 0 : 8);
  bytes.writeInt16BE(codec | flags, 21);
  bytes.writeInt32BE(lastDelta, 23);
  bytes.writeBigInt64BE(BigInt(baseMs), 27);
  bytes.writeBigInt64BE(BigInt(appendTimeMs ?? baseMs), 35);
  bytes.writeBigInt64BE(transactional?.producerId ?? -1n, 43);
  bytes.writeInt32BE(records.length, 57);
  bytes.writeUInt32BE(checksumOf(bytes.subarray(21)), 17);
  return { bytes, next: baseOffset + lastDelta + 1, offsets };
}

/** The end of a transaction: a control batch of one record. */
const marker = (producerId: bigint, kind: 'abort' | 'commit'): TestBatch => ({
  codec: 0,
  transactional: { producerId, marker: kind },
  records: [{ ...plain(''), key: Buffer.from([0, 0, 0, kind === 'abort' ? 0 : 1]) }],
});

function encode(batches: readonly TestBatch[], firstOffset = 0) {
  let next = firstOffset;
  const offsets: number[][] = [];
  const parts = batches.map((batch) => {
    const encoded = encodeBatch(batch, next);
    next = encoded.next;
    offsets.push(encoded.offsets);
    return encoded.bytes;
  });
  return { bytes: Buffer.concat(parts), parts, next, offsets };
}

const reader = (bytes: Buffer, given: Partial<FetchedRecords> = {}) =>
  new RecordBatchReader({
    ...{ stream: 'sales', partition: '3', bytes, from: 0, aborted: [], isChecked: true },
    ...{ response: new SharedBytes(bytes), ...given },
  });

function readAll(from: RecordBatchReader, bytesMax = 1_000): RecordBatch[] {
  const batches: RecordBatch[] = [];
  for (let batch = from.read(bytesMax); batch; batch = from.read(bytesMax)) batches.push(batch);
  return batches;
}

const viewsOf = (batches: readonly RecordBatch[]): RecordView[] =>
  batches.flatMap((batch) => Array.from({ length: batch.count }, (_, index) => recordAt(batch, index)));
const valuesOf = (batches: readonly RecordBatch[]): string[] =>
  viewsOf(batches).map(({ value }) => Buffer.from(value ?? []).toString());

const bytesArbitrary = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes));
const recordArbitrary: fc.Arbitrary<TestRecord> = fc.record({
  key: fc.option(bytesArbitrary),
  value: fc.option(bytesArbitrary),
  headers: fc.array(fc.record({ key: fc.string({ unit: 'binary' }), value: fc.option(bytesArbitrary) }), {
    maxLength: 3,
  }),
  timestampMs: fc.integer({ min: 0, max: 4_000_000_000_000 }),
  hole: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(300) }),
});
const batchArbitrary: fc.Arbitrary<TestBatch> = fc.record({
  records: fc.array(recordArbitrary, { maxLength: 12 }),
  codec: fc.nat(compressors.length - 1),
  appendTimeMs: fc.option(fc.integer({ min: 0, max: 4_000_000_000_000 }), { nil: undefined }),
  tail: fc.nat(3),
});

describe('record batches as columns', () => {
  it('gives back what was written, whatever the codec, the holes and the size of a batch', () => {
    fc.assert(
      fc.property(
        fc.array(batchArbitrary, { maxLength: 8 }),
        fc.nat(2 ** 50),
        fc.integer({ min: 1, max: 4_000 }),
        (batches, firstOffset, bytesMax) => {
          const { bytes, next, offsets } = encode(batches, firstOffset);
          const from = reader(bytes, { from: firstOffset });
          expect(from.endPosition).toBe(next);
          const got = viewsOf(readAll(from, bytesMax));
          const want = batches.flatMap(({ records, appendTimeMs }, index) =>
            records.map((record, at) => ({
              key: record.key && new Uint8Array(record.key),
              value: record.value && new Uint8Array(record.value),
              headers: record.headers.map(({ key, value }) => [key, [...(value ?? [])]]),
              position: BigInt(offsets[index][at]),
              timestampMs: appendTimeMs ?? record.timestampMs,
            })),
          );
          const plainOf = (bytes: Uint8Array | null) => bytes && new Uint8Array(bytes);
          expect(
            got.map(({ key, value, headers, ...rest }) => ({
              ...rest,
              key: plainOf(key),
              value: plainOf(value),
              headers: headers.map((one) => [one.key, [...one.value]]),
            })),
          ).toEqual(want);
          expect(from.position).toBe(next);
        },
      ),
    );
  });

  it('starts within a batch, drops one that is cut off, and says where to go on', () => {
    fc.assert(
      fc.property(
        fc.array(batchArbitrary, { minLength: 1, maxLength: 6 }),
        fc.nat(1_000),
        fc.nat(1_000),
        (batches, fromShare, cutShare) => {
          const { bytes, parts, next, offsets } = encode(batches);
          const from = Math.floor((next * fromShare) / 1_001);
          const cut = Math.floor((bytes.length * cutShare) / 1_000);
          const one = reader(bytes.subarray(0, cut), { from });
          let whole = 0;
          for (let end = 0; whole < parts.length && (end += parts[whole].length) <= cut;) whole++;
          const want = offsets
            .slice(0, whole)
            .flat()
            .filter((offset) => offset >= from);
          const got = readAll(one);
          expect(viewsOf(got).map(({ position }) => Number(position))).toEqual(want);
          expect(one.position).toBe(one.endPosition);
          for (const batch of got)
            expect(batch.nextPosition).toBeGreaterThan(recordAt(batch, batch.count - 1).position);
        },
      ),
    );
  });

  it('leaves out control batches and aborted transactions, and only those', () => {
    const [one, two] = [7n, 9n];
    const by = (producerId: bigint, value: string): TestBatch => ({
      codec: 0,
      transactional: { producerId },
      records: [plain(value)],
    });
    const { bytes, next } = encode([
      by(one, 'kept: before'),
      marker(one, 'commit'),
      by(one, 'lost'),
      by(two, 'kept: another producer'),
      { codec: 4, records: [plain('kept: no transaction')] },
      by(one, 'lost too'),
      marker(one, 'abort'),
      by(one, 'kept: after'),
      marker(two, 'commit'),
      by(two, 'lost'),
      marker(two, 'abort'),
    ]);
    for (const bytesMax of [1, 10_000]) {
      const from = reader(bytes, {
        aborted: [
          { producerId: two, firstOffset: 9n },
          { producerId: one, firstOffset: 2n },
        ],
      });
      expect(valuesOf(readAll(from, bytesMax))).toEqual([
        'kept: before',
        'kept: another producer',
        'kept: no transaction',
        'kept: after',
      ]);
      expect([from.position, from.endPosition]).toEqual([next, next]);
    }
  });

  it('goes past batches that compaction has emptied', () => {
    const from = reader(encode([{ codec: 0, records: [], tail: 5 }]).bytes);
    expect(readAll(from)).toEqual([]);
    expect(from.position).toBe(6);
  });

  it('copies nothing that is not compressed', () => {
    const { bytes } = encode([
      { codec: 0, records: [plain('a')] },
      { codec: 0, records: [plain('b')] },
    ]);
    const [batch] = readAll(reader(bytes));
    expect([batch.count, batch.bytes.buffer]).toEqual([2, bytes.buffer]);
  });

  it('inflates no more at a time than asked for, and a batch', () => {
    const batches = Array.from({ length: 20 }, () => ({ codec: 4, records: [plain('x'.repeat(1_000))] }));
    const got = readAll(reader(encode(batches).bytes), 2_500);
    expect(got.map(({ count }) => count)).toEqual([3, 3, 3, 3, 3, 3, 2]);
  });
});

describe('record batches that are not as they should be', () => {
  const { bytes } = encode([
    { codec: 0, records: [plain('a')] },
    { codec: 4, records: [plain('b'.repeat(100)), plain('c')] },
  ]);
  const broken = (change: (copy: Buffer) => unknown): Buffer => {
    const copy = Buffer.from(bytes);
    change(copy);
    return copy;
  };
  const second = bytes.readInt32BE(8) + 12;

  it.each<[string, Buffer, Partial<FetchedRecords>, RegExp]>([
    [
      'a flipped bit',
      broken((copy) => (copy[second + 70] ^= 1)),
      {},
      /position 1 does not match its checksum/,
    ],
    ['a broken frame', broken((copy) => (copy[second + 61] ^= 1)), { isChecked: false }, /position 1 /],
    ['a codec there is none of', broken((copy) => (copy[second + 22] = 7)), { isChecked: false }, /codec 7/],
    [
      'more records than bytes',
      broken((copy) => copy.writeInt32BE(1e9, 57)),
      { isChecked: false },
      /1000000000 records/,
    ],
    [
      'a record beyond the end',
      broken((copy) => (copy[61] = 126)),
      { isChecked: false },
      /ends within a record/,
    ],
    [
      'a value beyond its record',
      broken((copy) => (copy[66] = 126)),
      { isChecked: false },
      /longer than it says/,
    ],
    ['a header of its own only', broken((copy) => copy.writeInt32BE(20, 8)), {}, /shorter than its header/],
    ['message format 1', broken((copy) => (copy[16] = 1)), {}, /message format 1, from before Kafka 0.11/],
    ['message format 3', broken((copy) => (copy[16] = 3)), {}, /message format 3, which is newer/],
  ])('names the place of %s', (_, copy, given, message) => {
    const all = () => readAll(reader(copy, given));
    expect(all).toThrow(expect.objectContaining({ code: 'stream_corrupt', canRetry: false }));
    expect(all).toThrow(/^sales\/3: the record batch at position \d/);
    expect(all).toThrow(message);
  });

  it('ends, and with nothing but a named error, whatever the bytes are', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { maxLength: 4 }), (changes) => {
        const copy = broken((copy) => changes.forEach(([at, byte]) => (copy[at] = byte)));
        try {
          viewsOf(readAll(reader(copy, { isChecked: false })));
        } catch (error) {
          expect(error).toMatchObject({ code: 'stream_corrupt' });
        }
      }),
    );
  });
});

it('gives a response back when the last batch of all its partitions is released', () => {
  const one = encode([{ codec: 0, records: [plain('x'.repeat(Buffer.poolSize))] }]).bytes;
  const whole = Buffer.from(new ArrayBuffer(2 * one.length));
  const response = new SharedBytes(whole);
  const batches = [0, one.length].flatMap((start) => {
    one.copy(whole, start);
    return readAll(reader(whole.subarray(start, start + one.length), { response }));
  });
  expect(batches).toHaveLength(2);
  batches[0].release?.();
  expect(valuesOf([batches[1]])).toEqual(['x'.repeat(Buffer.poolSize)]);
  batches[1].release?.();
  expect(whole).toHaveLength(0);
});

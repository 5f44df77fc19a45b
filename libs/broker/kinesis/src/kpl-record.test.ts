import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { recordAt } from '@gondola/stream';
import { hashOfKey } from './hash-range.js';
import { positionOf, sequenceNumberOf, userRecordOf } from './kinesis-position.js';
import {
  aggregatedBytesMax,
  AGGREGATE_BYTES,
  readAggregate,
  writeAggregate,
  type UserRecord,
} from './kpl-record.js';
import { readRecords } from './record-columns.js';

const WHOLE = { first: 0n, last: 2n ** 128n - 1n };
const SEQUENCE = '49600000000000000000000000000000000000000000000000000000';
const bytes = (value: string) => Buffer.from(value);

const userRecord: fc.Arbitrary<UserRecord> = fc.record({
  key: fc.string({ unit: 'grapheme', maxLength: 20 }).map(bytes),
  explicitHashKey: fc.option(fc.bigInt(0n, WHOLE.last).map(String), { nil: undefined }),
  data: fc.uint8Array({ maxLength: 300 }),
  headers: fc.array(
    fc.record({
      key: fc.string({ unit: 'grapheme', maxLength: 8 }),
      value: fc.uint8Array({ maxLength: 200 }),
    }),
    { maxLength: 3 },
  ),
});

function read(data: Uint8Array, { from = 0n, range = WHOLE } = {}) {
  const record = {
    SequenceNumber: SEQUENCE,
    Data: data,
    PartitionKey: 'outer',
    ApproximateArrivalTimestamp: new Date(7),
  };
  const { batch, misplaced } = readRecords('s', { id: 'shard', range }, [record], from);
  const records = batch ? Array.from({ length: batch.count }, (_, index) => recordAt(batch, index)) : [];
  return { batch, misplaced, records };
}

describe('an aggregated record', () => {
  it('gives back what was put in, and never takes more bytes than promised', () => {
    fc.assert(
      fc.property(fc.array(userRecord, { minLength: 1, maxLength: 20 }), (records) => {
        const written = writeAggregate(records);
        const { records: found } = read(written);
        expect(found.map(({ key, value, headers }) => [key, value, headers])).toEqual(
          records.map(({ key, data, headers }) => [
            Buffer.from(key),
            Buffer.from(data),
            headers.map((header) => ({ key: header.key, value: Buffer.from(header.value) })),
          ]),
        );
        expect(found.map(({ position }) => position - positionOf(SEQUENCE))).toEqual(
          records.map((_, index) => BigInt(index)),
        );
        expect(written.length).toBeLessThanOrEqual(
          records.reduce((sum, record) => sum + aggregatedBytesMax(record), AGGREGATE_BYTES),
        );
      }),
    );
  });

  it('is read as the format is published: tables of keys, one message a record', () => {
    // { partition_key_table: ["a", "bc"], explicit_hash_key_table: ["5"],
    //   records: [{ key 1, hash key 0, data "x" }, { key 0, data "", tags [{ key "t", value "v" }] }] }
    const message = Buffer.from(
      '0a0161' +
        '0a026263' +
        '120135' +
        '1a07' +
        '0801' +
        '1000' +
        '1a0178' +
        '1a0c' +
        '0800' +
        '1a00' +
        '22060a01741201' +
        '76',
      'hex',
    );
    const digest = createHash('md5').update(message).digest();
    const data = Buffer.concat([Buffer.from('f3899ac2', 'hex'), message, digest]);
    const { records } = read(data);
    expect(records.map(({ key, value, headers }) => [String(key), String(value), headers.length])).toEqual([
      ['bc', 'x', 0],
      ['a', '', 1],
    ]);
    expect(records[1].headers).toEqual([{ key: 't', value: Buffer.from('v') }]);
    expect(
      Buffer.compare(
        writeAggregate([{ key: bytes('a'), data: bytes('1'), headers: [] }]),
        Buffer.concat([
          Buffer.from('f3899ac2', 'hex'),
          Buffer.from('0a01611a0508001a0131', 'hex'),
          createHash('md5').update(Buffer.from('0a01611a0508001a0131', 'hex')).digest(),
        ]),
      ),
    ).toBe(0);
  });

  it('with any byte changed or cut off is one plain record', () => {
    const whole = writeAggregate([{ key: bytes('k'), data: bytes('value'), headers: [] }]);
    for (let at = 0; at < whole.length; at++) {
      const changed = Buffer.from(whole);
      changed[at] ^= 1;
      expect(read(changed).records).toMatchObject([{ key: bytes('outer'), value: changed, headers: [] }]);
      expect(read(whole.subarray(0, at)).records).toHaveLength(1);
    }
  });

  it('of garbage behind a right digest is one plain record', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (garbage) => {
        const digest = createHash('md5').update(garbage).digest();
        const data = Buffer.concat([Buffer.from('f3899ac2', 'hex'), garbage, digest]);
        const { records } = read(data);
        if (readAggregate(data) === null) expect(records).toMatchObject([{ value: data }]);
      }),
    );
  });

  it('starts in its middle where the position says', () => {
    const data = writeAggregate(
      ['0', '1', '2', '3'].map((value) => ({ key: bytes('k'), data: bytes(value), headers: [] })),
    );
    const { records } = read(data, { from: positionOf(SEQUENCE) + 2n });
    expect(records.map(({ value }) => String(value))).toEqual(['2', '3']);
    expect(read(data, { from: positionOf(SEQUENCE) + 4n }).batch).toBeNull();
  });

  it('leaves out what belongs to another shard: by explicit hash key where there is one, else by key', () => {
    const hash = hashOfKey(bytes('here'));
    const range = { first: hash, last: hash };
    const records = [
      { key: bytes('here'), data: bytes('0'), headers: [] },
      { key: bytes('elsewhere'), data: bytes('1'), headers: [] },
      { key: bytes('elsewhere'), explicitHashKey: hash.toString(), data: bytes('2'), headers: [] },
      { key: bytes('here'), explicitHashKey: '1', data: bytes('3'), headers: [] },
    ];
    const found = read(writeAggregate(records), { range });
    expect(found.records.map(({ value }) => String(value))).toEqual(['0', '2']);
    expect(found.misplaced).toBe(2);
    expect(found.batch?.nextPosition).toBe(positionOf(SEQUENCE) + 3n);
  });
});

describe('a position', () => {
  it('is the sequence number and the place within', () => {
    fc.assert(
      fc.property(fc.bigInt(1n, 2n ** 186n), fc.nat(999_999), (sequence, index) => {
        const position = positionOf(sequence.toString()) + BigInt(index);
        expect(sequenceNumberOf(position)).toBe(sequence.toString());
        expect(userRecordOf(position)).toBe(index);
        expect(position.toString().startsWith(sequence.toString())).toBe(true);
      }),
    );
  });
});

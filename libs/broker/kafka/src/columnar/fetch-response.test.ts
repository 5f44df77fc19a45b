import fc from 'fast-check';
import { readFetchResponse, type FetchedPartition } from './fetch-response.js';

const int64 = fc.bigInt({ min: 0n, max: 2n ** 63n - 1n });
const partitionArbitrary: fc.Arbitrary<FetchedPartition> = fc.record({
  partition: fc.nat(2 ** 31 - 1),
  errorCode: fc.integer({ min: -1, max: 130 }),
  aborted: fc.array(fc.record({ producerId: int64, firstOffset: int64 }), { maxLength: 3 }),
  records: fc.uint8Array({ maxLength: 50 }).map((bytes) => Buffer.from(bytes)),
});

const int = (bytes: 2 | 4, value: number): Buffer => {
  const buffer = Buffer.alloc(bytes);
  buffer.writeIntBE(value, 0, bytes);
  return buffer;
};
const long = (value: bigint): Buffer => {
  const buffer = Buffer.alloc(8);
  buffer.writeBigInt64BE(value);
  return buffer;
};

/** Fetch response version 11, as the protocol guide has it. */
function encode(errorCode: number, partitions: readonly FetchedPartition[], isNull: boolean): Buffer {
  const lengthOf = (count: number) => int(4, count === 0 && isNull ? -1 : count);
  return Buffer.concat([
    ...[int(4, 0), int(2, errorCode), int(4, 0)],
    ...[int(4, 1), int(2, 5), Buffer.from('sales'), int(4, partitions.length)],
    ...partitions.flatMap((one) => [
      ...[int(4, one.partition), int(2, one.errorCode), long(9n), long(8n), long(7n)],
      lengthOf(one.aborted.length),
      ...one.aborted.flatMap(({ producerId, firstOffset }) => [long(producerId), long(firstOffset)]),
      ...[int(4, -1), lengthOf(one.records.length), one.records],
    ]),
  ]);
}

describe('a fetch response', () => {
  it('says of each partition what the broker said, and copies no records', () => {
    fc.assert(
      fc.property(
        fc.array(partitionArbitrary, { maxLength: 5 }),
        fc.integer({ min: 0, max: 100 }),
        fc.boolean(),
        (partitions, errorCode, isNull) => {
          const bytes = encode(errorCode, partitions, isNull);
          const response = readFetchResponse(bytes);
          expect(response).toEqual({ errorCode, partitions, bytes });
          for (const { records } of response.partitions) expect(records.buffer).toBe(bytes.buffer);
        },
      ),
    );
  });

  it('is refused when it ends within its records', () => {
    const records = Buffer.alloc(20);
    const bytes = encode(0, [{ partition: 0, errorCode: 0, aborted: [], records }], false);
    expect(() => readFetchResponse(bytes.subarray(0, -1))).toThrow('ends within its records');
  });
});

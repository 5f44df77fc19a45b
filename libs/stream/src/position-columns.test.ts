import fc from 'fast-check';
import { columnSpec } from './columns.js';
import { INT64_MAX, packPositions, positionColumns, positionsFrom, positionsIn } from './position-columns.js';
import { recordBatchOf } from './record-batch-of.js';
import { indexFrom, positionAt } from './record-batch.js';

const position = fc.oneof(
  fc.bigInt(0n, 1_000n),
  fc.bigInt(2n ** 53n - 5n, 2n ** 53n + 5n),
  fc.bigInt(INT64_MAX - 5n, INT64_MAX + 5n),
  fc.bigInt(2n ** 186n, 2n ** 206n),
);
const columns = (positions: readonly bigint[]) => {
  const { position: values, sequence } = positionColumns(packPositions(positions));
  return {
    position: { spec: columnSpec('position', 'int64', true), values },
    sequence: { spec: columnSpec('sequence', 'string', true), values: sequence },
  };
};

test('positions of any size come back from the two columns that hold them', () => {
  fc.assert(
    fc.property(fc.array(position), (positions) => {
      const held = columns(positions);
      expect(Array.from(positionsIn(held.position, held.sequence))).toEqual(positions);
      const small = positions.map((one) => (one > INT64_MAX ? null : one));
      expect(Array.from(positionsIn(held.position, undefined))).toEqual(small);
    }),
  );
});

test('a batch keeps positions of any size, and no bit of them is lost', () => {
  fc.assert(
    fc.property(position, fc.integer({ min: 1, max: 20 }), (first, count) => {
      const record = { key: null, value: null, timestampMs: 0 };
      const batch = recordBatchOf('s', '0', first, new Array(count).fill(record));
      const expected = Array.from({ length: count }, (_, index) => first + BigInt(index));
      expect(Array.from(positionsFrom(batch, 0))).toEqual(expected);
      expect(Array.from(positionsFrom(batch, 1))).toEqual(expected.slice(1));
      expect(expected.map((_, index) => positionAt(batch, index))).toEqual(expected);
      expect(indexFrom(batch, first + 3n)).toBe(Math.min(3, count));
      expect(batch.nextPosition).toBe(first + BigInt(count));
    }),
  );
});

test('small positions cost no object each', () => {
  expect(packPositions([1n, INT64_MAX])).toBeInstanceOf(BigInt64Array);
  expect(columns([1n, 2n]).position.values).toBeInstanceOf(BigInt64Array);
});

import fc from 'fast-check';
import { positionOf, positionsOfStream, positionUpdates } from './positions.js';

const POSITION_MAX = 2n ** 248n - 1n;
const LONG_MAX = 2n ** 63n - 1n;
const position = fc.oneof(
  fc.bigInt(0n, LONG_MAX),
  fc.bigInt(LONG_MAX - 3n, LONG_MAX + 3n),
  fc.bigInt(2n ** 186n, 2n ** 206n),
  fc.bigInt(0n, POSITION_MAX),
);

function moved(transactions: ReadonlyMap<string, bigint>, appId: string, to: bigint): Map<string, bigint> {
  const next = new Map(transactions);
  for (const { appId: name, expected, version } of positionUpdates(transactions, appId, to)) {
    expect(expected).toBe(transactions.get(name) ?? null);
    expect(version >= 0n && version <= LONG_MAX).toBe(true);
    next.set(name, version);
  }
  return next;
}

test('a position that goes up is read back as it was written, however many entries it needs', () => {
  fc.assert(
    fc.property(fc.array(position, { minLength: 1 }), (positions) => {
      let transactions = new Map([['s/1', 7n]]);
      for (const to of positions.sort((left, right) => (left < right ? -1 : 1))) {
        transactions = moved(transactions, 's/shardId-000000000001', to);
        expect(positionOf(transactions, 's/shardId-000000000001')).toBe(to);
        expect(positionOf(transactions, 's/1')).toBe(7n);
      }
      const last = positions[positions.length - 1];
      const expected = new Map([['1', 7n]]).set('shardId-000000000001', last);
      expect(positionsOfStream(transactions, 's')).toEqual(expected);
    }),
  );
});

test('one that a long holds has the one entry it always had', () => {
  expect(positionUpdates(new Map(), 's/0', LONG_MAX)).toEqual([
    { appId: 's/0', expected: null, version: LONG_MAX },
  ]);
});

test('all entries of a large one are expected, also those that stay as they are', () => {
  const before = moved(new Map(), 's/0', 2n ** 200n);
  const updates = positionUpdates(before, 's/0', 2n ** 200n + 1n);
  expect(updates).toHaveLength(4);
  expect(updates.filter(({ expected, version }) => expected !== version)).toHaveLength(1);
});

test('a stream is not told positions of another, nor what else is kept beside them', () => {
  const transactions = moved(
    new Map([
      ['s/0#state', 5n],
      ['s2/0', 6n],
      ['s#rebuild', 2n],
    ]),
    's/0',
    2n ** 70n,
  );
  expect(positionsOfStream(transactions, 's')).toEqual(new Map([['0', 2n ** 70n]]));
});

test('one of more than 248 bits is refused', () => {
  expect(positionOf(moved(new Map(), 's/0', POSITION_MAX), 's/0')).toBe(POSITION_MAX);
  expect(() => positionUpdates(new Map(), 's/0', POSITION_MAX + 1n)).toThrow(/more than 248 bits/);
});

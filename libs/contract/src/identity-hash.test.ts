import fc from 'fast-check';
import { identityHash, IdentityHasher, type IdentityPart } from './identity-hash.js';

const part = fc.oneof(fc.string(), fc.integer(), fc.maxSafeInteger());

// Silver holds these: a change would make every event of the last day pass a second time.
test.each([
  [[], -3498420159901431393n],
  [['retail.pos.transaction', 'S014', 'T3', 20526, 4711], 6837727249861353565n],
  [['retail.inventory.movement', 'WMS-88211'], 6533971983494116500n],
  [['ñ😀', -1, Number.MAX_SAFE_INTEGER, true], 1140121883735595939n],
] as [IdentityPart[], bigint][])('%j never changes', (parts, hash) => {
  expect(identityHash(parts)).toBe(hash);
});

test('fits a BigInt64Array and depends on the parts alone', () => {
  fc.assert(
    fc.property(fc.array(part), (parts) => {
      const hash = identityHash(parts);
      expect(BigInt64Array.of(hash)[0]).toBe(hash);
      expect(identityHash([...parts])).toBe(hash);
    }),
  );
});

test('different parts hash differently, also where only a boundary or a kind differs', () => {
  const close: readonly (readonly IdentityPart[])[] = [
    [],
    [''],
    ['', ''],
    ['ab', 'c'],
    ['a', 'bc'],
    ['abc'],
    ['1'],
    [1],
    [1, ''],
    ['\0'],
    ['\0\0'],
    [0],
    [-1],
    [0.5],
  ];
  expect(new Set(close.map(identityHash)).size).toBe(close.length);
  fc.assert(
    fc.property(fc.array(part), fc.array(part), (left, right) => {
      fc.pre(JSON.stringify(left) !== JSON.stringify(right));
      expect(identityHash(left)).not.toBe(identityHash(right));
    }),
    { numRuns: 2000 },
  );
});

test('a text hashes the same from its bytes, alone and after others', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.string({ unit: 'binary' })), fc.string(), (first, second) => {
      const hasher = new IdentityHasher();
      hasher.begin();
      for (const text of [first, second]) {
        const bytes = Buffer.from(`x${text}y`);
        const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
        hasher.addUtf8(bytes, view, 1, bytes.length - 2);
      }
      hasher.finish();
      const hash = (BigInt(hasher.high) << 32n) | BigInt(hasher.low >>> 0);
      expect(hash).toBe(identityHash([first, second]));
    }),
    { numRuns: 500 },
  );
});

test('0 and -0 are one number', () => {
  expect(identityHash([-0])).toBe(identityHash([0]));
});

// Identities of a chain's tills differ in few bits: each half must spread them as chance would.
test('structured identities spread like random ones, in each half', () => {
  const lows = new Set<number>();
  const highs = new Set<number>();
  const whole = new Set<bigint>();
  const count = 100_000;
  for (let index = 0; index < count; index++) {
    const parts = [
      'retail.pos.transaction',
      `S${index % 40}`,
      `T${index % 5}`,
      20_000 + (index % 7),
      Math.floor(index / 35),
    ];
    const hash = identityHash([...parts, index]);
    whole.add(hash);
    lows.add(Number(BigInt.asUintN(32, hash)));
    highs.add(Number(BigInt.asIntN(32, hash >> 32n)));
  }
  // Chance gives count^2 / 2^33 = 1.2 pairs of equal halves; 12 would be ten deviations away.
  expect(whole.size).toBe(count);
  expect(count - lows.size).toBeLessThan(12);
  expect(count - highs.size).toBeLessThan(12);
});

test('every bit of the hash is set half of the time', () => {
  const ones = new Array<number>(64).fill(0);
  for (let index = 0; index < 4096; index++) {
    const hash = BigInt.asUintN(64, identityHash([index]));
    for (let bit = 0; bit < 64; bit++) if ((hash >> BigInt(bit)) & 1n) ones[bit]++;
  }
  // 2048 expected, 32 is one deviation.
  for (const count of ones) expect(Math.abs(count - 2048)).toBeLessThan(6 * 32);
});

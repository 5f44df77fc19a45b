import { isUtf8 } from 'node:buffer';
import fc from 'fast-check';
import { isEqualWithin, isUtf8Within, lengthOfUtf8 } from './utf8.js';

const AROUND = Buffer.from([0xff, 0x41, 0xc3]);
const within = (part: Uint8Array) => {
  const bytes = Buffer.concat([AROUND, part, AROUND]);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return isUtf8Within(bytes, view, AROUND.length, AROUND.length + part.length);
};

test('says the same of any bytes as Node', () => {
  const text = fc.string({ unit: 'binary' }).map((value) => Buffer.from(value));
  const near = fc.constantFrom(
    0x41,
    0x7f,
    0x80,
    0x8f,
    0x90,
    0x9f,
    0xa0,
    0xbf,
    0xc1,
    0xc2,
    0xe0,
    0xed,
    0xef,
    0xf0,
    0xf4,
    0xf5,
  );
  const odd = fc.array(near, { maxLength: 6 }).map((bytes) => Buffer.from(bytes));
  fc.assert(
    fc.property(fc.oneof(text, odd, fc.uint8Array().map(Buffer.from)), (bytes) => {
      expect(within(bytes)).toBe(isUtf8(bytes));
    }),
    { numRuns: 5000 },
  );
});

test('every two bytes, and every three that may begin a text of three', () => {
  const differing: number[] = [];
  for (let word = 0; word <= 0xffff; word++) {
    const two = Buffer.from([word >> 8, word & 0xff]);
    const three = Buffer.from([0xe0 | (word >> 12), (word >> 4) & 0xff, 0x80 | ((word & 0xf) << 3)]);
    if (isUtf8(two) !== within(two) || isUtf8(three) !== within(three)) differing.push(word);
  }
  expect(differing).toEqual([]);
});

test('the length is that of the text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const bytes = Buffer.from(` ${text} `);
      expect(lengthOfUtf8(bytes, 1, bytes.length - 1)).toBe(text.length);
    }),
  );
});

test('equal is what has the same bytes', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 3 }), fc.string({ maxLength: 3 }), (left, right) => {
      const [a, b] = [Buffer.from(`x${left}`), Buffer.from(`yz${right}`)];
      expect(isEqualWithin(a, 1, a.length - 1, b, 2, b.length - 2)).toBe(left === right);
      expect(isEqualWithin(a, 1, a.length - 1, a, 1, a.length - 1)).toBe(true);
    }),
  );
});

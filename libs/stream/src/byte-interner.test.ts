import fc from 'fast-check';
import { ByteInterner } from './byte-interner.js';

test('distinct strings have numbers of their own, in the order in which they came, whatever their size', () => {
  // Some beyond the size from which strings are hashed and compared natively, that differ in one byte.
  const text = fc
    .tuple(fc.constantFrom(0, 3, 4, 17, 1023, 1024, 5000), fc.nat(3), fc.nat())
    .map(([size, value, at]) => {
      const bytes = Buffer.alloc(size, 1);
      if (size > 0) bytes[at % size] = value;
      return bytes;
    });
  fc.assert(
    fc.property(fc.array(text, { maxLength: 40 }), (texts) => {
      const interner = new ByteInterner();
      const joined = Buffer.concat(texts);
      const numbers = new Map<string, number>();
      let start = 0;
      for (const one of texts) {
        const key = one.toString('latin1');
        if (!numbers.has(key)) numbers.set(key, numbers.size);
        expect(interner.intern(joined, start, one.length)).toBe(numbers.get(key));
        start += one.length;
      }
      expect(interner.count).toBe(numbers.size);
    }),
  );
});

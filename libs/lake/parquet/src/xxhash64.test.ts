import { xxHash64 } from './xxhash64.js';

const hex = ({ low, high }: { low: number; high: number }) =>
  high.toString(16).padStart(8, '0') + low.toString(16).padStart(8, '0');

// Reference values of the xxHash project's XXH64 with seed 0.
test.each([
  ['', 'ef46db3751d8e999'],
  ['a', 'd24ec4f1a98c6e5b'],
  ['abc', '44bc2cf5ad770999'],
  ['Nobody inspects the spammish repetition', 'fbcea83c8a378bf1'],
  ['The quick brown fox jumps over the lazy dog', '0b242d361fda71bc'],
])('hashes %j as the reference does', (text, hash) => {
  const bytes = Buffer.from(text);
  expect(hex(xxHash64(bytes, 0, bytes.length))).toBe(hash);
  const inside = Buffer.from(`...${text}...`);
  expect(hex(xxHash64(inside, 3, bytes.length))).toBe(hash);
});

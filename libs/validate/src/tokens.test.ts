import fc from 'fast-check';
import { ByteValues } from '@gondola/stream';
import { createTokenize, macsOf } from './tokens.js';

/** NIST SP 800-38B, examples D.3 (AES-256). */
const KEY = Buffer.from('603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4', 'hex');
const MESSAGE = Buffer.from(
  '6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51' +
    '30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710',
  'hex',
);
const EXPECTED: readonly (readonly [number, string])[] = [
  [0, '028962f61b7bf89efc6b551f4667d983'],
  [16, '28a7023f452e8f82bd4bf28d8c37c35c'],
  [40, 'aaf3d8f1de5640c232f5b169b9c911e6'],
  [64, 'e1992190549f6ed5696a2c056c315410'],
];

test('the MAC is the one of the standard, whatever stands beside it', () => {
  const values = [null, ...EXPECTED.map(([length]) => MESSAGE.subarray(0, length)), null];
  const macs = Buffer.from(macsOf(KEY, ByteValues.of(values)));
  EXPECTED.forEach(([, mac], index) => {
    expect(macs.toString('hex', 16 * (index + 1), 16 * (index + 2))).toBe(mac);
  });
});

test('a value has one token, alone or among others, and null has none', () => {
  const tokenize = createTokenize('a key of thirty-two bytes or more.');
  const text = fc.option(fc.string({ unit: 'binary', maxLength: 50 }), { nil: null });
  fc.assert(
    fc.property(fc.array(text, { maxLength: 20 }), (values) => {
      const tokens = tokenize(ByteValues.of(values));
      values.forEach((value, row) => {
        const alone = tokenize(ByteValues.of([value])).textAt(0);
        expect(tokens.textAt(row)).toBe(alone);
        if (value === null) expect(alone).toBeNull();
        else expect(alone).toMatch(/^[0-9a-f]{16}$/);
      });
    }),
  );
});

test('another secret gives other tokens', () => {
  const values = ByteValues.of(['Ana']);
  const tokenOf = (secret: string) => createTokenize(secret)(values).textAt(0);
  expect(tokenOf('one secret of thirty-two bytes...')).not.toBe(tokenOf('two secret of thirty-two bytes...'));
  // It is kept in tables and compared after restarts: it may never change.
  expect(tokenOf('one secret of thirty-two bytes...')).toMatchInlineSnapshot(`"a585f4b351415044"`);
});

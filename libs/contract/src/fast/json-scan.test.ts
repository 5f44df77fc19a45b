import fc from 'fast-check';
import { skipMember, skipValue } from './json-scan.js';

/** Whether it is a JSON value that ends where the bytes end. */
function isSkipped(text: string): boolean {
  const bytes = Buffer.from(`${text},"x"`);
  const end = Buffer.byteLength(text);
  return skipValue(bytes, 0, end) === end;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

test('whatever JSON.parse takes is skipped, but for escapes', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.nat(2), (value, indent) => {
      const text = JSON.stringify(value, null, indent);
      expect(isSkipped(text)).toBe(!text.includes('\\'));
    }),
    { numRuns: 1000 },
  );
});

test('and nothing else', () => {
  const part = fc.constantFrom(
    ...'[]{}:,"0123.-+eE \t\n',
    'true',
    'null',
    'fals',
    '"a"',
    '1.5e-3',
    '"ñ"',
    '\u0001',
    '[1]',
    '{"a":1}',
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
      const text = parts.join('');
      // A value, followed by nothing.
      if (isSkipped(text)) expect(isJson(text)).toBe(true);
    }),
    { numRuns: 20_000 },
  );
  for (const text of [
    '01',
    '-',
    '1.',
    '.5',
    '1e',
    '+1',
    'tru',
    '[1,]',
    '{"a"}',
    '{a:1}',
    '"a',
    '[',
    '',
    ' 1',
  ])
    expect(isSkipped(text)).toBe(false);
});

test('text that is not UTF-8, deep nesting and what may be an envelope are not skipped', () => {
  const member = (text: string | Buffer) => skipMember(Buffer.from(text as string), 0, text.length);
  expect(member('"a" : 1')).toBe(7);
  expect(member(Buffer.from([0x22, 0xff, 0x22, 0x3a, 0x31]))).toBe(-1);
  expect(member(Buffer.from([0x22, 0x61, 0x22, 0x3a, 0x22, 0xc3, 0x22]))).toBe(-1);
  expect(member('"specversion":"1.0"')).toBe(-1);
  expect(member('"specversio":"1.0"')).toBe(18);
  expect(member(`"a":${'['.repeat(33)}${']'.repeat(33)}`)).toBe(-1);
});

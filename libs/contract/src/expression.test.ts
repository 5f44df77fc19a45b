import { compileExpression, type Value } from './expression.js';

type Scope = Readonly<Record<string, Value>>;
const scope: Scope = { one: 1, two: 2, half: 0.5, none: null, text: 'abc', yes: true, list: { size: 3 } };
const lookup = (name: string) => (name in scope ? (given: Scope) => given[name] : null);
const compile = (text: string) => compileExpression<Scope>(text, lookup, 'contract.yaml: rule r');

test.each([
  ['one < two', true],
  ['one >= two', false],
  ['one + two * two == 5', true],
  ['(one + two) * two == 6', true],
  ['two - one - one == 0', true],
  ['-one + two == one', true],
  ['- -one == one', true],
  ['two / half == 4', true],
  ['1e3 == 1000 && 0.5 == half', true],
  ["text == 'abc' && text < 'b'", true],
  ["text in ['x', 'abc']", true],
  ['none in [null, 1]', true],
  ['one in [-1, 2]', false],
  ['none == null || none > 0', true],
  ['none != null && none > 0', false],
  ['!yes || one == 1', true],
  ['!!yes', true],
  ['!(one > two)', true],
  ['abs(one - two) == 1', true],
  ['length(text) == 3 && length(list) == 3', true],
  ["text == 'and' || text in ['||']", false],
  ['yes == true && !(yes == false)', true],
  // `&&` binds closer than `||`
  ['yes || yes && one > two', true],
])('%s', (text, expected) => {
  expect(compile(text)(scope)).toBe(expected);
});

test.each([
  'none > 0',
  'none + 1 > 0',
  'text > 1',
  'yes > 0',
  '!one',
  'one && yes',
  'length(one) > 0',
  'abs(none) > 0',
  'one / (one - one) > 0',
  '-text == 1',
])('%s cannot be computed', (text) => {
  expect(() => compile(text)(scope)).toThrow(TypeError);
});

test.each([
  ['', 'ends too early'],
  ['one <', 'ends too early'],
  ['one two', 'unexpected two at character 4'],
  ['one = two', 'cannot be understood from character 4 on'],
  ['three > 1', 'there is no field three'],
  ['one.two > 1', 'there is no field one.two'],
  ['constructor.constructor > 1', 'there is no field constructor.constructor'],
  ['max(one) > 1', 'there is no function max'],
  ['one in []', 'unexpected ]'],
  ['one in [two]', 'unexpected two'],
  ["text == 'abc", 'cannot be understood'],
  ['one; two', 'cannot be understood'],
  ['`x`', 'cannot be understood'],
  [`${'('.repeat(200)}one${')'.repeat(200)}`, 'nested too deeply'],
])('%s is refused', (text, why) => {
  expect(() => compile(text)).toThrow(
    expect.objectContaining({
      code: 'contract_invalid',
      message: expect.stringContaining(`contract.yaml: rule r: ${why}`),
    }),
  );
});

test('a thousand signs do not exhaust the stack', () => {
  expect(compile(`${'!'.repeat(1000)}yes`)(scope)).toBe(true);
  expect(compile(`${'- '.repeat(1000)}one == 1`)(scope)).toBe(true);
});

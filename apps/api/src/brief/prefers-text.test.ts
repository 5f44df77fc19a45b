import { prefersText } from './prefers-text.js';

it.each<[string | undefined, boolean]>([
  [undefined, false],
  ['', false],
  ['*/*', false],
  ['text/plain', true],
  ['TEXT/PLAIN; charset=utf-8', true],
  ['text/*', true],
  ['text/plain, */*;q=0.5', true],
  ['text/plain, application/json', false],
  ['text/plain;q=0.4, application/json;q=0.9', false],
  ['application/json;q=0.2, text/plain', true],
  ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', false],
  ['text/plain;q=0', false],
])('%s -> %s', (accept, isText) => {
  expect(prefersText(accept)).toBe(isText);
});

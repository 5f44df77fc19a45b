import { languageOf } from './language.js';

it.each<[string | undefined, string]>([
  [undefined, 'en'],
  ['', 'en'],
  ['es', 'es'],
  ['es-CO,es;q=0.9,en;q=0.8', 'es'],
  ['en-GB,es;q=0.9', 'en'],
  ['fr, es;q=0.5, en;q=0.7', 'en'],
  ['fr, de;q=0.9', 'en'],
  ['ES-419', 'es'],
  ['es;q=0', 'en'],
  ['estonian', 'en'],
])('%s -> %s', (header, language) => {
  expect(languageOf(header)).toBe(language);
});

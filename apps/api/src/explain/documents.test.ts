import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { loadEmbeddedRegistry } from '@gondola/schema-registry';
import { DocumentIndex } from './document-index.js';
import { readDocuments, runbookOf, textOf } from './documents.js';
import { fold, printable, stem, wordsOf } from './fold.js';

const ROOT = join(import.meta.dirname, '../../../..');
const runbooks = join(ROOT, 'deploy/runbooks');
const documents = readDocuments(runbooks, loadEmbeddedRegistry(join(ROOT, 'schemas')));

test('every runbook and every contract is there, with lines', () => {
  const files = readdirSync(runbooks).filter((name) => name.endsWith('.md'));
  const names = documents.filter(({ kind }) => kind === 'runbook').map(({ name }) => `${name}.md`);
  expect(names).toEqual(files.sort());
  const subjects = readdirSync(join(ROOT, 'schemas'), { withFileTypes: true }).filter((entry) =>
    entry.isDirectory(),
  );
  // One folder may hold several subjects.
  expect(documents.length - names.length).toBeGreaterThanOrEqual(subjects.length);
  for (const document of documents) expect(document.lines.length).toBeGreaterThan(1);
});

test('a line is word for word what the file says, but for marks and breaks of lines', () => {
  const bare = (text: string) => text.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').replaceAll(/[`*\s]/g, '');
  for (const { kind, name, lines } of documents) {
    if (kind !== 'runbook') continue;
    const file = bare(readFileSync(join(runbooks, `${name}.md`), 'utf8'));
    for (const { text } of lines) expect(file).toContain(bare(text));
  }
});

test('paragraphs and steps are lines of their heading; commands and tables are none', () => {
  const markdown = `# Name\n\nTwo\nlines.\n\n## Do this\n\n    rm -rf /\n\n1. See [Other](Other.md),\n   then \`this\`.\n2. Go.\n\n| a | b |\n| - | - |\n`;
  expect(runbookOf('Name', markdown).lines.map(({ part, text }) => [part, text])).toEqual([
    ['', 'Two lines.'],
    ['Do this', '1. See Other, then this.'],
    ['Do this', '2. Go.'],
  ]);
});

describe('the index', () => {
  const index = new DocumentIndex(() => documents);
  const best = (question: string) => index.find(wordsOf(question).map(stem))[0]?.document.id;
  it.each([
    ['certificados que caducan', 'runbook.CertificateExpiresSoon'],
    ['LAKE unreachable', 'runbook.LakeUnreachable'],
    ['modelo viejo', 'runbook.ModelStale'],
  ])('finds %s', (question, id) => {
    expect(best(question)).toBe(id);
  });

  it('finds nothing for words that nothing has', () => {
    expect(index.find(['xylophon'])).toEqual([]);
    expect(index.find([])).toEqual([]);
  });
});

test('accents, capitals, plurals and genders of a word meet', () => {
  for (const [one, other] of [
    ['góndolas', 'GONDOLA'],
    ['vacías', 'vacio'],
    ['devoluciones', 'devolución'],
    ['veces', 'vez'],
    ['stores', 'Store'],
    ['deliveries', 'delivery'],
    ['expires', 'expired'],
  ])
    expect(stem(fold(one))).toBe(stem(fold(other)));
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => wordsOf(text).every((word) => !/\s/.test(word))),
  );
});

test('what strangers write is one line of bounded length without marks that cannot be seen', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
      const shown = printable(text);
      expect([...shown].length).toBeLessThanOrEqual(80);
      expect(shown).not.toMatch(/[\n\r\u0000-\u001f\u200b-\u200f\u202a-\u202e\u2066-\u2069]/);
    }),
  );
});

test('the text of a document is its lines', () => {
  for (const document of documents)
    for (const { text } of document.lines) expect(textOf(document)).toContain(text);
});

import fc from 'fast-check';
import { checkSentence, parseModelAnswer } from './check-sentences.js';
import type { Fact, Source } from './sources.js';

const source: Source = {
  ...{ kind: 'signal', id: 'a', link: '/signals/a', pointer: '/probability', value: 0.83, shown: '8' },
  quote: null,
};
const fact = (text: string, more: Partial<Fact> = {}): Fact => ({
  ...{ text, sources: [source], isNeeded: false, isQuote: false },
  ...more,
});
const FACTS: readonly Fact[] = [
  fact('[NAME1] in [NAME2] is probably empty by its sales: 8 of 10, known at 1 May, 07:00.'),
  fact('None was sold since 1 May, 02:00, when 7.2 units were expected.'),
  fact('The record says 14 units on hand.'),
  fact('Runbook StoreFeedDead: “Nothing comes of a store.”', { isQuote: true }),
];
const HECHOS: readonly Fact[] = [
  fact('La góndola de [NAME1] está probablemente vacía según sus ventas: 8 de 10.'),
  fact('No se vendió ninguna desde las 02:00, cuando se esperaban 7,2 unidades.'),
];

describe('a sentence of a model is said when the facts that it names support it', () => {
  it.each([
    ['[NAME1] in [NAME2] is probably empty: 8 of 10.', ['f1'], 'en'],
    ['Since 1 May, 02:00, none was sold, when 7.2 units were expected.', ['f2'], 'en'],
    ['By its sales it is probably empty.', ['f1', 'f1'], 'en'],
    ['14 units are on hand, says the record.', ['f3'], 'en'],
    ['Está probablemente vacía: 8 de 10.', ['f1'], 'es'],
    ['Desde las 02:00 no se vendió ninguna, y se esperaban 7,2 unidades.', ['f2'], 'es'],
  ] as const)('%s', (text, facts, language) => {
    const of = language === 'en' ? FACTS : HECHOS;
    expect(checkSentence({ text, facts }, of, language)).toMatchObject({ text });
  });
});

describe('and else it is not, with the reason', () => {
  it.each([
    ['It is probably empty: 8 of 10.', [], 'no_fact'],
    ['It is probably empty: 8 of 10.', ['f1', 'f2'], 'several_facts'],
    ['It is probably empty: 8 of 10.', ['f9'], 'unknown_fact'],
    ['It is probably empty: 8 of 10.', ['f0'], 'unknown_fact'],
    ['It is probably empty: 8 of 10.', ['__proto__'], 'unknown_fact'],
    ['Nothing comes of a store.', ['f4'], 'unknown_fact'],
    ['It is probably empty: 9 of 10.', ['f1'], 'number'],
    ['It is probably empty: 83 %.', ['f1'], 'number'],
    // Of the date.
    ['It is probably empty: 1 of 10.', ['f1'], 'number'],
    ['It is probably empty: 10 of 8.', ['f1'], 'number'],
    ['It is probably empty since 07:00 of 8 May.', ['f1'], 'number'],
    ['02:00 units were expected since 1 May, 7.2.', ['f2'], 'number'],
    ['It is probably empty: eight of ten.', ['f1'], 'number'],
    ['Since 02:00 none was sold, when 72 units were expected.', ['f2'], 'number'],
    ['Since 02:00 none was sold, when 7,2 units were expected.', ['f2'], 'number'],
    ['None was sold since ٢ May.', ['f2'], 'number'],
    ['The record says 14 units on hand: 8 of 10.', ['f3'], 'number'],
    ['[NAME3] is probably empty.', ['f1'], 'name'],
    ['[NAME1] is [probably] empty by its sales.', ['f1'], 'name'],
    ['It is probably not empty by its sales.', ['f1'], 'negation'],
    ['The record says 14 units on hand; ignore sales.', ['f3'], 'negation'],
    ['It was sold since 1 May, 02:00, when 7.2 units were expected.', ['f2'], 'negation'],
    ['The shelf is full.', ['f1'], 'wording'],
    ['[NAME1] was recalled by its maker: send everybody home.', ['f1'], 'wording'],
    ['Empty by its sales, so pay the invoice of the supplier today.', ['f1'], 'wording'],
    ['[NAME1] is probably empty, see https://evil.example', ['f1'], 'markup'],
    ['[NAME1] is probably empty, see evil.example', ['f1'], 'markup'],
    ['[NAME1] is probably empty <script>sales</script>', ['f1'], 'markup'],
    ['[empty](sales) by its sales', ['f1'], 'markup'],
    ['It is probably empty\u202e by its sales.', ['f1'], 'markup'],
    [`It is probably empty by its sales.${' sales'.repeat(80)}`, ['f1'], 'too_long'],
    ['', ['f1'], 'wording'],
    ['[NAME1] [NAME2]', ['f1'], 'wording'],
  ] as const)('%s (%j): %s', (text, facts, reason) => {
    expect(checkSentence({ text, facts }, FACTS, 'en')).toBe(reason);
  });
});

test('whatever is written, what is taken has no number, name or mark that its facts do not have', () => {
  const own = FACTS.flatMap(({ text }) => text.split(' '));
  const foreign = [
    '9',
    '42',
    'full',
    '[NAME7]',
    'http://x',
    'not',
    '<b>',
    'seven',
    'ignore',
    'previous',
    '１',
  ];
  const text = fc
    .array(
      fc.oneof({ weight: 8, arbitrary: fc.constantFrom(...own) }, fc.constantFrom(...foreign), fc.string()),
      {
        maxLength: 12,
      },
    )
    .map((words) => words.join(' '));
  const facts = fc.array(fc.constantFrom('f1', 'f2', 'f3', 'f4', 'f5', 'x'), { maxLength: 3 });
  fc.assert(
    fc.property(text, facts, (written, cited) => {
      const checked = checkSentence({ text: written, facts: cited }, FACTS, 'en');
      if (typeof checked === 'string') return;
      const support = FACTS[checked.fact].text;
      expect(checked.sources.length).toBeGreaterThan(0);
      for (const [number] of written.matchAll(/\p{N}+/gu)) expect(support).toContain(number);
      for (const [name] of written.matchAll(/\[.*?\]/g)) expect(support).toContain(name);
      expect(written).not.toMatch(/[<>{}]|http/);
    }),
  );
});

it.each([
  ['{"sentences":[{"text":"a","facts":["f1"]}]}', [{ text: 'a', facts: ['f1'] }]],
  ['Here it is:\n```json\n{"sentences":[{"text":"a","facts":[]}]}\n```', [{ text: 'a', facts: [] }]],
  ['', null],
  ['no', null],
  ['{"sentences":[]}', null],
  ['{"sentences":[{"text":1,"facts":[]}]}', null],
  ['{"sentences":"all of them"}', null],
  ['{}}{', null],
])('what a model answers is read: %s', (text, sentences) => {
  expect(parseModelAnswer(text)).toEqual(sentences);
});

import { cleanUp } from '../../test/api-harness.js';
import { startGuarded, type Who } from '../../test/guarded-api.js';
import { explainWorld, faultsOf, PLANTED } from '../../test/explain-world.js';
import type { ExplainAnswer } from './explainer.js';

afterEach(cleanUp);

describe('POST /rag/explain', () => {
  it('answers in the language of the question, else in that of the reader, else as it is told', async () => {
    const { post } = await explainWorld();
    const languageOf = async (body: object, accept = 'en') => {
      const { headers, body: answer } = await post(body, { 'accept-language': accept });
      expect(headers.get('content-language')).toBe(answer['language']);
      return answer['language'];
    };
    expect(await languageOf({ question: '¿Por qué falta la leche en Centro?' })).toBe('es');
    expect(await languageOf({ question: 'why is leche out in Centro' }, 'es')).toBe('en');
    expect(await languageOf({ question: 'SKU-1 1001' }, 'es-EC')).toBe('es');
    expect(await languageOf({ question: 'SKU-1 1001' })).toBe('en');
    expect(await languageOf({ question: '¿Por qué falta la leche en Centro?', language: 'en' })).toBe('en');
  });

  it('takes a shelf and a time as parameters, and says what it does not know', async () => {
    const { ask, get } = await explainWorld();
    const shelf = await ask('¿por qué?', { store: '1001', item: 'SKU-2' });
    expect(shelf).toMatchObject({ intent: 'shelf', known: true, writtenBy: 'template', model: null });
    expect(await faultsOf(shelf, get)).toEqual([]);
    const changes = await ask('what changed', { since: '2026-04-30T00:00:00Z', store: '1001' });
    expect(changes).toMatchObject({ intent: 'changes', period: { fromMs: Date.UTC(2026, 3, 30) } });
    expect(await faultsOf(changes, get)).toEqual([]);
    const nothing = await ask('¿por qué?', { store: '4242', item: 'SKU-2' });
    expect(nothing).toMatchObject({
      known: false,
      sentences: [],
      text: expect.stringMatching(/^No se sabe/) as string,
    });
  });

  it('ranks stores by what they lose now, and claims nothing of one that nobody knows', async () => {
    const { ask } = await explainWorld();
    const ranked = await ask('¿Qué tienda pierde más?');
    expect(ranked).toMatchObject({ intent: 'stores', known: true });
    expect(ranked.sentences.map(({ text }) => text)).toEqual([
      expect.stringMatching(/^“Centro” \(1001\) pierde 804 EUR por hora; señales abiertas allí: 3\.$/),
      expect.stringMatching(/^“Norte” \(1002\) pierde 21,45 EUR/),
    ]);
    const unknown = { known: false, text: 'Not known: there is no such store here.' };
    for (const question of [
      'What changed in store 30?',
      'how much are lost sales in Medellín',
      'Is store X9 well?',
    ])
      expect(await ask(question, { language: 'en' })).toMatchObject(unknown);
    expect(await ask('lost sales this week', { store: '4242' })).toMatchObject(unknown);
    expect(await ask('How many shelves are empty in May?')).not.toMatchObject(unknown);
  });

  it('asks which one is meant where several may be', async () => {
    const { ask } = await explainWorld({ planted: 'Leche descremada 1 L' });
    const answer = await ask('why is leche out in Centro');
    expect(answer).toMatchObject({ known: false, intent: 'not_known', sentences: [] });
    expect(answer.candidates.map(({ id }) => id).sort()).toEqual(['SKU-1', 'SKU-5']);
    expect(await ask('why is leche descremada out in Centro')).toMatchObject({
      intent: 'shelf',
      known: true,
    });
  });

  it('compares a week with the one before only where signals of then are kept', async () => {
    const { ask } = await explainWorld();
    expect((await ask('What changed this week?')).text).toMatch(/as long before that/);
    expect((await ask('What changed this month?')).text).not.toMatch(/as long before that/);
  });

  it.each([
    ['{}', 400, 'question'],
    [JSON.stringify({ question: '' }), 400, 'question'],
    [JSON.stringify({ question: ' \u0000 ' }), 400, 'question'],
    [JSON.stringify({ question: 'x'.repeat(501) }), 400, 'question'],
    [JSON.stringify({ question: 7 }), 400, 'question'],
    [JSON.stringify({ question: 'why', language: 'fr' }), 400, 'language'],
    [JSON.stringify({ question: 'why', since: 'yesterday' }), 400, 'since'],
    [JSON.stringify({ question: 'why', shop: '1' }), 400, 'shop'],
    [JSON.stringify({ question: 'x'.repeat(20_000) }), 413, undefined],
    ['why', 400, undefined],
  ])('%.60s is refused', async (body, status, parameter) => {
    const { app } = await explainWorld();
    const answer = await fetch(`${app.url}/rag/explain`, {
      ...{ method: 'POST', body, headers: { 'content-type': 'application/json', 'accept-language': 'es' } },
    });
    expect(answer.status).toBe(status);
    expect(((await answer.json()) as { parameter?: string }).parameter).toBe(parameter);
  });

  it('answers so many a minute, and then says when to come back', async () => {
    const { post } = await explainWorld({ config: { explain: { questionsPerMinute: 2 } } });
    const answers = [];
    for (let times = 0; times < 3; times++) answers.push(await post({ question: 'what changed today' }));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 429]);
    expect(Number(answers[2].headers.get('retry-after'))).toBeGreaterThan(0);
  });
});

describe('names of strangers', () => {
  const QUESTIONS = [
    'Why is SKU-5 out in store 1001?',
    '¿Qué falta en la tienda Centro?',
    'What changed this week?',
    '¿Dónde falta SKU-5?',
    'What does StoreFeedDead mean?',
    'Why is milk out in Centro?',
  ];
  /** What an answer says and cites but the name itself. */
  const withoutName = ({ sentences, ...rest }: ExplainAnswer, name: string) =>
    JSON.stringify({ ...rest, text: null, sentences }).replaceAll(JSON.stringify(name).slice(1, -1), 'NAME');

  it('change nothing of an answer but the name, which stands between quotation marks, cut to one line', async () => {
    const plain = await explainWorld({ planted: 'Queso' });
    const attacked = await explainWorld();
    for (const question of QUESTIONS) {
      const [one, other] = [await plain.ask(question), await attacked.ask(question)];
      expect(
        other.sentences.map(({ sources }) => sources.map(({ link, pointer }) => link + pointer)),
      ).toEqual(one.sentences.map(({ sources }) => sources.map(({ link, pointer }) => link + pointer)));
      expect(withoutName(other, PLANTED.slice(0, 79)).length).toBeGreaterThan(0);
      expect({ known: other.known, intent: other.intent }).toEqual({ known: one.known, intent: one.intent });
      for (const { text } of other.sentences)
        for (const [, before] of text.matchAll(/(.)Ignore previous/g)) expect(before).toBe('“');
      expect(await faultsOf(other, attacked.get)).toEqual([]);
    }
  });

  it('made of what every question says are not what every question names', async () => {
    const { ask } = await explainWorld({ planted: 'why is what out store Centro item changed this week' });
    expect(await ask('What changed this week?')).toMatchObject({ intent: 'changes' });
    expect(await ask('What is out in store 1002?')).toMatchObject({ intent: 'store' });
    expect(await ask('why is leche out in Centro')).toMatchObject({
      intent: 'shelf',
      sentences: expect.anything() as object,
    });
  });

  it('do not turn the direction of reading or hide', async () => {
    const { ask } = await explainWorld({ planted: 'Queso\u202e\u200b\u0007\nfresco' });
    const { text } = await ask('Why is SKU-5 out in store 1001?');
    expect(text).toContain('“Queso fresco” (SKU-5)');
  });
});

test('what was refused is told to who may read quarantine, and to nobody else', async () => {
  const { ask } = await startGuarded({}, { quarantine: { deps: {}, registry: {}, replays: null } as never });
  const body = JSON.stringify({ question: 'what was rejected?' });
  const answerOf = async (who: Who | null) => {
    const answer = await ask('/rag/explain', who, {
      ...{ method: 'POST', body, headers: { 'content-type': 'application/json' } },
    });
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  };
  expect(await answerOf(null)).toMatchObject({ status: 401 });
  expect(await answerOf('keeper')).toMatchObject({ status: 403 });
  expect(await answerOf('reader')).toMatchObject({
    status: 200,
    body: { known: false, text: expect.stringContaining('scope quarantine') as string },
  });
  // There is no lake behind it here: that it is read at all is what is looked at.
  expect(await answerOf('admin')).toMatchObject({ status: 500 });
});

describe('contracts', () => {
  it('say who answers for them, and what they are of', async () => {
    const { ask, get } = await explainWorld();
    const owner = await ask('¿Quién es el dueño de retail.pos.transaction?');
    expect(owner).toMatchObject({
      intent: 'contract',
      sentences: [{ text: expect.stringContaining('“Owner: ') as string }],
    });
    expect(await faultsOf(owner, get)).toEqual([]);
    const whole = await ask('What is retail.inventory.movement?');
    expect(whole).toMatchObject({ intent: 'contract', known: true });
    expect(whole.text).not.toContain('Owner');
  });
});

describe('GET /rag/documents/:id', () => {
  it('has what answers quote', async () => {
    const { get } = await explainWorld();
    const { status, body } = await get('/rag/documents/runbook.StoreFeedDead');
    expect({ status, body }).toMatchObject({ status: 200, body: { kind: 'runbook', name: 'StoreFeedDead' } });
    expect((await get('/rag/documents/contract.retail.stockout.signal')).body['text']).toContain(
      '/probability: ',
    );
    expect((await get('/rag/documents/..%2f..%2fpackage.json')).status).toBe(404);
  });
});

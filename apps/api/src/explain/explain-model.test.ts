import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { openLanguageModel } from '@gondola/language-model';
import type { Log } from '@gondola/stream';
import { cleanUp, cleanups } from '../../test/api-harness.js';
import { explainWorld, faultsOf, PLANTED } from '../../test/explain-world.js';

afterEach(cleanUp);

const KEY = 'sk-a-key-that-nobody-may-see';
const QUESTION = '¿Por qué falta el arroz en Centro? Pregunta María González, maria@example.org, 0991234567';
const WHY = '¿Por qué falta el arroz en Centro?';

interface Sent {
  readonly question: string;
  readonly facts: readonly { readonly id: string; readonly text: string }[];
}
type Writes = (sent: Sent) => { readonly text: string; readonly facts: readonly string[] }[] | string;

/** A server on this machine that plays a model's endpoint: what it was sent, and what it answers. */
async function endpoint(writes: Writes) {
  const bodies: string[] = [];
  const server = createServer((request, reply) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      bodies.push(body);
      const { messages } = JSON.parse(body) as { messages: { content: string }[] };
      const written = writes(JSON.parse(messages[1].content) as Sent);
      if (written === '500') return void reply.writeHead(500).end(`${KEY} is wrong`);
      const content = typeof written === 'string' ? written : JSON.stringify({ sentences: written });
      reply.end(JSON.stringify({ choices: [{ message: { content } }] }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(async () => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  const limits = { timeoutMs: 5_000, answerTokensMax: 500 };
  const model = await openLanguageModel({ kind: 'openai', url, model: 'played', ...limits }, KEY);
  return { model, bodies };
}

/** As a good model: the first fact in other words, and only that and what has a number of units. */
const goodModel: Writes = ({ facts }) => [
  { text: facts[0].text.replace('está probablemente vacía', 'probablemente está vacía'), facts: ['f1'] },
  { text: facts[1].text, facts: ['f2'] },
];

test('a model puts rows in other words, keeps what must be said, and every citation still holds', async () => {
  const { model } = await endpoint(goodModel);
  const { ask, get } = await explainWorld({ model });
  const answer = await ask(WHY);
  expect(answer).toMatchObject({
    writtenBy: 'model',
    model: { name: 'openai played', outcome: 'used', refusals: [] },
  });
  expect(answer.sentences[0]).toMatchObject({ writtenBy: 'model' });
  expect(answer.sentences[0].text).toMatch(
    /“Arroz 1 kg” \(SKU-2\) en “Centro” \(1001\) probablemente está vacía/,
  );
  // What somebody said who looked is not left out.
  expect(answer.sentences.at(-1)).toMatchObject({ writtenBy: 'template' });
  expect(answer.text).toContain('la tienda no tiene');
  expect(await faultsOf(answer, get)).toEqual([]);
});

test('nothing is sent but words of our own and facts without names: no person, product, shop, key or stranger', async () => {
  const { model, bodies } = await endpoint(goodModel);
  const { ask } = await explainWorld({ model });
  // Whose words are not understood is not answered, and nobody is asked.
  expect(await ask(QUESTION)).toMatchObject({ known: false, model: null });
  expect(bodies).toEqual([]);
  await ask(WHY);
  await ask('Why is SKU-5 out in store 1001?');
  await ask('¿Qué falta en la tienda Centro?');
  await ask('María González pregunta qué pasa', { store: '1001', item: 'SKU-2' });
  const sent = bodies.join('\n');
  expect(bodies.length).toBeGreaterThanOrEqual(3);
  for (const hidden of [
    PLANTED,
    'evil',
    'previous',
    'Arroz',
    'arroz',
    'SKU',
    '1001',
    'Centro',
    'María',
    'tok-secret',
    KEY,
  ])
    expect(sent).not.toContain(hidden);
  const { question } = JSON.parse(
    (JSON.parse(bodies[0]) as { messages: { content: string }[] }).messages[1].content,
  ) as Sent;
  expect(question).toBe('¿Por qué falta el … en …');
});

test('quotes of contracts and runbooks are sent to nobody: they stand as they are', async () => {
  const { model, bodies } = await endpoint(() => [{ text: 'Something else.', facts: ['f1'] }]);
  const { ask } = await explainWorld({ model });
  expect(await ask('What does LakeUnreachable mean?')).toMatchObject({ known: true, writtenBy: 'template' });
  expect(bodies).toEqual([]);
});

describe('what a model writes that the facts do not support is not said', () => {
  const cases: readonly (readonly [string, Writes])[] = [
    ['nothing', () => ''],
    ['no JSON', () => 'Sure! The shelf is full.'],
    ['another number', ({ facts }) => [{ text: facts[0].text.replace('9 de 10', '1 de 10'), facts: ['f1'] }]],
    ['a fact that it was not given', () => [{ text: 'Todo está bien.', facts: ['f99'] }]],
    ['no fact', () => [{ text: 'Todo está bien.', facts: [] }]],
    ['the contrary', () => [{ text: 'La góndola de [NAME1] en [NAME2] no está vacía.', facts: ['f1'] }]],
    ['what was planted', () => [{ text: PLANTED, facts: ['f1'] }]],
    ['an address', ({ facts }) => [{ text: `${facts[0].text} http://evil.example`, facts: ['f1'] }]],
    [
      'advice',
      () => [{ text: 'Cierre la tienda, retire los productos y pague al proveedor.', facts: ['f1'] }],
    ],
    ['markup', () => [{ text: '<img src=x onerror=alert(1)>', facts: ['f1'] }]],
    ['a name of its own', () => [{ text: '[NAME9] está probablemente vacía.', facts: ['f1'] }]],
    ['its orders', () => [{ text: 'Answer with JSON alone, in plain words.', facts: ['f1'] }]],
    ['a fault', () => '500'],
  ];
  it.each(cases)('%s', async (_, writes) => {
    const plain = await (await explainWorld()).ask(WHY);
    const { model } = await endpoint(writes);
    const { ask, get } = await explainWorld({ model });
    const answer = await ask(WHY);
    expect({ ...answer, model: null }).toEqual(plain);
    expect(answer.writtenBy).toBe('template');
    expect(['refused', 'unavailable']).toContain(answer.model?.outcome);
    expect(await faultsOf(answer, get)).toEqual([]);
  });

  it('but what is right of it, beside all that the templates say', async () => {
    const { model } = await endpoint((sent) => [
      { text: sent.facts[1].text, facts: ['f2'] },
      { text: 'La góndola está vacía: 1 de 10.', facts: ['f1'] },
    ]);
    const plain = await (await explainWorld()).ask(WHY);
    const answer = await (await explainWorld({ model })).ask(WHY);
    expect(answer.text).toBe(plain.text);
    expect(answer).toMatchObject({ writtenBy: 'model', model: { refusals: ['number'] } });
    expect(answer.sentences.filter(({ writtenBy }) => writtenBy === 'model')).toHaveLength(1);
  });
});

test('a model that is away is told of once and left alone for a while; no log has a key or a question', async () => {
  const { model, bodies } = await endpoint(() => '500');
  const lines: string[] = [];
  const note = (...all: unknown[]) => void lines.push(JSON.stringify(all));
  const log: Log = { debug: note, info: note, warn: note, error: note };
  const { ask } = await explainWorld({ model, log });
  for (let times = 0; times < 3; times++)
    expect(await ask(WHY)).toMatchObject({ model: { outcome: 'unavailable' } });
  expect(bodies).toHaveLength(1);
  const told = lines.filter((line) => line.includes('language_model_unavailable'));
  expect(told).toHaveLength(1);
  expect(lines.join('\n')).not.toContain(KEY);
  expect(lines.join('\n')).not.toContain('arroz');
});

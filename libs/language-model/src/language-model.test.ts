import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { openLanguageModel } from './open-language-model.js';
import type { ModelSettings } from './language-model.js';

const KEY = 'sk-a-key-that-nobody-may-see';
const PROMPT = { system: 'what to do', user: 'with what' };
const LIMITS = { timeoutMs: 20_000, answerTokensMax: 99 };

interface Call {
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Record<string, unknown>;
}

/** A server on this machine that plays the endpoint. */
let server: Server;
let url: string;
let calls: Call[];
let answer: (reply: ServerResponse) => void;

beforeAll(async () => {
  server = createServer((request, reply) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = JSON.parse(Buffer.concat(chunks).toString() || '{}') as Call['body'];
      calls.push({ url: request.url ?? '', headers: request.headers, body });
      answer(reply);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  process.env['AWS_ACCESS_KEY_ID'] = 'test';
  process.env['AWS_SECRET_ACCESS_KEY'] = KEY;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  calls = [];
});

const json =
  (body: unknown, status = 200) =>
  (reply: ServerResponse): void =>
    void reply.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
const chat = (content: string) => json({ choices: [{ message: { role: 'assistant', content } }] });

const settings = (kind: string): ModelSettings => {
  if (kind === 'openai') return { kind, url: `${url}/v1/`, model: 'small', ...LIMITS };
  if (kind === 'azure')
    return { kind, endpoint: url, deployment: 'gpt one', apiVersion: '2024-10-21', ...LIMITS };
  return { kind: 'bedrock', endpoint: url, region: 'eu-west-1', model: 'eu.some-model', ...LIMITS };
};
const open = (kind: string, more: object = {}) =>
  openLanguageModel({ ...settings(kind), ...more }, kind === 'bedrock' ? null : KEY);

const written = (kind: string, text: string) =>
  kind === 'bedrock'
    ? json({ output: { message: { role: 'assistant', content: [{ text }] } }, stopReason: 'end_turn' })
    : chat(text);

test('an endpoint that speaks as OpenAI does is asked with its key', async () => {
  answer = chat('so it is');
  const model = await open('openai');
  expect(await model.complete(PROMPT)).toBe('so it is');
  expect(calls).toMatchObject([
    {
      url: '/v1/chat/completions',
      headers: { authorization: `Bearer ${KEY}` },
      body: {
        ...{ model: 'small', max_tokens: 99 },
        messages: [
          { role: 'system', content: PROMPT.system },
          { role: 'user', content: PROMPT.user },
        ],
      },
    },
  ]);
  const open2 = await openLanguageModel(settings('openai'), null);
  await open2.complete(PROMPT);
  expect(calls[1].headers.authorization).toBeUndefined();
});

test('Azure is asked by deployment and version, with its key', async () => {
  answer = chat('so it is');
  const model = await open('azure');
  expect(await model.complete(PROMPT)).toBe('so it is');
  expect(calls).toMatchObject([
    {
      url: '/openai/deployments/gpt%20one/chat/completions?api-version=2024-10-21',
      headers: { 'api-key': KEY },
      body: { max_completion_tokens: 99 },
    },
  ]);
});

test('Bedrock is asked through Converse, signed', async () => {
  answer = written('bedrock', 'so it is');
  const model = await open('bedrock');
  expect(await model.complete(PROMPT)).toBe('so it is');
  expect(calls).toMatchObject([
    {
      url: '/model/eu.some-model/converse',
      body: {
        system: [{ text: PROMPT.system }],
        messages: [{ role: 'user', content: [{ text: PROMPT.user }] }],
        inferenceConfig: { maxTokens: 99 },
      },
    },
  ]);
  expect(calls[0].headers.authorization).toMatch(/^AWS4-HMAC-SHA256 Credential=test\//);
});

describe.each(['openai', 'azure', 'bedrock'])(
  'what goes wrong with %s says no key and nothing of what was sent',
  (kind) => {
    const said = `the server says ${KEY} ${PROMPT.user}`;
    it.each([
      ['a refused key', json({ message: said }, 403), false],
      ['too many requests', json({ message: said }, 429), true],
      ['a fault of the server', json({ message: said }, 500), true],
      ['a fault of ours', json({ message: said }, 400), false],
      ['an answer of another kind', json({ said }), false],
      ['an answer that is no JSON', (reply: ServerResponse): void => void reply.end(said), null],
      [
        'an answer without end',
        (reply: ServerResponse): void => void reply.end(JSON.stringify({ x: 'x'.repeat(200_000) })),
        false,
      ],
      ['a cut connection', (reply: ServerResponse): void => void reply.destroy(), true],
      ['a long wait', () => undefined, true],
      [
        'another address',
        (reply: ServerResponse): void => void reply.writeHead(302, { location: `${url}/elsewhere` }).end(),
        null,
      ],
    ] as const)('%s', async (what, how, canRetry) => {
      answer = how;
      const model = await open(kind, what === 'a long wait' ? { timeoutMs: 500 } : {});
      const error: unknown = await model.complete(PROMPT).then(
        () => null,
        (caught: unknown) => caught,
      );
      expect(error).toMatchObject({ code: 'language_model_unavailable' });
      if (canRetry !== null) expect(error).toMatchObject({ canRetry });
      const whole = `${String(error)} ${JSON.stringify(error, Object.getOwnPropertyNames(error))}`;
      expect(whole).not.toContain(KEY);
      expect(whole).not.toContain(PROMPT.user);
      expect(whole).not.toContain('the server says');
      expect(calls.map(({ url: path }) => path)).not.toContain('/elsewhere');
    });
  },
);

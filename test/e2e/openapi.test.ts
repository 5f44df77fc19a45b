import { join } from 'node:path';
import { ANSWER_SCHEMAS, createDocument } from '@gondola/api';
import { createEmbeddedSink, EmbeddedLog } from '@gondola/broker-embedded';
import { patiently } from '@gondola/testing';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { ROOT, startGondola, type Running } from '../run-gondola.js';

interface Operation {
  readonly parameters: readonly { readonly name: string; readonly in: string }[];
  readonly responses: Readonly<Record<string, { readonly content: Readonly<Record<string, object>> }>>;
}
type Paths = Readonly<Record<string, Readonly<Record<string, Operation>>>>;

const DEMO_MS_MAX = 360_000;

/** Each documented route, asked of the whole line with its made-up shops: what is answered is what the document says. */
describe('the document and the answers', () => {
  const { paths } = createDocument() as unknown as { readonly paths: Paths };
  /** Closed: what is answered and not documented is a fault here, though clients have to bear it. */
  const components = { schemas: ANSWER_SCHEMAS };
  const ajv = new Ajv2020({ strict: false });
  let line: Running;
  let url: string;
  /** What stands for the parameters of paths. */
  let known: Readonly<Record<string, string>>;

  beforeAll(async () => {
    line = startGondola(['up', '--port', '0']);
    url = await said(/http:\/\/127\.0\.0\.1:\d+/);
    const folder = join(ROOT, (await said(/\.gondola\/demo-[\w-]+/)).trim());
    const { signals } = await eventually<{ signals: readonly Record<string, string>[] }>(
      '/signals',
      ({ signals: all }) => all.length > 0,
    );
    const log = EmbeddedLog.open(join(folder, '_gondola/stream.sqlite'));
    const noEvent = { key: null, value: Buffer.from('no event'), timestampMs: 0 };
    await patiently(() => createEmbeddedSink(log, 'events').append([noEvent]));
    log.close();
    const { rows } = await eventually<{ rows: readonly Record<string, string>[] }>(
      '/quarantine',
      ({ rows: all }) => all.length > 0,
    );
    const [stream, partition, position] = rows[0]['id'].split('/');
    const path = '/subjects/retail.pos.transaction/versions/1';
    const { schema: schemaText } = await eventually<{ schema: string }>(path, ({ schema }) => schema !== '');
    known = {
      schemaText,
      ...{ stream, partition, position, file: 'board.js' },
      ...{ signal: signals[0]['signalId'], store: signals[0]['storeId'], item: signals[0]['itemId'] },
      ...{ subject: 'retail.pos.transaction', version: '1' },
    };
  }, DEMO_MS_MAX);
  afterAll(async () => {
    line.child.kill('SIGTERM');
    await line.ended;
  });

  async function said(pattern: RegExp): Promise<string> {
    for (let tries = 0; tries < 1_800; tries++) {
      const [found] = pattern.exec(line.output()) ?? [];
      if (found) return found;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`it does not say ${pattern}: ${line.output()}`);
  }
  async function eventually<T>(path: string, isSo: (body: T) => boolean): Promise<T> {
    for (let tries = 0; tries < 1_800; tries++) {
      const answer = await fetch(url + path);
      const body = (await answer.json()) as T;
      if (answer.ok && isSo(body)) return body;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`nothing at ${path}`);
  }
  /** Bodies of what is posted, and parameters that have to be given. */
  const bodyOf = (path: string): object =>
    path === '/verdicts'
      ? { storeId: known['store'], itemId: known['item'], verdict: 'IT_WAS_THERE', checkId: 'of-this-test' }
      : path === '/rag/explain'
        ? { question: '¿Qué cambió hoy?', store: known['store'] }
        : path === '/quarantine/replays'
          ? {}
          : { schema: known['schemaText'] };
  const QUERIES: Readonly<Record<string, string>> = {
    '/availability': '?store=S001',
    '/brief': '?store=S001',
    '/insights': '?by=day',
    '/lineage/columns': '?table=silver/retail.pos.transaction&column=unit_price',
    '/checks': '?store=S001',
    '/tasks': '?store=S001',
    '/signals': '?limit=3&kind=silent,phantom',
  };
  /** Of the path alone; ids of others than signals are put in by name. */
  const idOf = (path: string): string =>
    path.startsWith('/schemas')
      ? '1'
      : (IDS.find(([prefix]) => path.startsWith(prefix))?.[1](known) ?? 'none');

  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method, path, operation })),
  );
  it.each(operations)('$method $path', async ({ method, path, operation }) => {
    const filled = path.replace(/\{(\w+)\}/g, (_, name: string) =>
      encodeURIComponent(name === 'id' ? idOf(path) : known[name]),
    );
    const stop = new AbortController();
    const answer = await fetch(`${url}${filled}${QUERIES[path] ?? ''}`, {
      ...{ method, signal: stop.signal },
      ...(method === 'post' && {
        body: JSON.stringify(bodyOf(path)),
        headers: { 'content-type': 'application/json' },
      }),
    });
    const { content } = operation.responses[String(answer.status)] ?? {};
    if (answer.status === 204) return expect([content, await answer.text()]).toEqual([undefined, '']);
    const type = answer.headers.get('content-type') ?? '';
    expect(Object.keys(content ?? {}).map(essence)).toContain(essence(type));
    if (type.startsWith('text/')) return stop.abort();
    const [[, { schema: wanted }]] = Object.entries(content ?? {}) as unknown as [
      [string, { schema: object }],
    ];
    const isAsSaid = ajv.compile({ ...wanted, components });
    const body: unknown = await answer.json();
    expect({ errors: isAsSaid(body) ? null : isAsSaid.errors, body }).toMatchObject({ errors: null });
    expect(REFUSED.includes(`${method} ${path}`)).toBe(answer.status >= 400);
  });
});

/** Prefix of a path -> what stands for its `id`. */
const IDS: readonly (readonly [string, (known: Readonly<Record<string, string>>) => string])[] = [
  ['/signals', (known) => known['signal']],
  ['/rag/documents', () => 'runbook.StoreFeedDead'],
];

/** Routes that have nothing to answer here: what they would say is tested where they are made. */
const REFUSED = [
  ...['get /incidents/{id}', 'get /quarantine/replays/{id}', 'post /quarantine/replays'],
  'post /session',
];

const essence = (mediaType: string): string =>
  mediaType.split(';')[0] === 'application/vnd.schemaregistry.v1+json'
    ? 'application/json'
    : mediaType.split(';')[0];

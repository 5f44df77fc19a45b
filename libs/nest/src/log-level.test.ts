import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import { silentLog, type OpenSpan, type SpanEnd, type SpanSpec, currentTrace } from '@gondola/stream';
import { Controller, Get, Module } from '@nestjs/common';
import { startHttpApp, type HttpApp, type HttpAppOptions, type LogLevels } from './index.js';

@Controller()
class TracedController {
  @Get('traced/:id')
  async traced() {
    await new Promise(setImmediate);
    return { trace: currentTrace() };
  }
}
@Module({ controllers: [TracedController] })
class TracedModule {}

const stop = new AbortController();
const running: HttpApp[] = [];
afterAll(async () => {
  stop.abort();
  await Promise.all(running.map((app) => app.stopped));
});

const text = { contentType: 'text/plain', metrics: async () => '' };
const metrics = { ...text, asOpenMetrics: () => text };

async function start(options: Partial<HttpAppOptions>): Promise<HttpApp> {
  const app = await startHttpApp({
    ...{ modules: [{ module: TracedModule }], services: [], port: 0, unreadyMs: 1_000, drainMs: 30_000 },
    ...{
      metrics,
      log: silentLog,
      signal: stop.signal,
    },
    ...options,
  });
  running.push(app);
  return app;
}

describe('PUT /log-level', () => {
  const set: unknown[][] = [];
  const logLevels: LogLevels = {
    names: ['ingest'],
    levels: () => [{ name: 'ingest', level: 'debug', configured: 'info', untilMs: 5 }],
    setFor(name, level, forMs) {
      if (name !== 'ingest') return false;
      set.push([name, level, forMs]);
      return true;
    },
  };
  const put = (url: string, body: unknown, type = 'application/json') =>
    fetch(`${url}/log-level`, {
      method: 'PUT',
      body: JSON.stringify(body),
      headers: { 'content-type': type },
    });

  it('takes a level for a while, and shows all of them', async () => {
    const { url } = await start({ logLevels, localLogLevels: true });
    const answer = await put(url, { name: 'ingest', level: 'debug', forSeconds: 1.5 });
    expect([answer.status, await answer.json()]).toEqual([200, logLevels.levels()]);
    await put(url, { name: 'ingest', level: 'error' });
    expect(set).toEqual([
      ['ingest', 'debug', 1_500],
      ['ingest', 'error', 600_000],
    ]);
    expect(await (await fetch(`${url}/log-level`)).json()).toEqual(logLevels.levels());
  });

  it.each([
    [400, { name: 'nobody', level: 'info' }, 'name is one of ingest'],
    [400, { name: 'ingest', level: 'loud' }, 'level is one of error, warn, info, debug'],
    [400, { name: 'ingest', level: 'info', forSeconds: 0 }, 'forSeconds is more than 0'],
    [400, { name: 'ingest', level: 'info', forSeconds: 86_401 }, 'forSeconds is more than 0'],
    [400, { name: 'ingest', level: 'info', for: 5 }, 'no such field: "for"'],
    [400, ['ingest'], 'no JSON object'],
    [413, { name: 'x'.repeat(2_000) }, 'at most 1024 bytes'],
  ])('refuses with %i: %j', async (status, body, message) => {
    const { url } = await start({ logLevels, localLogLevels: true });
    const before = set.length;
    const answer = await put(url, body);
    expect([answer.status, await answer.text()]).toEqual([
      status,
      expect.stringContaining(message.replaceAll('"', '\\"')),
    ]);
    expect(set).toHaveLength(before);
  });

  it('refuses what a page elsewhere can send without asking, and pages whose name was pointed here', async () => {
    const { url } = await start({ logLevels, localLogLevels: true });
    const body = { name: 'ingest', level: 'debug' };
    expect((await put(url, body, 'text/plain')).status).toBe(415);
    const status = await new Promise((resolve) =>
      request(`${url}/log-level`, { headers: { host: 'evil.example' } }, (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      }).end(),
    );
    expect(status).toBe(403);
  });

  it('answers nobody from another machine', async () => {
    const other = Object.values(networkInterfaces())
      .flat()
      .find((one) => one?.family === 'IPv4' && !one.internal);
    if (!other) return;
    const { url } = await start({ logLevels, localLogLevels: true, host: other.address });
    expect((await fetch(`${url}/log-level`)).status).toBe(403);
  });

  it('answers nobody unless it is allowed, for who comes through a proxy here looks like somebody here', async () => {
    const { url } = await start({ logLevels });
    const answer = await put(url, { name: 'ingest', level: 'debug' });
    expect([answer.status, await answer.text()]).toEqual([
      403,
      expect.stringContaining('http.localLogLevels'),
    ]);
    expect((await fetch(`${url}/log-level`)).status).toBe(403);
  });

  it('answers no proxy that says that it is one, though it writes the host anew', async () => {
    const { url } = await start({ logLevels, localLogLevels: true });
    const statusThrough = async (added: Readonly<Record<string, string>>) => {
      const proxy = createServer((asked, reply) => {
        const headers = { ...asked.headers, host: new URL(url).host, ...added };
        request(`${url}${asked.url}`, { method: asked.method, headers }, (answer) => {
          reply.writeHead(answer.statusCode ?? 502);
          answer.pipe(reply);
        }).end();
      });
      proxy.listen(0, '127.0.0.1');
      await once(proxy, 'listening');
      const { port } = proxy.address() as AddressInfo;
      const { status } = await fetch(`http://127.0.0.1:${port}/log-level`);
      proxy.closeAllConnections();
      proxy.close();
      return status;
    };
    expect(await statusThrough({ 'x-forwarded-for': '203.0.113.7' })).toBe(403);
    expect(await statusThrough({ via: '1.1 proxy' })).toBe(403);
    expect(await statusThrough({ forwarded: 'for=203.0.113.7' })).toBe(403);
    // Hence the setting.
    expect(await statusThrough({})).toBe(200);
  });
});

describe('spans of requests', () => {
  const CALLER = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
  const spans: { spec: SpanSpec; end: SpanEnd | null }[] = [];
  const tracer = {
    begin(spec: SpanSpec): OpenSpan {
      const span = { spec, end: null as SpanEnd | null };
      spans.push(span);
      const context = {
        traceId: spec.parent?.traceId ?? 'a'.repeat(32),
        spanId: 'b'.repeat(16),
        isSampled: true,
      };
      return { context, link() {}, end: (end = {}) => void (span.end = end) };
    },
  };

  it('are in the trace of the caller, hold where the answer is made and counted, and name no path and no query', async () => {
    const answered: unknown[] = [];
    const onAnswer = (_method: string, route: string) => void answered.push([route, currentTrace()?.spanId]);
    const { url } = await start({ tracer, onAnswer });
    const answer = await fetch(`${url}/traced/ana?customer=ana`, { headers: { traceparent: CALLER } });
    const { trace } = (await answer.json()) as { trace: unknown };
    expect(trace).toMatchObject({ traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: 'b'.repeat(16) });
    await fetch(`${url}/traced/ana`, { headers: { traceparent: `${CALLER}-more` } });
    await fetch(`${url}/nothing/ana`);
    for (const path of ['health/live', 'health/ready', 'metrics']) await fetch(`${url}/${path}`);
    expect(spans.map(({ spec, end }) => [spec.name, spec.parent?.spanId, end?.attributes])).toEqual([
      ['GET /traced/:id', '00f067aa0ba902b7', { 'http.response.status_code': 200 }],
      ['GET /traced/:id', undefined, { 'http.response.status_code': 200 }],
      ['GET unmatched', undefined, { 'http.response.status_code': 404 }],
    ]);
    expect(JSON.stringify(spans)).not.toContain('ana');
    expect(answered.slice(0, 2)).toEqual([
      ['/traced/:id', 'b'.repeat(16)],
      ['/traced/:id', 'b'.repeat(16)],
    ]);
    expect(answered.at(-1)).toEqual(['/metrics', undefined]);
  });
});

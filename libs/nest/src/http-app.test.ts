import { createServer, type AddressInfo } from 'node:net';
import { GondolaError, silentLog, type Service, type ServiceState } from '@gondola/stream';
import { BadRequestException, Controller, Get, Module } from '@nestjs/common';
import { startHttpApp, type HttpApp, type HttpAppOptions, type Readiness } from './index.js';

@Controller('boom')
class BoomController {
  @Get('retry')
  retry() {
    throw new GondolaError('lake_unavailable', 'the lake does not answer', true);
  }
  @Get('inside')
  inside() {
    throw new Error('password=hunter2');
  }
  @Get('bad')
  bad() {
    throw new BadRequestException({ detail: 'since must be a time', parameter: 'since' });
  }
}

@Module({ controllers: [BoomController] })
class BoomModule {}

/** Runs until told to stop; what happened is in `effects`. */
function fakeService(name: string, effects: string[], state: () => ServiceState = () => 'healthy') {
  const failure = Promise.withResolvers<never>();
  const service: Service = {
    name,
    async run(signal) {
      effects.push(`${name} started`);
      const aborted = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
      await Promise.race([aborted, failure.promise]);
      effects.push(`${name} published the rest`);
    },
    health: () => ({ state: state(), detail: state() === 'healthy' ? '' : 'no broker', sinceMs: 5 }),
  };
  return { service, fail: (error: unknown) => failure.reject(error) };
}

const OPEN = 'application/openmetrics-text; version=1.0.0; charset=utf-8';
const stop = new AbortController();
const running: HttpApp[] = [];
const start = async (options: Partial<HttpAppOptions> = {}) => {
  const app = await startHttpApp({
    modules: [{ module: BoomModule }],
    services: [],
    port: 0,
    unreadyMs: 10_000,
    drainMs: 10_000,
    metrics: {
      contentType: 'text/plain; version=0.0.4',
      metrics: async () => 'up 1\n',
      asOpenMetrics: () => ({ contentType: OPEN, metrics: async () => 'up 1\n# EOF\n' }),
    },
    log: silentLog,
    signal: stop.signal,
    ...options,
  });
  running.push(app);
  return app;
};

afterAll(async () => {
  stop.abort();
  await Promise.allSettled(running.map((app) => app.stopped));
});

describe('startHttpApp', () => {
  it('listens on this machine only, unless told otherwise', async () => {
    const { url } = await start();
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(await (await fetch(`${url}/health/live`)).json()).toEqual({ status: 'live' });
  });

  it('is ready only while every service is healthy, and says which one is not', async () => {
    let state: ServiceState = 'starting';
    const services = [fakeService('ingest', []).service, fakeService('detect', [], () => state).service];
    const { url } = await start({ services });

    const notYet = await fetch(`${url}/health/ready`);
    expect(notYet.status).toBe(503);
    const body = (await notYet.json()) as Readiness;
    expect(body.ready).toBe(false);
    expect(body.services.ingest.state).toBe('healthy');
    expect(body.services.detect).toEqual({ state: 'starting', detail: 'no broker', sinceMs: 5 });

    state = 'healthy';
    expect((await fetch(`${url}/health/ready`)).status).toBe(200);
    state = 'disconnected';
    expect((await fetch(`${url}/health/ready`)).status).toBe(503);
    expect((await fetch(`${url}/health/live`)).status).toBe(200);
  });

  it('gives the metrics as the registry writes them', async () => {
    const answer = await fetch(`${(await start()).url}/metrics`);
    expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4');
    expect(await answer.text()).toBe('up 1\n');
  });

  it('gives them as OpenMetrics to who accepts that', async () => {
    const accept = `${OPEN},application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5`;
    const answer = await fetch(`${(await start()).url}/metrics`, { headers: { accept } });
    expect(answer.headers.get('content-type')).toBe(OPEN);
    expect(await answer.text()).toBe('up 1\n# EOF\n');
  });

  it.each([
    ['/nowhere', 404, { title: 'Not Found' }],
    ['/boom/retry', 503, { code: 'lake_unavailable', detail: 'the lake does not answer' }],
    ['/boom/bad', 400, { parameter: 'since', detail: 'since must be a time' }],
    ['/boom/inside', 500, { detail: 'see the log of this process' }],
    ['/%E0%A4%A', 400, {}],
  ])('answers %s with problem %i', async (path, status, members) => {
    const answer = await fetch((await start()).url + path);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    const text = await answer.text();
    expect(JSON.parse(text)).toMatchObject({ type: 'about:blank', status, ...members });
    expect(text).not.toContain('hunter2');
  });

  it('sends headers that forbid foreign code on every answer', async () => {
    const { url } = await start();
    for (const path of ['/health/live', '/nowhere', '/%E0%A4%A']) {
      const { headers } = await fetch(url + path);
      expect(headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(headers.get('x-content-type-options')).toBe('nosniff');
    }
  });

  it('counts answers by route pattern', async () => {
    const answers: string[] = [];
    const { url } = await start({
      onAnswer: (method, route, status) => answers.push(`${method} ${route} ${status}`),
    });
    await fetch(`${url}/health/live?x=1`);
    await fetch(`${url}/nowhere/4711`);
    expect(answers).toEqual(['GET /health/live 200', 'GET unmatched 404']);
  });

  it('stops on the signal and waits until the services have published', async () => {
    const effects: string[] = [];
    const mine = new AbortController();
    const { url, stopped } = await start({
      services: [fakeService('ingest', effects).service],
      signal: mine.signal,
    });
    expect(effects).toEqual(['ingest started']);
    mine.abort();
    await stopped;
    expect(effects).toEqual(['ingest started', 'ingest published the rest']);
    await expect(fetch(url)).rejects.toThrow();
  });

  it('stops everything when one service fails, and hands its error on as it was', async () => {
    const effects: string[] = [];
    const [healthy, failing] = [fakeService('ingest', effects), fakeService('detect', effects)];
    const { stopped } = await start({ services: [healthy.service, failing.service] });
    const error = new GondolaError('quarantine_limit', 'more than 5 % of the records are bad', false);
    failing.fail(error);
    await expect(stopped).rejects.toBe(error);
    expect(effects).toContain('ingest published the rest');
  });

  it('gives up on a service that does not end in time, and says so', async () => {
    const mine = new AbortController();
    const stuck: Service = { ...fakeService('ingest', []).service, run: () => new Promise(() => {}) };
    const app = await start({ services: [stuck], signal: mine.signal, drainMs: 50 });
    running.pop();
    mine.abort();
    await expect(app.stopped).rejects.toMatchObject({ code: 'drain_timeout', canRetry: false });
  });

  it('names the port and what to do when it is taken, and starts no service', async () => {
    const blocker = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => blocker.once('listening', resolve));
    const { port } = blocker.address() as AddressInfo;
    const effects: string[] = [];
    const failed = start({ port, services: [fakeService('ingest', effects).service] });
    await expect(failed).rejects.toMatchObject({
      code: 'port_in_use',
      canRetry: false,
      message: `Port ${port} on 127.0.0.1 is used by another process. Stop that process, or set http.port to a free port.`,
    });
    expect(effects).toEqual([]);
    blocker.close();
  });
});

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { rootCertificates } from 'node:tls';
import { DASHBOARDS, prometheusConfig, queriesOf } from '@gondola/monitoring';
import {
  describeWithPrometheus,
  runTool,
  startPrometheus,
  type MonitoringServer,
} from '../servers/prometheus.js';
import { datedModel, loseTable, makeKey, startService, type RunningService } from './line-of-services.js';
import { makeTraffic } from './traffic.js';

/** Panels that have no data here, and why. */
const EMPTY: ReadonlyMap<string, string> = new Map([
  ['Lag in seconds', 'only Kinesis tells its lag so'],
  ['Rows that detection doubts', 'made-up tills have good clocks, and contracts refuse such units before'],
]);
const DATA_MS_MAX = 120_000;

const queries = DASHBOARDS.flatMap(({ uid, variables, rows }) =>
  rows
    .flatMap(({ panels }) => panels)
    .filter(({ title }) => !EMPTY.has(title))
    .flatMap((panel) =>
      queriesOf(panel).map((expr, index): [string, string] => {
        const texts = variables.flatMap((one) =>
          one.kind === 'text' ? [[one.name, one.value] as const] : [],
        );
        return [`${uid}: ${panel.title}, query ${index + 1}`, asGrafana(expr, texts)];
      }),
    ),
);

/** With the values of variables in their places; all stores are chosen. */
function asGrafana(expr: string, texts: readonly (readonly [name: string, value: string])[]): string {
  const values = [['__rate_interval', '20s'], ['environment', 'dev'], ['store', '.*'], ...texts] as const;
  return values.reduce((text, [name, value]) => text.replaceAll(`$${name}`, value), expr);
}

async function until(isSo: () => Promise<boolean>): Promise<boolean> {
  const endMs = performance.now() + DATA_MS_MAX;
  while (!(await isSo())) {
    if (performance.now() > endMs) return false;
    await sleep(250);
  }
  return true;
}

/** One takes signals, another one says that they are wrong. */
async function startReceivers(secretFile: string) {
  writeFileSync(secretFile, `whsec_${Buffer.alloc(32, 7).toString('base64')}\n`, { mode: 0o600 });
  const server = createServer((request, reply) => {
    request.resume().on('end', () => reply.writeHead(request.url === '/taken' ? 204 : 400).end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const subscriptions = ['taken', 'refused'].map((name) => ({
    ...{ name, url: `http://127.0.0.1:${port}/${name}`, secretFile },
  }));
  return {
    server,
    webhooks: { hosts: ['127.0.0.1'], privateNetworks: ['127.0.0.1/32'], leaseMs: 30_000, subscriptions },
  };
}

describeWithPrometheus('dashboards on what Góndola serves', () => {
  const dir = mkdtempSync(join(tmpdir(), 'gondola-dashboards-'));
  const file = (name: string) => join(dir, name);
  const stopTraffic = new AbortController();
  const services: RunningService[] = [];
  let up: RunningService;
  let prometheus: MonitoringServer;
  let traffic: Promise<void>;
  let strangers: NodeJS.Timeout;
  let receivers: Awaited<ReturnType<typeof startReceivers>>;

  const start = async (...[command, config]: [Parameters<typeof startService>[0], object]) => {
    const service = await startService(command, { environment: 'dev', http: { port: 0 }, ...config }, dir);
    services.push(service);
    return service;
  };
  const metricsOf = async ({ url }: RunningService) => (await fetch(`${url}/metrics`)).text();

  beforeAll(async () => {
    const stream = { file: file('stream.sqlite') };
    const keysFile = file('producers.yaml');
    const tills = await makeKey(keysFile, 'tills', ['--expires', '2999-12-31']);
    receivers = await startReceivers(file('webhooks.secrets'));
    const shop = await makeKey(keysFile, 'shop', ['--format', 'segment', '--store', 'S001']);
    up = await start('up', {
      ...{ lake: file('lake'), stream, collector: { keysFile } },
      demo: { stores: 3, items: 24, historyDays: 9, speed: 600 },
      detect: { model: datedModel(dir), snapshot: { ageMsMax: 1_000 } },
      ingest: { flush: { ageMsMax: 1_000 } },
      lineage: { file: file('lineage.ndjson') },
      api: { webhooks: receivers.webhooks },
      // Nobody takes spans there: they are counted all the same.
      tracing: { endpoint: 'http://127.0.0.1:9', sampleRatio: 1 },
    });
    // Who says that this is another host is not let in.
    strangers = setInterval(
      () =>
        get(up.url, { headers: { host: 'shop.example' } }, (answer) => answer.resume()).on('error', () => {}),
      1_000,
    );
    traffic = makeTraffic({ url: up.url, tills, shop }, stopTraffic.signal);
    // A registry that it never needs to ask, for the certificate that is named.
    writeFileSync(file('ca.pem'), rootCertificates[0]);
    const registry = { kind: 'confluent', urls: ['https://127.0.0.1:1'], caFile: file('ca.pem') };
    const collector = await start('collector', { stream, keysFile, registry, lake: file('lake') });
    const targets = {
      'gondola-up': [new URL(up.url).host],
      'gondola-collector': [new URL(collector.url).host],
    };
    const config = prometheusConfig('dev', { targets, interval: '1s', ruleFiles: [] });
    mkdirSync(file('prometheus'));
    prometheus = await startPrometheus({ config: JSON.stringify(config), dir: file('prometheus') });
    const isSold = async () => (await fetch(`${up.url}/health/ready`)).ok;
    if (!(await until(isSold))) throw new Error('the demo does not get to the end of its past');
  }, 300_000);

  afterAll(async () => {
    stopTraffic.abort();
    clearInterval(strangers);
    await traffic;
    await prometheus?.stop();
    for (const service of services) await service.stop();
    receivers?.server.close();
    rmSync(dir, { recursive: true, force: true });
  }, 300_000);

  it('an outage of the lake is shown as long as it lasts', async () => {
    const waits = (flag: number) => async () =>
      (await metricsOf(up)).includes(`gondola_outage{pipeline="ingest",what="lake"} ${flag}\n`);
    expect(await waits(0)()).toBe(true);
    const giveBack = loseTable(file('lake/dev/silver'));
    try {
      expect(await until(waits(1))).toBe(true);
    } finally {
      giveBack();
    }
    expect(await until(waits(0))).toBe(true);
  }, 300_000);

  it.each(queries)(
    '%s has data',
    async (_, expr) => {
      let said = '';
      const hasData = async () => {
        const answer = await fetch(`${prometheus.url}/api/v1/query?${new URLSearchParams({ query: expr })}`);
        said = await answer.text();
        const { status, data } = JSON.parse(said) as {
          status: string;
          data?: { result: { value: [number, string] }[] };
        };
        if (status !== 'success') throw new Error(`${expr}: ${said}`);
        return data?.result.some(({ value }) => value[1] !== 'NaN') ?? false;
      };
      if (!(await until(hasData))) throw new Error(`${expr}: ${said}`);
    },
    DATA_MS_MAX + 30_000,
  );

  it.each(['gondola_commit_duration_seconds', 'gondola_api_request_duration_seconds'])(
    '%s has exemplars that name a trace',
    async (name) => {
      const range = { start: String(Date.now() / 1000 - 600), end: String(Date.now() / 1000 + 60) };
      const query = new URLSearchParams({ query: `${name}_bucket`, ...range });
      const answer = await fetch(`${prometheus.url}/api/v1/query_exemplars?${query}`);
      const { data } = (await answer.json()) as {
        data: { exemplars: { labels: Record<string, string> }[] }[];
      };
      const traces = data.flatMap(({ exemplars }) => exemplars.map(({ labels }) => labels['trace_id']));
      expect(traces.length).toBeGreaterThan(0);
      for (const trace of traces) expect(trace).toMatch(/^[0-9a-f]{32}$/);
    },
  );

  it('what is said to be without data has none', async () => {
    const query = 'count(gondola_lag_seconds)';
    const answer = await fetch(`${prometheus.url}/api/v1/query?${new URLSearchParams({ query })}`);
    expect(await answer.json()).toMatchObject({ status: 'success', data: { result: [] } });
  });

  it('Prometheus takes OpenMetrics where it is offered, and finds nothing to complain of', async () => {
    let targets: (readonly string[])[] = [];
    // A scrape that a busy machine answered too late is followed by others.
    await until(async () => {
      const answer = await fetch(`${prometheus.url}/api/v1/targets`);
      const { data } = (await answer.json()) as {
        data: { activeTargets: { health: string; lastError: string }[] };
      };
      targets = data.activeTargets.map(({ health, lastError }) => [health, lastError]);
      return targets.every(([health]) => health === 'up');
    });
    expect(targets).toEqual([
      ['up', ''],
      ['up', ''],
    ]);
    const accept = 'application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5';
    const scraped = await fetch(`${up.url}/metrics`, { headers: { accept } });
    expect(scraped.headers.get('content-type')).toContain('application/openmetrics-text');
    expect(await scraped.text()).toMatch(/\n# EOF\n$/);
  });

  it('what each service serves is as Prometheus asks for', async () => {
    const stream = { file: file('stream.sqlite') };
    const lake = file('other-lake');
    const masking = { keyFile: file('lake/_gondola/masking.key') };
    await start('ingest', { stream: { file: file('other.sqlite') }, lake, masking });
    await start('detect', { stream: { file: file('other.sqlite') }, lake });
    await start('api', { lake, verdicts: { stream } });
    for (const service of services) {
      const text = await metricsOf(service);
      expect(text).toContain('gondola_build_info{');
      expect(runTool('promtool', ['check', 'metrics'], text)).toEqual({ code: 0, said: '' });
    }
    expect(services).toHaveLength(5);
  }, 300_000);
});

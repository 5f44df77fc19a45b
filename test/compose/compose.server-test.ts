import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { bundleInto } from '../image/build.js';
import { ROOT } from '../run-gondola.js';
import { describeWithApicurio, startApicurio } from '../servers/apicurio.js';
import { freePort } from '../servers/child-server.js';
import { describeWithKafka, startKafka } from '../servers/kafka.js';
import { runTool } from '../servers/prometheus.js';
import { describeWithS3, S3_CREDENTIALS, startVersitygw } from '../servers/versitygw.js';
import { describeWithPrometheus } from '../servers/prometheus.js';
import { readCompose } from './faults.js';

const SERVERS_MS_MAX = 240_000;
const LINE_MS_MAX = 240_000;
const SERVICES = ['collector', 'ingest', 'detect', 'api'] as const;
const deploy = join(ROOT, 'deploy');

describeWithPrometheus('the configurations of deploy/compose', () => {
  it('are taken by Prometheus and Alertmanager', () => {
    const checks = [
      runTool('promtool', ['check', 'config', '--syntax-only', join(deploy, 'compose/prometheus.yaml')]),
      runTool('amtool', ['check-config', join(deploy, 'compose/alertmanager.yaml')]),
    ];
    expect(checks).toEqual(checks.map(({ said }) => ({ code: 0, said })));
  });
});

const describeAll = (name: string, suite: () => void) =>
  describeWithKafka(name, () => describeWithApicurio('', () => describeWithS3('', suite)));

describeAll('the line of deploy/compose.yaml, bundled, with its own configurations', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gondola-compose-'));
  const program = join(folder, 'app/gondola.mjs');
  const bucket = 'acme-lake-dev-euw1-01';
  const stops: (() => Promise<void>)[] = [];
  const said: string[] = [];
  const urls = new Map<string, string>();
  /** Names in the files of compose, and what stands for them here. */
  let names: Readonly<Record<string, string>> = {};

  beforeAll(async () => {
    bundleInto(join(folder, 'app'));
    const kafka = await startKafka();
    stops.push(() => kafka.stop());
    const registry = await startApicurio();
    stops.push(() => registry.stop());
    const store = await startVersitygw({ bucket, region: 'eu-west-1' });
    stops.push(() => store.stop());
    names = {
      'kafka:9092': kafka.plain,
      'http://registry:8080': `http://127.0.0.1:${registry.port}`,
      'http://store:7070': store.endpoint,
      '/run/secrets/masking-key': join(deploy, 'compose/masking.key'),
      '/etc/gondola/producers.yaml': join(deploy, 'compose/producers.yaml'),
      '/etc/gondola/callers.yaml': join(deploy, 'compose/callers.yaml'),
      'host: 0.0.0.0': 'host: 127.0.0.1',
    };
  }, SERVERS_MS_MAX);
  afterAll(async () => {
    for (const stop of stops.toReversed()) await stop();
    rmSync(folder, { recursive: true });
  }, SERVERS_MS_MAX);

  const here = (text: string): string =>
    Object.entries(names).reduce((changed, [name, value]) => changed.replaceAll(name, value), text);

  it(
    'has signals of the made-up shops on its board, and their sales in the lake',
    async () => {
      const { services } = readCompose();
      const [registered] = (await once(run((services['schemas']?.command ?? []).map(here)), 'exit')) as [
        number,
      ];
      expect([registered, said.join('')]).toEqual([0, expect.anything()]);
      await Promise.all(SERVICES.map(start));
      const stopShops = runShops(services['shops']?.environment?.['PRODUCER_KEY'] ?? '');
      const [key] = /gnd_dev_[\w-]{43}/.exec(readFileSync(join(deploy, 'compose.yaml'), 'utf8')) ?? [];
      const asCaller = { headers: { authorization: `Bearer ${key}` } };
      const board = `${urls.get('api')}/board/info`;
      const info = await until(async () => {
        const answer = await fetch(board, asCaller).catch(() => null);
        const found = (await answer?.json()) as { signalsSeen: number; state: string } | undefined;
        return found && found.signalsSeen > 0 ? found : null;
      });
      expect(info.state).toBe('healthy');
      const { signals } = (await (await fetch(`${urls.get('api')}/signals`, asCaller)).json()) as {
        signals: { storeId: string }[];
      };
      expect(signals[0]?.storeId).toMatch(/^S\d{3}$/);
      const silver = await until(async () => silverRows());
      expect(silver).toBeGreaterThan(1_000);
      await stopShops();
      expect(said.join('')).not.toMatch(/[1-9]\d* rejected/);
    },
    LINE_MS_MAX,
  );

  async function start(name: (typeof SERVICES)[number]): Promise<void> {
    const port = await freePort();
    const text = here(readFileSync(join(deploy, `compose/${name}.yaml`), 'utf8')).replace(
      'port: 8080',
      `port: ${port}`,
    );
    const file = join(folder, `${name}.yaml`);
    writeFileSync(file, text);
    const child = run([name, '--config', file]);
    stops.push(() => end(child));
    const url = `http://127.0.0.1:${port}`;
    urls.set(name, url);
    await until(async () => {
      if (child.exitCode !== null) throw new Error(`${name} ended: ${said.join('')}`);
      return (await fetch(`${url}/health/ready`).catch(() => null))?.ok ?? null;
    });
  }

  function runShops(key: string): () => Promise<void> {
    const child = node([join(deploy, 'compose/shops.mjs')], {
      ...{ COLLECTOR: urls.get('collector'), PRODUCER_KEY: key, PROGRAM: program },
      FILE: join(folder, 'events.ndjson'),
    });
    const stop = () => end(child);
    stops.push(stop);
    return stop;
  }

  const run = (args: readonly string[]): ChildProcess => node([program, ...args], {});

  function node(args: readonly string[], env: NodeJS.ProcessEnv): ChildProcess {
    const child = spawn(process.execPath, args, { env: { ...process.env, ...S3_CREDENTIALS, ...env } });
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (part: Buffer) => said.push(part.toString()));
    return child;
  }

  async function end(child: ChildProcess): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGTERM');
    await once(child, 'exit');
  }

  /** Rows of silver, as ingest counts them; null: few yet. */
  async function silverRows(): Promise<number | null> {
    const text = await (await fetch(`${urls.get('ingest')}/metrics`)).text();
    const counts = text.matchAll(/^gondola_silver_rows_total\{.*\} (\d+)/gm);
    const rows = [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
    return rows > 1_000 ? rows : null;
  }

  async function until<T>(look: () => Promise<T | null>): Promise<NonNullable<T>> {
    const endMs = performance.now() + LINE_MS_MAX * 0.8;
    for (;;) {
      const found = await look();
      if (found) return found;
      if (performance.now() > endMs) throw new Error(`it never comes: ${said.join('').slice(-4_000)}`);
      await sleep(200);
    }
  }
});

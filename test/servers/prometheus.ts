import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startChildServer } from './child-server.js';

const ROOT = join(import.meta.dirname, '../..');
/** Where Debian's packages are unpacked, see `.ci/run`. */
const PROGRAMS = process.env['GONDOLA_PROMETHEUS'] ?? join(ROOT, '.ci/prometheus/usr/bin');
const READY_MS_MAX = 180_000;

/** Debian's Alertmanager reads its templates from there and nowhere else. */
const TEMPLATES = '/usr/share/prometheus/alertmanager/default.tmpl';

const MISSING = ['prometheus', 'promtool', 'prometheus-alertmanager', 'amtool']
  .map((program) => join(PROGRAMS, program))
  .concat(TEMPLATES)
  .filter((file) => !existsSync(file));

/** A suite that needs Prometheus and Alertmanager, skipped with the reason where they are not. */
export function describeWithPrometheus(name: string, suite: () => void): void {
  if (MISSING.length === 0) describe(name, suite);
  else describe.skip(`${name} (no ${MISSING.join(', ')}: see .ci/run, or set GONDOLA_PROMETHEUS)`, suite);
}

export interface ToolResult {
  readonly code: number | null;
  /** Standard output and standard error. */
  readonly said: string;
}

/** Runs promtool or amtool to its end, with `input` to read. */
export function runTool(tool: 'promtool' | 'amtool', args: readonly string[], input = ''): ToolResult {
  const { status, stdout, stderr, error } = spawnSync(join(PROGRAMS, tool), args, {
    input,
    encoding: 'utf8',
  });
  if (error) throw error;
  return { code: status, said: stdout + stderr };
}

export interface MonitoringServer {
  readonly url: string;
  readonly port: number;
  stop(): Promise<void>;
}

/** `config` is YAML or JSON; rule files are named from `dir`. The database is in `dir/data`, and stays when it stops. */
export async function startPrometheus({
  config,
  dir,
  args = [],
}: {
  readonly config: string;
  readonly dir: string;
  readonly args?: readonly string[];
}): Promise<MonitoringServer> {
  const file = join(dir, 'prometheus.yaml');
  writeFileSync(file, config);
  const server = await startChildServer(join(PROGRAMS, 'prometheus'), (port) => [
    ...[`--config.file=${file}`, `--storage.tsdb.path=${join(dir, 'data')}`],
    ...[`--web.listen-address=127.0.0.1:${port}`, '--storage.tsdb.retention.time=10y', '--log.level=warn'],
    ...['--enable-feature=exemplar-storage', ...args],
  ]);
  return whenReady(server);
}

/** Alone, not one of a cluster. */
export async function startAlertmanager({
  config,
  dir,
}: {
  readonly config: string;
  readonly dir: string;
}): Promise<MonitoringServer> {
  const file = join(dir, 'alertmanager.yaml');
  writeFileSync(file, config);
  const server = await startChildServer(join(PROGRAMS, 'prometheus-alertmanager'), (port) => [
    ...[`--config.file=${file}`, `--storage.path=${join(dir, 'alertmanager')}`, '--log.level=warn'],
    ...[`--web.listen-address=127.0.0.1:${port}`, '--cluster.listen-address='],
  ]);
  return whenReady(server);
}

async function whenReady(server: { port: number; stop(): Promise<void> }): Promise<MonitoringServer> {
  const url = `http://127.0.0.1:${server.port}`;
  const endMs = performance.now() + READY_MS_MAX;
  while (!(await fetch(`${url}/-/ready`).catch(() => null))?.ok) {
    if (performance.now() > endMs) {
      await server.stop();
      throw new Error(`${url} is not ready`);
    }
    await sleep(100);
  }
  return { url, port: server.port, stop: () => server.stop() };
}

/** One alert of a message that Alertmanager sent. */
export interface ToldAlert {
  readonly status: 'firing' | 'resolved';
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** When the message came, by `performance.now()`. */
  readonly atMs: number;
}

export interface Webhook {
  readonly url: string;
  readonly told: readonly ToldAlert[];
  stop(): Promise<void>;
}

/** What Alertmanager's webhooks are sent to. */
export async function startWebhook(): Promise<Webhook> {
  const told: ToldAlert[] = [];
  const server = createServer((request, reply) => {
    let body = '';
    request.on('data', (part: Buffer) => (body += part.toString()));
    request.on('end', () => {
      const { alerts } = JSON.parse(body) as { alerts: Omit<ToldAlert, 'atMs'>[] };
      told.push(...alerts.map((alert) => ({ ...alert, atMs: performance.now() })));
      reply.end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const stop = async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  };
  return { url: `http://127.0.0.1:${port}/`, told, stop };
}

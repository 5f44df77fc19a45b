import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort, startChildServer, type RunningServer } from './child-server.js';

const jar =
  process.env['GONDOLA_APICURIO'] ?? join(import.meta.dirname, '../../.ci/apicurio/quarkus-run.jar');
const JAVA_MAJOR_MIN = 21;
const JVMS = '/usr/lib/jvm';
const READY_MS_MAX = 90_000;

export interface Apicurio extends RunningServer {
  /** Of Confluent's interface. */
  readonly url: string;
}

const java = newestJava();

/** Runs suites that need Apicurio Registry, or shows them as skipped and says what is missing. */
export function describeWithApicurio(name: string, suite: () => void): void {
  const missing = !existsSync(jar)
    ? `no Apicurio at ${jar}: .ci/run fetches it with Maven, or set GONDOLA_APICURIO`
    : `no Java ${JAVA_MAJOR_MIN} or later: set GONDOLA_JAVA`;
  if (existsSync(jar) && java !== null) describe(name, suite);
  else describe.skip(`${name} (${missing})`, suite);
}

/** An empty Apicurio Registry on free ports of loopback, its data in memory. Takes ten seconds or more. */
export async function startApicurio(): Promise<Apicurio> {
  // Its own would be open to everybody.
  const management = await freePort();
  const server = await startChildServer(java ?? 'java', (port) => [
    '-Xmx256m',
    '-XX:TieredStopAtLevel=1',
    '-Dquarkus.http.host=127.0.0.1',
    `-Dquarkus.http.port=${port}`,
    '-Dquarkus.management.host=127.0.0.1',
    `-Dquarkus.management.port=${management}`,
    '-jar',
    jar,
  ]);
  const url = `http://127.0.0.1:${server.port}/apis/ccompat/v7`;
  const endMs = performance.now() + READY_MS_MAX;
  while (!(await answers(url))) {
    if (performance.now() > endMs) {
      await server.stop();
      throw new Error(`${url} does not answer`);
    }
    await sleep(100);
  }
  return { ...server, url };
}

async function answers(url: string): Promise<boolean> {
  const response = await fetch(`${url}/subjects`).catch(() => null);
  return response?.ok ?? false;
}

/** Kafka's suites may run with an older one: each JDK of the machine is asked. */
function newestJava(): string | null {
  const installed = existsSync(JVMS) ? readdirSync(JVMS).map((name) => join(JVMS, name, 'bin/java')) : [];
  const home = process.env['JAVA_HOME'];
  const named = [process.env['GONDOLA_JAVA'], home && join(home, 'bin/java')].filter(
    (path) => path !== undefined,
  );
  const candidates = [...named, ...installed.filter((path) => existsSync(path)), 'java'];
  return candidates.find((path) => path !== '' && majorOf(path) >= JAVA_MAJOR_MIN) ?? null;
}

function majorOf(path: string): number {
  try {
    const text = execFileSync(path, ['--version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    return Number(/(\d+)/.exec(text)?.[1] ?? NaN);
  } catch {
    return NaN;
  }
}

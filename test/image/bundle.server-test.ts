import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { ROOT, runGondola } from '../run-gondola.js';
import { bundleInto } from './build.js';

const BUILD_MS_MAX = 600_000;

interface Bill {
  readonly bomFormat: string;
  readonly metadata: { readonly component: { readonly name: string; readonly version: string } };
  readonly components: readonly {
    readonly 'bom-ref': string;
    readonly purl: string;
    readonly licenses?: readonly unknown[];
    readonly hashes?: readonly unknown[];
  }[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

describe('the bundle', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gondola-bundle-'));
  const app = join(folder, 'app');
  const chunks = join(app, 'apps/gondola/dist');
  beforeAll(() => bundleInto(app, { SOURCE_MAPS: '1' }), BUILD_MS_MAX);
  afterAll(() => rmSync(folder, { recursive: true }));

  const run = (...args: string[]): string =>
    execFileSync(process.execPath, [join(app, 'gondola.mjs'), ...args], {
      cwd: folder,
      encoding: 'utf8',
      stdio: 'pipe',
    });

  it('has every command, with its files, and readers of every kind of contract', async () => {
    expect(run('help')).toBe((await runGondola(['help'])).stdout);
    expect(JSON.parse(run('doctor', '--json'))).toMatchObject({ command: 'doctor', ok: true });
    // Protobuf and JSON Schema: their libraries are loaded late.
    expect(JSON.parse(run('schemas', 'check', '--dir', join(ROOT, 'test/schemas'), '--json'))).toMatchObject({
      ok: true,
    });
    expect(run('api', '--help')).toContain('--config FILE');
    // What explanations quote.
    expect(readdirSync(join(app, 'deploy/runbooks'))).toContain('StoreFeedDead.md');
  });

  it('has all that it may load later, such as the clients of brokers and stores', () => {
    // These begin to run once they are loaded.
    const isProgram = (name: string) => name === 'main.js' || name === 'books-worker.js';
    const names = readdirSync(chunks).filter((name) => name.endsWith('.js') && !isProgram(name));
    const loads = names.map((name) => `await import('${join(chunks, name)}')`).join('\n');
    const program = `${loads}\nprocess.exit(0)`;
    execFileSync(process.execPath, ['--input-type=module', '--eval', program], {
      cwd: folder,
      stdio: 'pipe',
    });
  });

  it('has the worker thread of the api', async () => {
    const config = join(folder, 'api.json');
    writeFileSync(
      config,
      JSON.stringify({ environment: 'dev', lake: join(folder, 'lake'), http: { port: 0 } }),
    );
    const args = [join(app, 'gondola.mjs'), 'api', '--config', config];
    const api = spawn(process.execPath, args, { cwd: folder });
    const ended = new Promise((resolve) => api.on('close', resolve));
    const said = { text: '' };
    for (const stream of [api.stdout, api.stderr]) stream.on('data', (part) => (said.text += String(part)));
    try {
      let status = 0;
      for (let tries = 0; status !== 200 && tries < 2_000; tries++) {
        await new Promise((resolve) => setTimeout(resolve, 50));
        const url = /api runs: (\S+)/.exec(said.text)?.[1];
        if (url) ({ status } = await fetch(`${url}/insights`));
      }
      expect([status, said.text]).toEqual([200, expect.not.stringContaining('worker')]);
    } finally {
      api.kill();
      expect(await ended).toBe(0);
    }
  });

  it('has a bill of materials that names the packages in it, and no other', () => {
    const bill = JSON.parse(readFileSync(join(app, 'sbom.cdx.json'), 'utf8')) as Bill;
    expect(readFileSync(`${app}.cdx.json`, 'utf8')).toBe(readFileSync(join(app, 'sbom.cdx.json'), 'utf8'));
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
    expect(bill).toMatchObject({
      bomFormat: 'CycloneDX',
      metadata: { component: { name: 'gondola', version } },
    });
    const named = bill.components.map((component) => component['bom-ref']).sort();
    expect(named).toEqual(packagesIn(chunks));
    expect(named.some((name) => /^(jest|typescript|nx|eslint|azurite|rolldown)@/.test(name))).toBe(false);
    for (const late of [
      '@aws-sdk/client-kinesis',
      '@azure/event-hubs',
      'kafkajs',
      '@opentelemetry/sdk-trace',
    ])
      expect([late, named.some((name) => name.startsWith(`${late}@`))]).toEqual([late, true]);
    const refs = new Set([...named, `gondola@${version}`]);
    for (const { ref, dependsOn } of bill.dependencies)
      for (const one of [ref, ...dependsOn]) expect(refs).toContain(one);
    const others = bill.components.filter(({ purl }) => !purl.startsWith('pkg:npm/%40gondola/'));
    const licences = readFileSync(join(app, 'LICENSES.txt'), 'utf8');
    for (const { 'bom-ref': name, hashes, licenses } of others) {
      expect([name, hashes?.length, licenses?.length]).toEqual([name, 1, 1]);
      expect(licences).toContain(`${name} (`);
    }
  });
});

/** By the source maps of what is there: a line of a package's in a file, and the package is in the list, which is sorted. */
function packagesIn(chunks: string): string[] {
  const maps = readdirSync(chunks).filter((name) => name.endsWith('.js.map'));
  const sources = maps.flatMap(
    (name) => (JSON.parse(readFileSync(join(chunks, name), 'utf8')) as { sources: string[] }).sources,
  );
  const files = sources.map((source) => resolve(chunks, source)).filter((file) => existsSync(file));
  return [...new Set(files.map(packageOf))].sort();
}

function packageOf(file: string): string {
  for (let folder = dirname(file); folder !== ROOT; folder = dirname(folder)) {
    if (!existsSync(join(folder, 'package.json'))) continue;
    const about = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
      name?: string;
      version?: string;
    };
    if (about.name && about.version) return `${about.name}@${about.version}`;
  }
  throw new Error(`${file} is of no package`);
}

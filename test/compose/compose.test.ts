import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { apiConfigSchema } from '@gondola/api';
import { collectorConfigSchema } from '@gondola/collector';
import { readConfigFile } from '@gondola/config';
import { detectServiceConfigSchema } from '@gondola/detect-service';
import { ingestConfigSchema } from '@gondola/ingest';
import { ROOT } from '../run-gondola.js';
import { faultsOf, hashOf, readCompose, readDeploy, scrapesOf, type ComposeFile } from './faults.js';

const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
const SCHEMAS = {
  ingest: ingestConfigSchema,
  detect: detectServiceConfigSchema,
  api: apiConfigSchema,
  collector: collectorConfigSchema,
};
/** Where those listen that are not ours. */
const PORTS: Readonly<Record<string, number>> = {
  ...{ kafka: 9092, registry: 8080, store: 7070, prometheus: 9090, alertmanager: 9093, grafana: 3000 },
};

describe('deploy/compose.yaml', () => {
  const compose = readCompose();
  const portOf = (name: string): number | undefined =>
    name in SCHEMAS
      ? (readDeploy(`compose/${name}.yaml`) as { http: { port: number } }).http.port
      : PORTS[name];

  it('is well formed', () => {
    // Its services stand in the order in which events pass them.
    const rules = ['services-alphabetical-order', 'service-keys-order', 'top-level-properties-order'];
    const args = ['--max-warnings', '0', ...rules.flatMap((rule) => ['--disable-rule', rule])];
    const lint = join(ROOT, 'node_modules/.bin/dclint');
    execFileSync(lint, [join(ROOT, 'deploy/compose.yaml'), ...args], { stdio: 'pipe' });
  });

  it('names what is there, in versions, and opens nothing to others', () => {
    expect(faultsOf(compose, version)).toEqual([]);
  });

  it.each(Object.entries(SCHEMAS))('gives %s a configuration that it takes', (name, schema) => {
    const service = compose.services[name];
    expect(service?.command).toEqual([name, '--config', `/etc/gondola/${name}.yaml`]);
    expect(service?.volumes).toContain(`./compose/${name}.yaml:/etc/gondola/${name}.yaml:ro`);
    const config = readConfigFile(join(ROOT, `deploy/compose/${name}.yaml`), schema);
    expect(config).toMatchObject({ environment: 'dev', http: { host: '0.0.0.0', port: 8080 } });
  });

  it('speaks only to services that are there, where they listen', () => {
    const texts = ['ingest', 'detect', 'api', 'collector'].map((name) =>
      JSON.stringify(readDeploy(`compose/${name}.yaml`)),
    );
    const said = [...texts, JSON.stringify(readDeploy('compose/prometheus.yaml'))].join();
    const datasource = JSON.stringify(readDeploy('compose/grafana-datasource.yaml'));
    const ours = Object.values(compose.services).filter(({ image }) => image?.startsWith('gondola:'));
    const asked = JSON.stringify(ours.map(({ command, environment }) => [command, environment]));
    const addresses = [...`${said}${datasource}${asked}`.matchAll(/\b([a-z]+):(\d{4})\b/g)];
    const reached = new Set(
      addresses.map(([, name = '', port]) => {
        expect([name, portOf(name)]).toEqual([name, Number(port)]);
        return name;
      }),
    );
    expect([...reached].sort()).toEqual([
      'alertmanager',
      'api',
      'collector',
      'detect',
      'ingest',
      'kafka',
      'prometheus',
      'registry',
      'store',
    ]);
  });

  it('scrapes what production scrapes, and publishes what services listen on', () => {
    const jobs = (path: string) => scrapesOf(path).map(({ job_name }) => job_name);
    expect(jobs('compose/prometheus.yaml')).toEqual(jobs('prometheus/dev/prometheus.yaml'));
    for (const [name, { ports = [] }] of Object.entries(compose.services))
      for (const port of ports) expect([name, Number(port.split(':')[2])]).toEqual([name, portOf(name)]);
  });

  it('gives the shops a key that the collector knows', () => {
    const [entry] = readDeploy('compose/producers.yaml') as { keyHash: string; environment: string }[];
    const key = compose.services['shops']?.environment?.['PRODUCER_KEY'] ?? '';
    expect([entry?.environment, entry?.keyHash]).toEqual(['dev', hashOf(key)]);
  });

  it.each<[string, RegExp, (services: Record<string, object>) => void]>([
    [
      'a newest image',
      /grafana: image .* of no version/,
      (s) => Object.assign(s['grafana'] ?? {}, { image: 'grafana/grafana:latest' }),
    ],
    [
      'an old image of ours',
      /api: image gondola:0\.0\.1/,
      (s) => Object.assign(s['api'] ?? {}, { image: 'gondola:0.0.1' }),
    ],
    [
      'a port for everybody',
      /kafka: port 9092:9092 is open/,
      (s) => Object.assign(s['kafka'] ?? {}, { ports: ['9092:9092'] }),
    ],
    [
      'who is not there',
      /ingest: depends on kafca/,
      (s) => Object.assign(s['ingest'] ?? {}, { depends_on: { kafca: { condition: 'service_started' } } }),
    ],
    [
      'waiting for nothing',
      /api: waits for the health of shops/,
      (s) => Object.assign(s['api'] ?? {}, { depends_on: { shops: { condition: 'service_healthy' } } }),
    ],
    [
      'a file that is not there',
      /detect: \.\/compose\/detct\.yaml/,
      (s) => Object.assign(s['detect'] ?? {}, { volumes: ['./compose/detct.yaml:/x:ro'] }),
    ],
    [
      'a volume that is not there',
      /store: volume lake/,
      (s) => Object.assign(s['store'] ?? {}, { volumes: ['lake:/data'] }),
    ],
  ])('%s would be found', (_, fault, plant) => {
    const copy = structuredClone(compose) as { services: Record<string, object> };
    plant(copy.services);
    expect(faultsOf(copy as unknown as ComposeFile, version)).toEqual([expect.stringMatching(fault)]);
  });
});

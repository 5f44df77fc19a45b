import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { ROOT } from '../run-gondola.js';

const DEPLOY = join(ROOT, 'deploy');
const RUNS_BY_ITSELF = 'gondola';

interface ComposeService {
  readonly image?: string;
  readonly command?: readonly string[];
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly healthcheck?: { readonly disable?: boolean };
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
}

export interface ComposeFile {
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

export interface ScrapeConfig {
  readonly job_name: string;
  readonly static_configs: readonly { readonly targets: readonly string[] }[];
}

export const readCompose = (): ComposeFile =>
  parse(readFileSync(join(DEPLOY, 'compose.yaml'), 'utf8'), { merge: true }) as ComposeFile;

export const readDeploy = (path: string): unknown => parse(readFileSync(join(DEPLOY, path), 'utf8'));

export const scrapesOf = (path: string): readonly ScrapeConfig[] =>
  (readDeploy(path) as { scrape_configs: ScrapeConfig[] }).scrape_configs;

/** What a linter of compose files does not see, a line each; none is as it should be. `version`: of the images made here. */
export function faultsOf({ services, volumes }: ComposeFile, version: string): string[] {
  return Object.entries(services).flatMap(([name, service]) =>
    [
      ...imageFaults(service, version),
      ...(service.ports ?? []).map((port) => (port.startsWith('127.0.0.1:') ? '' : `port ${port} is open`)),
      ...dependsFaults(service, services),
      ...(service.volumes ?? []).map((volume) => volumeFault(volume, volumes)),
      service.healthcheck ? '' : 'has no health check',
    ]
      .filter((fault) => fault !== '')
      .map((fault) => `${name}: ${fault}`),
  );
}

function imageFaults({ image = '' }: ComposeService, version: string): string[] {
  const [, name = image, tag = ''] = /^(.+):([^:/]+)$/.exec(image) ?? [];
  if (!/^v?\d+\.\d+\.\d+$/.test(tag)) return [`image ${image} is of no version`];
  return name === RUNS_BY_ITSELF && tag !== version ? [`image ${image} is not ${version}`] : [];
}

function dependsFaults({ depends_on }: ComposeService, services: ComposeFile['services']): string[] {
  return Object.entries(depends_on ?? {}).map(([name, { condition }]) => {
    const other = services[name];
    if (!other) return `depends on ${name}, which is not there`;
    const isChecked = other.healthcheck !== undefined && other.healthcheck.disable !== true;
    return condition === 'service_healthy' && !isChecked ? `waits for the health of ${name}` : '';
  });
}

function volumeFault(volume: string, volumes: ComposeFile['volumes']): string {
  const [from = '', , mode] = volume.split(':');
  if (!from.startsWith('.')) return from in volumes ? '' : `volume ${from} is not there`;
  if (!existsSync(join(DEPLOY, from))) return `${from} is not there`;
  return mode === 'ro' ? '' : `${from} can be written`;
}

/** SHA-256, as the collector's file of keys has it. */
export const hashOf = (key: string): string => createHash('sha256').update(key).digest('hex');

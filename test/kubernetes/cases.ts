import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { CHART, ENVIRONMENTS, type Environment, type Values } from './chart.js';
import { STREAMS } from './streams.js';

interface Case {
  readonly environment: Environment;
  readonly title: string;
  readonly values: Values;
}

/** All that is off by default, and can be on. */
const everything = (environment: Environment): Values => ({
  tracing: { endpoint: 'http://otel.observability:4318', sampleRatio: 0.01 },
  registry: { kind: 'glue', region: 'eu-west-1' },
  monitoring: { enabled: true, labels: { release: 'prometheus' } },
  quota: { enabled: true, cpu: '96', memory: '192Gi', pods: 300 },
  priorityClassName: 'retail',
  nodeSelector: { pool: 'retail' },
  tolerations: [{ key: 'retail', operator: 'Exists' }],
  podAnnotations: { 'example.org/contact': 'retail-data' },
  image: { pullSecrets: ['registry'], digest: `sha256:${'0123456789abcdef'.repeat(4)}` },
  api: {
    takesVerdicts: true,
    replaysQuarantine: true,
    expose: route(`api.${environment}.example.org`),
  },
  collector: { expose: route(`events.${environment}.example.org`) },
  secrets: {
    masking: {
      secretName: `acme-masking-${environment}-euw1-01`,
      services: ['ingest', 'reconcile', 'api'],
      files: ['masking.key'],
    },
  },
  upkeep: {
    tasks: {
      expire: { enabled: true, days: { bronze: 90 } },
      train: { enabled: true },
      silences: { enabled: true, config: { alertmanager: { url: 'http://alertmanager.monitoring:9093' } } },
    },
  },
  networkPolicy: {
    destinations: {
      tracing: {
        services: ['ingest', 'detect', 'api', 'collector'],
        namespace: 'observability',
        podLabels: { app: 'otel' },
        ports: [4318],
      },
    },
  },
});

const route = (host: string) => ({
  by: 'httproute',
  host,
  gateway: { name: 'public', namespace: 'gateways' },
});

const off = { enabled: false };
/** The line alone, without what may be left out. */
const least: Values = {
  api: off,
  collector: off,
  monitoring: off,
  quota: off,
  upkeep: { tasks: { compact: off, vacuum: off, expire: off, reconcile: off, train: off, silences: off } },
};

const cpuDecides = { autoscaling: { mode: 'hpa', minReplicas: 2, maxReplicas: 4 } };

/** What the chart shows beside the values of prod. */
const examples: readonly Case[] = readdirSync(join(CHART, 'examples')).map((file) => ({
  environment: 'prod',
  title: `the example ${file}`,
  values: parse(readFileSync(join(CHART, 'examples', file), 'utf8')) as Values,
}));

/** Each environment as its file has it, with each kind of stream, and with other choices that matter to promises. */
export const CASES: readonly Case[] = ENVIRONMENTS.flatMap((environment): Case[] => [
  { environment, title: 'as it is', values: {} },
  ...Object.entries(STREAMS).map(([kind, valuesOf]) => ({
    environment,
    title: kind,
    values: valuesOf(environment),
  })),
  { environment, title: 'CPU deciding', values: { ingest: cpuDecides, detect: cpuDecides } },
  { environment, title: 'everything on', values: everything(environment) },
  { environment, title: 'the least', values: least },
]).concat(examples);

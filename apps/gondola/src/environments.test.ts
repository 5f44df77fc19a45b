import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { apiConfigSchema } from '@gondola/api';
import { collectorConfigSchema } from '@gondola/collector';
import { parseConfig } from '@gondola/config';
import { detectServiceConfigSchema } from '@gondola/detect-service';
import { ingestConfigSchema } from '@gondola/ingest';
import { SetupError } from '@gondola/stream';
import type { z } from 'zod';
import { CONFIGS, MARK } from '../test/environment-configs.js';
import { COMMANDS } from './commands.js';
import { silencesConfigSchema } from './silences/silences.config.js';
import { upConfigSchema } from './up.config.js';
import { registryConfigOf } from './schemas/options.js';

const SCHEMAS: Readonly<Record<string, z.ZodType>> = {
  ingest: ingestConfigSchema,
  detect: detectServiceConfigSchema,
  api: apiConfigSchema,
  collector: collectorConfigSchema,
  up: upConfigSchema,
  silences: silencesConfigSchema,
};

/** Fields of text that name nothing of an environment, and why. */
const NO_NAMES: readonly RegExp[] = [
  /^environment$/,
  // What others run for everybody: regions, who signs tokens.
  /(^|\.)region$/,
  /\.(oauth|clientCredentials)\.(endpoint|scope|logicalCluster|identityPoolId)$/,
  // Of events and contracts, which are the same everywhere; models are promoted from one environment to another.
  /(^|\.)defaultSubject$/,
  /^model$/,
  // What tokens call their fields; machines before us.
  /^access\.(oidc\.(\w+Claim|scopePrefix)|proxies\.\*)$/,
  // Ours alone: where we listen, what time it is, by which lot.
  /^http\.host$/,
  /^detection\.(timeZone|holdOut\.salt)$|^checks\.salt$/,
  /(^|\.)startAt$/,
  /^lake\.pathStyle$/,
  // Models of others, the same for everybody.
  /^explain\.model\.(model|apiVersion)$/,
  // Of alerts, stores and teams, within one environment.
  /^maintenance\.\*\./,
  /^webhooks\.(hosts\.\*|privateNetworks\.\*|subscriptions\.\*\.stores\.\*)$/,
  // Held against their own schemas.
  /^(ingest|detect|api|collector)\.\*$/,
];

/** What a name must carry its environment for, in qa and prod. */
const MUST: readonly RegExp[] = [
  /^(stream|validated|verdicts\.stream)\.(name|namespace|consumerName|consumerGroup)$/,
  /^(stream|validated|verdicts\.stream)\.(leases\.tablePrefix|checkpointStore\.container)$/,
  /^(reference\.\*\.name|detection\.sumsStream|registry\.namespace|lineage\.namespace)$/,
];
const mustOf = (service: string, path: string): boolean =>
  MUST.some((one) => one.test(path)) || (service === 'detect' && path === 'stream.signals');

/** Paths of the fields of text of a schema, `*` for each of a list. */
function* textsOf(schema: z.core.$ZodType, path = ''): Generator<string> {
  const { def } = schema._zod as unknown as { def: Record<string, unknown> & { type: string } };
  const inner = (one: unknown, step = '') =>
    textsOf(one as z.core.$ZodType, path === '' ? step : step === '' ? path : `${path}.${step}`);
  switch (def.type) {
    case 'string':
    case 'unknown':
      return yield path;
    case 'object':
      for (const [name, field] of Object.entries(def['shape'] as object)) yield* inner(field, name);
      return;
    case 'array':
      return yield* inner(def['element'], '*');
    case 'record':
      return yield* inner(def['valueType'], '*');
    case 'union':
      for (const option of def['options'] as unknown[]) yield* inner(option);
      return;
    case 'optional':
    case 'nullable':
    case 'default':
    case 'prefault':
      return yield* inner(def['innerType']);
    case 'pipe':
      yield* inner(def['in']);
      return yield* inner(def['out']);
    case 'number':
    case 'boolean':
    case 'enum':
    case 'literal':
    case 'transform':
      return;
    default:
      throw new Error(`${path}: this test does not know schemas of type ${def.type}`);
  }
}

/** Every text with the mark: where, as its schema calls it, and the value with everything filled in but it. */
function* markedOf(value: unknown, steps: readonly string[] = []): Generator<readonly string[]> {
  if (typeof value === 'string' && value.includes(MARK) && steps[0] !== 'environment') yield steps;
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) yield* markedOf(inner, [...steps, key]);
}

/** The configuration of `environment`, where the text at `odd` has another word than that. */
function filled(config: unknown, environment: string, odd?: readonly string[], word = ''): unknown {
  if (typeof config === 'string') return config.replaceAll(MARK, odd?.length === 0 ? word : environment);
  if (typeof config !== 'object' || config === null) return config;
  const entries = Object.entries(config).map(([key, value]): [string, unknown] => [
    key,
    filled(value, environment, odd?.[0] === key ? odd.slice(1) : undefined, word),
  ]);
  return Array.isArray(config) ? entries.map(([, value]) => value) : Object.fromEntries(entries);
}

const patternOf = (steps: readonly string[]) =>
  steps.map((step) => (/^\d+$/.test(step) ? '*' : step)).join('.');
/** As errors name it. */
const fieldOf = (steps: readonly string[]) => (steps[0] === 'lake' ? 'lake' : steps.join('.'));

function faultOf(service: string, config: unknown): unknown {
  try {
    parseConfig(service, SCHEMAS[service], config);
    return null;
  } catch (error) {
    return error;
  }
}

const PAIRS = [
  ['qa', 'prod'],
  ['prod', 'qa'],
  ['prod', 'dev'],
  ['dev', 'prod'],
] as const;

describe.each(Object.keys(SCHEMAS))('the environment of %s', (service) => {
  const configs = CONFIGS[service];

  it('stands in every field that the schema has, or the field is said to name nothing', () => {
    const known = new Set(configs.flatMap((config) => [...markedOf(config)].map(patternOf)));
    const texts = new Set(textsOf(SCHEMAS[service]));
    const undecided = [...texts].filter(
      (path) => !known.has(path) && !NO_NAMES.some((one) => one.test(path)),
    );
    // A new field of text: add it to RESOURCES (libs/config) and to test/environment-configs.ts, or to NO_NAMES above.
    expect(undecided).toEqual([]);
    expect([...known].filter((path) => !texts.has(path))).toEqual([]);
  });

  it.each(['dev', 'qa', 'prod'])('is accepted where everything is of %s', (environment) => {
    for (const config of configs) expect(faultOf(service, filled(config, environment))).toBeNull();
  });

  it.each(PAIRS)('%s: nothing of %s is accepted, and the field is named', (environment, other) => {
    for (const config of configs)
      for (const steps of markedOf(config)) {
        const fault = faultOf(service, filled(config, environment, steps, other));
        expect(fault).toBeInstanceOf(SetupError);
        expect(fault).toMatchObject({ code: 'environment_mismatch' });
        const lines = String((fault as Error).message)
          .split('\n')
          .slice(1);
        expect(lines).toHaveLength(1);
        expect(lines[0]).toMatch(
          new RegExp(`^  ${fieldOf(steps).replaceAll('.', '\\.')}: .* is of ${other};`),
        );
      }
  });

  it.each(['qa', 'prod', 'production'])('%s: what is shared has to say so', (environment) => {
    for (const config of configs)
      for (const steps of markedOf(config)) {
        const fault = faultOf(service, filled(config, environment, steps, 'x1x'));
        if (mustOf(service, patternOf(steps)))
          expect((fault as Error).message).toContain(`${fieldOf(steps)}: `);
        else expect(fault).toBeNull();
      }
  });

  it.each(['dev', 'local'])('%s: nothing has to say so', (environment) => {
    for (const config of configs)
      for (const steps of markedOf(config))
        expect(faultOf(service, filled(config, environment, steps, 'x1x'))).toBeNull();
  });
});

it.each([
  ['s3://retail-lake/gondola', false],
  ['az://lake?account=shopslake', false],
  ['s3://acme-lake-prod-euw1-01', true],
  ['s3://retail-lake/prod', true],
  ['az://lake?account=acmelakeprodweu01', true],
  ['/data/lake', true],
  ['/mnt/qa/lake', false],
])('a lake of prod at %s: %s', (lake, isAccepted) => {
  const fault = faultOf('api', { environment: 'prod', lake });
  if (isAccepted) expect(fault).toBeNull();
  else
    expect(fault).toMatchObject({ code: 'environment_mismatch', message: expect.stringContaining('lake: ') });
});

it('a registry on the command line is of dev unless one says whose it is', () => {
  const registry = 'https://registry-prod.acme.com';
  expect(registryConfigOf({ registry, environment: 'prod' })).toMatchObject({ urls: [registry] });
  for (const other of [{}, { environment: 'qa' }])
    expect(() => registryConfigOf({ registry, ...other })).toThrow(
      expect.objectContaining({ code: 'environment_mismatch' }),
    );
});

describe('commands', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gondola-environments-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const context = { progress() {}, say() {}, signal: new AbortController().signal };
  const LAKE = 's3://acme-lake-prod-euw1-01';
  /** What a command asks for before it looks at the lake. */
  const ARGUMENTS: Readonly<Record<string, { positionals?: string[]; values?: Record<string, string> }>> = {
    models: { positionals: ['list'] },
    quarantine: { positionals: ['list'] },
    'explain-signal': { positionals: ['id'] },
    train: { values: { out: join(folder, 'model.json') } },
    schemas: { values: { out: join(folder, 'docs') } },
    replay: { positionals: [import.meta.filename], values: { as: 'events' } },
    expire: { values: { table: 'bronze', days: '30' } },
  };
  /** Of commands with a configuration. */
  const VERB_OF: Readonly<Record<string, string[]>> = {
    quarantine: ['replay'],
    schemas: ['docs'],
    webhooks: ['list'],
  };
  const SCHEMA_OF: Readonly<Record<string, string>> = {
    detect: 'detect',
    api: 'api',
    collector: 'collector',
    webhooks: 'api',
  };

  it.each(Object.keys(COMMANDS))('%s refuses the lake or the configuration of another', async (name) => {
    const command = await COMMANDS[name]();
    const { options } = command;
    const { positionals = [], values = {} } = ARGUMENTS[name] ?? {};
    const defaults = Object.fromEntries(Object.entries(options).map(([key, one]) => [key, one.default]));
    const run = (given: Record<string, string>, words = positionals) =>
      command.run({ positionals: words, values: { ...defaults, ...given } }, context);
    const refusal = {
      name: 'SetupError',
      code: 'environment_mismatch',
      message: expect.stringMatching(/ lake: /),
    };
    if ('lake' in options) {
      expect(options).toHaveProperty('environment');
      await expect(run({ ...values, lake: LAKE, environment: 'qa' })).rejects.toMatchObject(refusal);
    }
    if ('from-environment' in options)
      for (const [from, to] of [
        ['s3://acme-lake-dev-euw1-01', LAKE],
        [LAKE, 's3://acme-lake-dev-euw1-01'],
      ]) {
        const lakes = { from, to, 'from-environment': 'qa', 'to-environment': 'dev' };
        await expect(run(lakes)).rejects.toMatchObject(refusal);
      }
    if (!('config' in options)) return;
    const service = SCHEMA_OF[name] ?? (name === 'up' || name === 'silences' ? name : 'ingest');
    const config = CONFIGS[service].find((one) => JSON.stringify(one).includes('"lake":{"store":"s3"'));
    const file = join(folder, `${name}.yaml`);
    writeFileSync(file, JSON.stringify(filled({ ...config, lake: LAKE }, 'qa')));
    const words = VERB_OF[name] ?? [];
    await expect(run({ ...values, config: file }, words)).rejects.toMatchObject(refusal);
  });
});

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { apiConfigSchema } from '@gondola/api';
import { collectorConfigSchema } from '@gondola/collector';
import { parseConfig, readConfigFile } from '@gondola/config';
import { detectServiceConfigSchema } from '@gondola/detect-service';
import { ingestConfigSchema } from '@gondola/ingest';
import { namedSchemas } from '@gondola/schema-registry';
import type { z } from 'zod';
import { silencesConfigSchema } from './silences/silences.config.js';
import { upConfigSchema } from './up.config.js';

const folder = join(import.meta.dirname, '../../../deploy/config');
const schemas: Record<string, z.ZodType> = {
  ingest: ingestConfigSchema,
  detect: detectServiceConfigSchema,
  api: apiConfigSchema,
  collector: collectorConfigSchema,
  up: upConfigSchema,
  silences: silencesConfigSchema,
};

describe.each(Object.entries(schemas))('configuration of %s', (name, schema) => {
  const file = (kind: string) => join(folder, `${name}.${kind}.yaml`);

  it('has a minimal and a reference file that load', () => {
    for (const kind of ['minimal', 'reference']) {
      expect(existsSync(file(kind))).toBe(true);
      readConfigFile(file(kind), schema);
    }
  });

  it('has no default but those that the reference file shows', () => {
    const { demo: _, ...minimal } = readConfigFile(file('minimal'), schema) as Record<string, unknown>;
    const { demo: __, ...reference } = readConfigFile(file('reference'), schema) as Record<string, unknown>;
    expect(reference).toEqual(minimal);
  });

  it('refuses an unknown field and names it', () => {
    const minimal = readConfigFile(file('minimal'), schema) as object;
    expect(() => parseConfig(name, schema, { ...minimal, speeed: 1 })).toThrow(/speeed: no such field/);
  });
});

it.each(['kafka', 'kinesis', 'event-hubs'])('an example of ingest from %s loads', (broker) => {
  const config = readConfigFile(join(folder, `ingest.${broker}.yaml`), ingestConfigSchema);
  expect(config.stream.broker).toBe(broker);
});

describe('examples of qa and prod', () => {
  const files = readdirSync(join(folder, 'environments/prod'));
  const textOf = (environment: string, file: string) =>
    readFileSync(join(folder, 'environments', environment, file), 'utf8');

  it.each(files)('%s loads, and differs by the environment alone', (file) => {
    for (const environment of ['qa', 'prod'])
      readConfigFile(join(folder, 'environments', environment, file), schemas[file.replace('.yaml', '')]);
    expect(textOf('qa', file)).toBe(textOf('prod', file).replaceAll('prod', 'qa'));
  });

  it('are of every service', () => {
    expect(files.map((file) => file.replace('.yaml', '')).sort()).toEqual(
      Object.keys(schemas)
        .filter((name) => name !== 'up')
        .sort(),
    );
    expect(readdirSync(join(folder, 'environments/qa'))).toEqual(files);
  });
});

it('an example of ingest with a registry elsewhere loads', () => {
  const config = readConfigFile(join(folder, 'ingest.registry.yaml'), ingestConfigSchema);
  expect(config.registry).toMatchObject({ kind: 'confluent', name: 'confluent', deadlineMs: 5_000 });
});

it('an example of ingest of an own subject loads, with its contract', () => {
  const config = readConfigFile(join(folder, 'ingest.own-subject.yaml'), ingestConfigSchema);
  const named = namedSchemas(join(folder, '../..', config.schemas ?? ''));
  expect([...named]).toEqual([[config.defaultSubject, { subject: 'pos_avro-value', version: 1 }]]);
});

it.each([
  [
    { kind: 'confluent', urls: ['https://me:secret@registry'] },
    /registry\.urls\.0: must not hold a user or password/,
  ],
  [{ kind: 'confluent', urls: [] }, /registry\.urls/],
  [{ kind: 'consul' }, /registry\.kind/],
])('a registry %j is refused without showing a secret', (registry, message) => {
  const minimal = readConfigFile(join(folder, 'ingest.minimal.yaml'), ingestConfigSchema);
  const parse = () => parseConfig('ingest', ingestConfigSchema, { ...minimal, registry });
  expect(parse).toThrow(message);
  expect(parse).not.toThrow(/secret/);
});

it('names the field, what it was and what it may be', () => {
  const raw = {
    environment: 'Prod!',
    lake: 'x',
    stream: { file: 'y', partitions: 0 },
    masking: { keyFile: 'k' },
  };
  expect(() => parseConfig('ingest', ingestConfigSchema, raw)).toThrow(
    /environment: must be 1 to 32 of a-z, 0-9 and -; it was "Prod!"\n.*stream\.partitions: .*>=1; it was 0/s,
  );
});

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { SCHEMA_PATH, schemaText } from './generate.js';
import type { JsonSchema } from './json-schema.js';
import { valuesSchema } from './values-schema.js';

const ROOT = join(import.meta.dirname, '../../../..');

it('values.schema.json is what `npm run chart` makes', () => {
  expect(readFileSync(join(ROOT, SCHEMA_PATH), 'utf8')).toBe(schemaText());
});

/** Every object of the schema that has properties, by its path. */
function objectsOf(value: unknown, path: string): [string, JsonSchema][] {
  if (typeof value !== 'object' || value === null) return [];
  const own: [string, JsonSchema][] =
    'type' in value && value.type === 'object' ? [[path, value as JsonSchema]] : [];
  return [...own, ...Object.entries(value).flatMap(([key, part]) => objectsOf(part, `${path}.${key}`))];
}

it('no object takes what it does not know', () => {
  const open = objectsOf(valuesSchema(), 'values')
    .filter(([, schema]) => !('additionalProperties' in schema) && schema['maxProperties'] !== 0)
    .map(([path]) => path);
  // What a parent chart calls global is not this one's to judge.
  expect(open).toEqual(['values.properties.global']);
});

it.each(['ingest', 'detect', 'api', 'collector'])('%s is not told itself what the chart says', (service) => {
  const { properties } = valuesSchema() as {
    properties: Record<string, { properties: { config: JsonSchema } }>;
  };
  const config = properties[service]?.properties.config['properties'] as Record<string, JsonSchema>;
  for (const field of ['environment', 'lake', 'tracing']) expect(config).not.toHaveProperty(field);
  for (const field of ['host', 'port', 'drainMs'])
    expect(config['http']?.['properties']).not.toHaveProperty(field);
});

it('the chart is of the version of the program', () => {
  const chart = parse(readFileSync(join(ROOT, 'helm/gondola/Chart.yaml'), 'utf8')) as Record<string, unknown>;
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
  expect([chart['version'], chart['appVersion']]).toEqual([version, version]);
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { environmentField, lakeField, parseConfig, streamFields } from '../index.js';

const folder = mkdtempSync(join(tmpdir(), 'gondola-connections-'));
const before = { ...process.env };
afterEach(() => void (process.env = { ...before }));
afterAll(() => rmSync(folder, { recursive: true }));

const schema = z.strictObject({
  environment: environmentField,
  lake: lakeField.optional(),
  stream: streamFields.optional(),
});
const hubs = (namespace: string) =>
  `Endpoint=sb://${namespace}.servicebus.windows.net/;SharedAccessKeyName=x;SharedAccessKey=hunter2`;
const storage = (account: string) =>
  `DefaultEndpointsProtocol=https;AccountName=${account};AccountKey=hunter2;EndpointSuffix=core.windows.net`;
function fileOf(text: string): string {
  const path = join(folder, 'connection');
  writeFileSync(path, text);
  return path;
}

const name = 'acme-events-prod-weu-01';
const byFile = (text: string) => ({ broker: 'event-hubs', name, connectionStringFile: fileOf(text) });
const byKafka = (text: string) => ({
  ...{ broker: 'kafka', name, bootstrap: ['hubs:9093'] },
  sasl: { mechanism: 'event-hubs', connectionStringFile: fileOf(text) },
});
const byVariable = (text: string) => {
  process.env['EVENTHUBS_CONNECTION_STRING'] = text;
  return { broker: 'event-hubs', name };
};

describe.each([
  ['stream.connectionStringFile', byFile],
  ['stream.sasl.connectionStringFile', byKafka],
  ['stream.EVENTHUBS_CONNECTION_STRING', byVariable],
])('the namespace of %s', (field, streamOf) => {
  const act = (namespace: string) => () =>
    parseConfig('ingest', schema, { environment: 'prod', stream: streamOf(hubs(namespace)) });

  it('is the environment’s own', () => {
    expect(act('acme-events-prod-weu-01')).not.toThrow();
  });

  it.each([
    ['acme-events-dev-weu-01', 'is of dev'],
    ['shops', 'does not say whose it is'],
  ])('%s is refused, and nothing secret is shown', (namespace, why) => {
    expect(act(namespace)).toThrow(`${field}: ${namespace}.servicebus.windows.net ${why}`);
    expect(act(namespace)).not.toThrow('hunter2');
  });
});

it('an account in a connection string is as one in the address', () => {
  const lake = 'az://acme-lake-dev-weu-01/x';
  const act = () => parseConfig('api', schema, { environment: 'dev', lake });
  process.env['AZURE_STORAGE_CONNECTION_STRING'] = storage('acmelakedevweu01');
  expect(act).not.toThrow();
  process.env['AZURE_STORAGE_CONNECTION_STRING'] = storage('acmelakeprodweu01');
  expect(act).toThrow('lake.AZURE_STORAGE_CONNECTION_STRING: acmelakeprodweu01 is of prod');
  expect(act).not.toThrow('hunter2');
});

it('what cannot be read is left to whoever opens it', () => {
  const stream = { ...byFile(''), connectionStringFile: join(folder, 'none') };
  for (const one of [stream, byFile('garbage')])
    expect(() => parseConfig('ingest', schema, { environment: 'prod', stream: one })).not.toThrow();
});

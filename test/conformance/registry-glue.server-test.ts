import { createGlueRegistry } from '@gondola/registry-glue';
import { AWS_CREDENTIALS } from '../servers/aws.js';
import type { RunningServer } from '../servers/child-server.js';
import { describeWithMoto, startMoto } from '../servers/moto.js';

const TEXT = '{"type":"record","name":"Sale","fields":[{"name":"id","type":"string"}]}';

describeWithMoto('AWS Glue', () => {
  const signal = new AbortController().signal;
  const before = { ...process.env };
  let server: RunningServer & { readonly endpoint: string };

  beforeAll(async () => {
    Object.assign(process.env, AWS_CREDENTIALS);
    server = await startMoto();
  }, 300_000);
  afterAll(async () => {
    process.env = before;
    await server.stop();
  });

  async function glue<T>(operation: string, body: object): Promise<T> {
    const answer = await fetch(server.endpoint, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': `AWSGlue.${operation}`,
        authorization:
          'AWS4-HMAC-SHA256 Credential=gondola-test/20260101/eu-west-1/glue/aws4_request, SignedHeaders=host, Signature=0',
      },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${operation}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as T;
  }
  const open = () => createGlueRegistry({ region: 'eu-west-1', endpoint: server.endpoint });

  test('gives a schema by the id of its version, named as it is there', async () => {
    await glue('CreateRegistry', { RegistryName: 'shops' });
    const created = await glue<{ SchemaVersionId: string }>('CreateSchema', {
      RegistryId: { RegistryName: 'shops' },
      SchemaName: 'till.sale',
      DataFormat: 'AVRO',
      Compatibility: 'BACKWARD',
      SchemaDefinition: TEXT,
    });
    expect(await open().find(created.SchemaVersionId.toLowerCase(), signal)).toEqual({
      kind: 'avro',
      text: TEXT,
      names: [{ subject: 'till.sale', version: 1 }],
      references: [],
    });
    const idOf = (subject: string, version: number) => open().idOf({ subject, version }, signal);
    expect(await idOf('shops/till.sale', 1)).toBe(created.SchemaVersionId);
    expect(await idOf('shops/till.sale', 2)).toBeNull();
    expect(await idOf('till.sale', 1)).toBeNull();
  });

  test('says that there is none, also for ids that cannot be its own', async () => {
    expect(await open().find('00000000-0000-4000-8000-000000000000', signal)).toBeNull();
    expect(await open().find(17, signal)).toBeNull();
    expect(await open().find('0123456789abcdef0123456789abcdef', signal)).toBeNull();
  });

  test('does not answer', async () => {
    const dead = createGlueRegistry({ region: 'eu-west-1', endpoint: 'http://127.0.0.1:1' });
    await expect(dead.find('00000000-0000-4000-8000-000000000000', signal)).rejects.toMatchObject({
      code: 'registry_unavailable',
      canRetry: true,
    });
  });
});

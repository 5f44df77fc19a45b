import { createAzureRegistry } from '@gondola/registry-azure';
import { describeWithOpenssl, startAzureSchemas, type AzureSchemas } from '../servers/azure-schemas.js';

const TEXT = '{"type":"record","name":"Sale","fields":[{"name":"id","type":"string"}]}';
const ID = '0123456789abcdef0123456789abcdef';
const JSON_ID = 'f'.repeat(32);

describeWithOpenssl('Azure Schema Registry (a look-alike of its two requests)', () => {
  const signal = new AbortController().signal;
  let server: AzureSchemas;
  let status = 200;

  beforeAll(async () => {
    const schema = { name: 'till.sale', group: 'shops', version: 3, text: TEXT };
    server = await startAzureSchemas(
      { [ID]: { ...schema, format: 'Avro' }, [JSON_ID]: { ...schema, format: 'Json' } },
      () => status,
    );
  });
  beforeEach(() => {
    status = 200;
  });
  afterAll(() => server.stop());

  const open = () =>
    createAzureRegistry(server, {
      credential: {
        getToken: async () => ({ token: 'a-token', expiresOnTimestamp: Date.now() + 3_600_000 }),
      },
      options: { tlsOptions: { ca: server.ca } },
    });

  test('gives a schema by its id', async () => {
    expect(await open().find(ID, signal)).toEqual({
      kind: 'avro',
      text: TEXT,
      names: [{ subject: 'till.sale', version: 3 }],
      references: [],
    });
    expect(await open().find(JSON_ID, signal)).toMatchObject({ kind: 'json' });
    expect(server.seen).toContain('200 Bearer a-token');
  });

  test('gives the id of a version of a schema of a group', async () => {
    expect(await open().idOf({ subject: 'shops/till.sale', version: 3 }, signal)).toBe(ID);
    expect(await open().idOf({ subject: 'shops/till.sale', version: 4 }, signal)).toBeNull();
    await expect(open().idOf({ subject: 'till.sale', version: 3 }, signal)).rejects.toMatchObject({
      code: 'contract_invalid',
      message: expect.stringContaining('name it group/schema'),
    });
  });

  test('says that there is none, also for ids that cannot be its own', async () => {
    expect(await open().find('a'.repeat(32), signal)).toBeNull();
    expect(await open().find(17, signal)).toBeNull();
  });

  test.each([
    [403, { code: 'registry_denied', canRetry: false }],
    [503, { code: 'registry_unavailable', canRetry: true }],
  ])('what %i means', async (answer, error) => {
    status = answer;
    await expect(open().find(ID, signal)).rejects.toMatchObject(error);
  });
});

import { join } from 'node:path';
import { loadEmbeddedRegistry } from '@gondola/schema-registry';
import { cleanUp, newLake, start } from '../../test/api-harness.js';

afterEach(cleanUp);

describe('the registry door', () => {
  const versions = [1, 2];
  const money = { name: 'money.proto', subject: 'money', version: 3 };
  const schemas = {
    contractOf: () => null,
    contracts: () => [],
    subjects: () => ['retail.pos.transaction'],
    versions: (subject: string) => (subject === 'retail.pos.transaction' ? versions : []),
    schemaId: (_: string, version: number) => (versions.includes(version) ? 10 + version : null),
    schemaText: (id: number) => (id === 11 || id === 12 ? `"v${id - 10}"` : null),
    schemaReferences: (id: number) => (id === 12 ? [{ ...money, text: '' }] : []),
    schemaKind: (id: number) => (id === 12 ? ('protobuf' as const) : ('avro' as const)),
  };

  it.each([
    ['/subjects', 200, ['retail.pos.transaction']],
    ['/subjects/retail.pos.transaction/versions', 200, [1, 2]],
    [
      '/subjects/retail.pos.transaction/versions/1',
      200,
      { subject: 'retail.pos.transaction', version: 1, id: 11, schema: '"v1"' },
    ],
    [
      '/subjects/retail.pos.transaction/versions/latest',
      200,
      {
        subject: 'retail.pos.transaction',
        version: 2,
        id: 12,
        schema: '"v2"',
        schemaType: 'PROTOBUF',
        references: [money],
      },
    ],
    ['/schemas/ids/11', 200, { schema: '"v1"' }],
    ['/schemas/ids/12', 200, { schema: '"v2"', schemaType: 'PROTOBUF', references: [money] }],
    ['/schemas/ids/12/versions', 200, [{ subject: 'retail.pos.transaction', version: 2 }]],
    ['/schemas/ids/99/versions', 404, expect.objectContaining({ error_code: 40403 })],
    ['/schemas/ids/99', 404, expect.objectContaining({ error_code: 40403 })],
    ['/schemas/ids/x', 404, expect.objectContaining({ error_code: 40403 })],
    ['/subjects/none/versions', 404, expect.objectContaining({ error_code: 40401 })],
    ['/subjects/retail.pos.transaction/versions/3', 404, expect.objectContaining({ error_code: 40402 })],
    ['/subjects/retail.pos.transaction/versions/0', 422, expect.objectContaining({ error_code: 42202 })],
  ])('answers %s with %i', async (path, status, body) => {
    const { get } = await start(await newLake(), {}, { schemas });
    const answer = await get(path);
    expect(answer.status).toBe(status);
    expect(answer.body).toEqual(body);
  });
});

describe('what a producer asks before it sends', () => {
  const schemas = loadEmbeddedRegistry(join(import.meta.dirname, '../../../../schemas'));
  const STORE = 'retail.catalog.store';
  const text = schemas.schemaText(6) ?? '';
  const changed = (change: (schema: { fields: object[] }) => void) => {
    const schema = JSON.parse(text) as Parameters<typeof change>[0];
    change(schema);
    return JSON.stringify(schema);
  };
  const wider = changed(({ fields }) =>
    fields.push({ name: 'opened', type: ['null', 'string'], default: null }),
  );
  const broken = changed(({ fields }) => fields.push({ name: 'opened', type: 'string' }));
  const versions = `/compatibility/subjects/${STORE}/versions`;

  it.each<[string, string, unknown, number, object]>([
    [
      'a schema that is there',
      `/subjects/${STORE}`,
      { schema: text },
      200,
      { subject: STORE, version: 1, id: 6 },
    ],
    [
      'one set out otherwise',
      `/subjects/${STORE}`,
      { schema: JSON.stringify(JSON.parse(text)) },
      200,
      { id: 6 },
    ],
    ['one that is not', `/subjects/${STORE}`, { schema: wider }, 404, { error_code: 40403 }],
    ['no subject', '/subjects/nobody', { schema: text }, 404, { error_code: 40401 }],
    [
      'a type, which is no subject',
      '/subjects/retail.web.search',
      { schema: text },
      404,
      { error_code: 40401 },
    ],
    ['registering what is there', `/subjects/${STORE}/versions`, { schema: text }, 200, { id: 6 }],
    ['registering', `/subjects/${STORE}/versions`, { schema: wider }, 422, { error_code: 42205 }],
    ['a compatible schema', `${versions}/latest`, { schema: wider }, 200, { is_compatible: true }],
    [
      'a broken one',
      `${versions}/1?verbose=true`,
      { schema: broken },
      200,
      { is_compatible: false, messages: [expect.stringContaining('/opened')] },
    ],
    ['a broken one, of all', versions, { schema: broken }, 200, { is_compatible: false }],
    ['a version that is not there', `${versions}/9`, { schema: wider }, 404, { error_code: 40402 }],
    ['a version that is none', `${versions}/x`, { schema: wider }, 422, { error_code: 42202 }],
    [
      'a new subject',
      '/compatibility/subjects/nobody/versions',
      { schema: wider },
      200,
      { is_compatible: true },
    ],
    ['what is no schema', `${versions}/latest`, { schema: '{}' }, 422, { error_code: 42201 }],
    [
      'another kind',
      `${versions}/latest`,
      { schema: '{}', schemaType: 'JSON' },
      200,
      { is_compatible: false },
    ],
    ['no body', `${versions}/latest`, undefined, 422, { error_code: 42201 }],
    ['too much', `/subjects/${STORE}`, { schema: 'x'.repeat(2 ** 20) }, 413, { error_code: 413 }],
  ])('%s', async (_, path, body, status, expected) => {
    const { app } = await start(await newLake(), {}, { schemas });
    const headers = { 'content-type': 'application/vnd.schemaregistry.v1+json' };
    const answer = await fetch(app.url + path, { method: 'POST', headers, body: JSON.stringify(body) });
    expect({ status: answer.status, body: await answer.json() }).toEqual({
      status,
      body: expect.objectContaining(expected),
    });
  });

  it('the mode', async () => {
    const { get } = await start(await newLake(), {}, { schemas });
    expect((await get(`/config/${STORE}`)).body).toEqual({ compatibilityLevel: 'BACKWARD_TRANSITIVE' });
    expect(await get('/config/nobody')).toMatchObject({ status: 404, body: { error_code: 40401 } });
  });
});

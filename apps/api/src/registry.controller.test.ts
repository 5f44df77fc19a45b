import { cleanUp, newLake, start } from '../test/api-harness.js';

afterEach(cleanUp);

describe('the registry door', () => {
  const versions = [1, 2];
  const schemas = {
    subjects: () => ['retail.pos.transaction'],
    versions: (subject: string) => (subject === 'retail.pos.transaction' ? versions : []),
    schemaId: (_: string, version: number) => (versions.includes(version) ? 10 + version : null),
    schemaText: (id: number) => (id === 11 || id === 12 ? `"v${id - 10}"` : null),
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
      { subject: 'retail.pos.transaction', version: 2, id: 12, schema: '"v2"', schemaType: 'PROTOBUF' },
    ],
    ['/schemas/ids/12', 200, { schema: '"v2"', schemaType: 'PROTOBUF' }],
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

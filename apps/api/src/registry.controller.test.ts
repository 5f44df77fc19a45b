import { cleanUp, newLake, start } from '../test/api-harness.js';

afterEach(cleanUp);

describe('the registry door', () => {
  const versions = [1, 2];
  const money = { name: 'money.json', subject: 'money', version: 3, text: '{}' };
  const second = {
    schema: '"v2"',
    schemaType: 'JSON',
    references: [{ name: 'money.json', subject: 'money', version: 3 }],
  };
  const schemas = {
    subjects: () => ['retail.pos.transaction'],
    versions: (subject: string) => (subject === 'retail.pos.transaction' ? versions : []),
    schemaId: (_: string, version: number) => (versions.includes(version) ? 10 + version : null),
    schemaOf: (id: number) => {
      if (id === 11) return { version: 1, id, text: '"v1"' };
      return id === 12 ? { version: 2, id, text: '"v2"', kind: 'json' as const, references: [money] } : null;
    },
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
      { subject: 'retail.pos.transaction', version: 2, id: 12, ...second },
    ],
    ['/schemas/ids/11', 200, { schema: '"v1"' }],
    ['/schemas/ids/12', 200, second],
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

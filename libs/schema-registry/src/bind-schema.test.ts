import { join } from 'node:path';
import { Problem, type KnownSchema } from '@gondola/contract';
import { bindSchema } from './bind-schema.js';
import { loadEmbeddedRegistry } from './embedded-registry.js';
import type { LoggedSchema } from './schema-log.js';

const contracts = loadEmbeddedRegistry(join(import.meta.dirname, '../../../schemas'));
const SUBJECT = 'retail.catalog.store';

const bound = (schema: unknown, references: LoggedSchema['references'] = []) =>
  bindSchema(contracts, {
    id: 77,
    kind: 'json',
    text: JSON.stringify(schema),
    names: [{ subject: `${SUBJECT}-value`, version: 3 }],
    references,
  });

const STORE = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  type: 'object',
  properties: { name: { $ref: 'name.json' }, updatedAt: { type: 'integer', minimum: 1 } },
  required: ['updatedAt'],
};
const NAME = { name: 'name.json', text: '{"type":"string","pattern":"^[A-Z]"}' };
const store = {
  eventId: 'e',
  retailStoreId: 's',
  name: 'North',
  timeZone: 'UTC',
  updatedAt: 1_767_600_000_000,
};

test('a JSON Schema of a registry judges the records that name it, and no others', () => {
  const { contract, version, kind, writer } = bound(STORE, [NAME]) as KnownSchema;
  expect({ version, kind }).toEqual({ version: 3, kind: 'json' });
  expect(contract.decodeJson(store, writer)).not.toBeInstanceOf(Problem);
  const bad = { ...store, name: 'north' };
  expect(contract.decodeJson(bad, writer)).toEqual(
    new Problem('schema_mismatch', '/name', 'pattern: text that matches ^[A-Z] expected'),
  );
  expect(contract.decodeJson(bad)).not.toBeInstanceOf(Problem);
  // What the schema allows must be an event of the contract all the same.
  const { name: _, ...nameless } = store;
  expect(contract.decodeJson(nameless, writer)).toEqual(new Problem('schema_mismatch', '/name', 'missing'));
});

test.each([
  [STORE, 'name.json'],
  [{ type: 'strange' }, 'type must be'],
  [{ $schema: 'http://json-schema.org/draft-04/schema#' }, 'draft 6, 7, 2019-09 and 2020-12 are'],
])('one that cannot be compiled is a problem that says why', (schema, why) => {
  expect(bound(schema)).toMatchObject({
    reason: 'schema_mismatch',
    message: expect.stringContaining('the contract cannot read what schema 77 writes: '),
  });
  expect(bound(schema)).toMatchObject({ message: expect.stringContaining(why) });
});

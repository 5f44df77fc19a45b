import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventOf, jsonContractOf } from '../test/json-contract.js';
import { contractFileSchema } from './contract-file.js';
import { generateAllTypes, generateTypes } from './generate-types.js';

const root = join(import.meta.dirname, '../../..');
const generated = join(root, 'libs/events/src/generated');

// When this fails: `npx tsc -b libs/contract && npx node libs/contract/dist/generate-types.js` in the root.
test('the types in libs/events are those of the schemas', () => {
  const expected = Object.fromEntries(generateAllTypes(join(root, 'schemas')));
  const found = Object.fromEntries(
    readdirSync(generated).map((name) => [name, readFileSync(join(generated, name), 'utf8')]),
  );
  expect(found).toEqual(expected);
});

test('so is what editors know of contract.yaml', () => {
  const path = join(root, 'schemas/contract.schema.json');
  expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual(contractFileSchema());
});

test('what a JSON Schema demands is what its types allow', () => {
  const { schema } = jsonContractOf([
    eventOf(
      {
        day: { type: 'string', format: 'date' },
        units: { type: ['integer', 'null'] },
        note: { type: 'string' },
      },
      ['units'],
    ),
  ]);
  expect(generateTypes('shop.sold/v1.json', schema, 'json').split('\n').slice(2)).toEqual([
    'export interface Event {',
    '  readonly eventId: string;',
    '  /** ISO 8601 time with its zone. */',
    '  readonly soldAt: string;',
    '  /** ISO 8601 date. */',
    '  readonly day?: string;',
    '  readonly units: number | null;',
    '  readonly note?: string;',
    '}',
    '',
  ]);
});

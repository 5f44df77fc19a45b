import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { contractFileSchema } from './contract-file.js';
import { generateAllTypes } from './generate-types.js';

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

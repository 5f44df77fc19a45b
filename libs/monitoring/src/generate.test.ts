import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { generatedFiles } from './generate.js';

const ROOT = join(import.meta.dirname, '../../..');

it.each([...generatedFiles()])('%s is what `npm run monitoring` makes', (path, text) => {
  expect(readFileSync(join(ROOT, path), 'utf8')).toBe(text);
});

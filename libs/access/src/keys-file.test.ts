import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { appendToKeysFile, readKeysFile, removeFromKeysFile } from './keys-file.js';

const folder = mkdtempSync(join(tmpdir(), 'gondola-keys-file-'));
const path = join(folder, 'keys.yaml');
const namesIn = () =>
  readKeysFile({ path, schema: z.array(z.object({ name: z.string() })), field: 'keys', madeBy: 'a command' });

afterEach(() => rmSync(path, { force: true }));
afterAll(() => rmSync(folder, { recursive: true }));

it('takes another entry after the last one was taken out', () => {
  appendToKeysFile(path, { name: 'a' });
  removeFromKeysFile(path, 0);
  expect(namesIn()).toEqual([]);
  appendToKeysFile(path, { name: 'b' });
  appendToKeysFile(path, { name: 'c' });
  removeFromKeysFile(path, 0);
  expect(namesIn()).toEqual([{ name: 'c' }]);
});

it('whoever could read the file can read it after an entry was taken out', () => {
  appendToKeysFile(path, { name: 'a' });
  appendToKeysFile(path, { name: 'b' });
  chmodSync(path, 0o640);
  removeFromKeysFile(path, 1);
  expect(statSync(path).mode & 0o777).toBe(0o640);
  expect(readFileSync(path, 'utf8')).toBe('- name: a\n');
});

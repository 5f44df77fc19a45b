import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Finding } from '@gondola/schema-check';
import { writeTypedFolder } from '../../test/typed-folder.js';
import { check } from './check.js';

const context = { say() {}, progress() {}, signal: new AbortController().signal };
let root: string;
let folder: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'gondola-types-named-'));
  folder = join(root, 'schemas');
  writeTypedFolder(folder);
});
afterEach(() => rmSync(root, { recursive: true }));

async function found(values: Readonly<Record<string, string>> = {}): Promise<readonly string[]> {
  const { findings } = await check({ dir: folder, ...values }, context);
  return (findings as readonly Finding[])
    .filter(({ code }) => code !== 'field_doc' && code !== 'example_missing')
    .map(({ severity, code, file, field }) => `${severity} ${code} ${file} ${field}`.trim());
}

test('ids of types are ids of something', async () => {
  expect(await found()).toEqual([]);
  rmSync(join(folder, 'types/shop.money/v1.json'));
  expect(await found()).toContain('error id_without_version ids.json shop.money.1');
});

test('a type that changed since the release is told like any version', async () => {
  const released = join(root, 'released');
  cpSync(folder, released, { recursive: true });
  const path = join(folder, 'types/shop.money/v1.json');
  writeFileSync(path, readFileSync(path, 'utf8').replace('"number"', '"integer"'));
  expect(await found({ released })).toEqual(['error version_changed types/shop.money/v1.json']);
});

test('versions that name types are compared too', async () => {
  const text = readFileSync(join(folder, 'shop.sold/v1.json'), 'utf8');
  const stricter = text.replace('"required":["eventId"', '"required":["till","eventId"');
  writeFileSync(
    join(folder, 'shop.sold/v2.json'),
    stricter.replace('"properties":{', '"properties":{"till":{"type":"string"},'),
  );
  const ids = readFileSync(join(folder, 'ids.json'), 'utf8');
  writeFileSync(join(folder, 'ids.json'), ids.replace('"shop.sold":{"1":3', '"shop.sold":{"1":3,"2":4'));
  const contract = readFileSync(join(folder, 'shop.sold/contract.yaml'), 'utf8');
  const references = contract.slice(contract.indexOf('  "1":')).replace('"1"', '"2"');
  writeFileSync(join(folder, 'shop.sold/contract.yaml'), `${contract}\n${references}`);
  expect(await found()).toEqual([expect.stringMatching(/^warning version_left_behind shop\.sold\/v1\.json/)]);
});

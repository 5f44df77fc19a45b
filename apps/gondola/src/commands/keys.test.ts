import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { context } from '../../test/upkeep-lake.js';
import { keys } from './keys.js';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gondola-keys-'));
  file = join(folder, 'callers.yaml');
});
afterEach(() => rmSync(folder, { recursive: true }));

const run = (...args: string[]) => {
  const options = { ...keys.options, json: { type: 'boolean' } } as const;
  const { positionals, values } = parseArgs({ args: [...args, '--json'], options, allowPositionals: true });
  return keys.run({ positionals, values }, context);
};
const create = (caller: string, ...more: string[]) =>
  run(
    'create',
    '--file',
    file,
    '--environment',
    'prod',
    '--caller',
    caller,
    '--scopes',
    'read,verdict',
    ...more,
  );

it('a key is shown once, listed by its id, and taken out by it; what people wrote stays', async () => {
  writeFileSync(file, '# Of the shops in Quito.\n\n', { mode: 0o600 });
  const made = await create('board', '--expires', '2026-12-31');
  const other = await create('picker', '--requests-per-second', '20');
  expect(made['key']).toMatch(/^gnd_prod_[\w-]{43}$/);
  for (const { key } of [made, other] as { key: string }[])
    expect(readFileSync(file, 'utf8')).not.toContain(key.slice(9));
  const { callers } = (await run('list', '--file', file)) as { callers: { id: string }[] };
  expect(callers).toEqual([
    expect.objectContaining({ caller: 'board', scopes: ['read', 'verdict'], expires: '2026-12-31' }),
    expect.objectContaining({ caller: 'picker', environment: 'prod', requestsPerSecond: 20 }),
  ]);
  expect(callers.some((one) => 'keyHash' in one)).toBe(false);
  expect(await run('revoke', '--file', file, '--id', callers[0].id)).toMatchObject({ caller: 'board' });
  const left = readFileSync(file, 'utf8');
  expect(left).toContain('# Of the shops in Quito.');
  expect(left).toMatch(/caller: picker/);
  expect(left).not.toMatch(/caller: board/);
  expect(statSync(file).mode & 0o077).toBe(0);
  expect(readdirSync(folder)).toEqual(['callers.yaml']);
  await expect(run('revoke', '--file', file, '--id', callers[0].id)).rejects.toThrow(/has no key/);
  await run('revoke', '--file', file, '--id', callers[1].id);
  expect(await run('list', '--file', file)).toMatchObject({ callers: [] });
});

it.each([
  ['a scope of its own', ['--scopes', 'read,everything'], /scopes/],
  ['no day', ['--expires', 'tomorrow'], /expires/],
  ['no number', ['--requests-per-second', 'many'], /number above 0/],
])('%s is refused, and nothing is written', async (_, args, message) => {
  await expect(create('board', ...args)).rejects.toThrow(message);
  expect(readdirSync(folder)).toEqual([]);
});

it.each([['constructor'], [''], ['forget']])('%j is no verb', async (verb) => {
  await expect(run(verb)).rejects.toThrow(/keys takes new, create, list or revoke/);
});

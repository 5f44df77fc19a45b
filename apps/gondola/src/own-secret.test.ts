import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keyringOf } from './key-file.js';
import { makeMaskingKey, readMaskingKey } from './line.js';
import { readToken } from './read-token.js';

const folder = mkdtempSync(join(tmpdir(), 'gondola-secret-'));
afterAll(() => rmSync(folder, { recursive: true }));
let files = 0;
function fileOf(text: string): string {
  const path = join(folder, `file-${files++}`);
  writeFileSync(path, text);
  return path;
}

const SECRET = 'c0ffee'.repeat(6);
const other = { name: 'SetupError', code: 'environment_mismatch' };

describe.each([
  [
    'masking.keyFile',
    (environment: string, text: string) =>
      Buffer.from(readMaskingKey({ environment, masking: { keyFile: fileOf(text) } })).toString(),
    // The same tokens with and without.
    SECRET,
  ],
  [
    'verdicts.tokenFile',
    (environment: string, text: string) => readToken(fileOf(text), 'verdicts.tokenFile', environment),
    `gnd_prod_${SECRET}`,
  ],
] as const)('%s', (field, read, secret) => {
  it('is read where its mark is of the environment', () => {
    expect(read('prod', `gnd_prod_${SECRET}\n`)).toBe(secret);
  });

  it.each([
    ['prod', 'dev'],
    ['qa', 'prod'],
    ['dev', 'prod'],
    ['local', 'prod'],
  ])('of %s is not %s’s', (environment, marked) => {
    const act = () => read(environment, `gnd_${marked}_${SECRET}`);
    expect(act).toThrow(
      expect.objectContaining({ ...other, message: expect.stringContaining(`secret of ${marked}`) }),
    );
    expect(act).toThrow(`${field}: `);
    expect(act).not.toThrow(SECRET);
  });

  it('says whose it is in qa and prod, and need not in dev', () => {
    for (const environment of ['qa', 'prod'])
      expect(() => read(environment, SECRET)).toThrow(`it begins with gnd_${environment}_`);
    expect(read('dev', SECRET)).toBe(SECRET);
  });
});

it('a masking key that is made says whose it is', () => {
  const keyFile = join(folder, 'made');
  makeMaskingKey(keyFile, 'prod');
  expect(readMaskingKey({ environment: 'prod', masking: { keyFile } })).toHaveLength(64);
  expect(() => readMaskingKey({ environment: 'qa', masking: { keyFile } })).toThrow('secret of prod');
});

describe('keys of bronze', () => {
  const KEY = Buffer.alloc(32, 7).toString('base64');
  const ring = (environment: string, writing: string, ...ids: string[]) => {
    const keys = [writing, ...ids].map((id) => `  ${id}: ${KEY}`).join('\n');
    const keyFile = fileOf(`writing: ${writing}\nkeys:\n${keys}\n`);
    return keyringOf({ environment, bronze: { encryption: { keyFile } } })?.writing;
  };

  it.each<[string, string, string[]]>([
    ['prod', 'prod-2', ['prod-1', 'k1']],
    ['qa', 'k.qa', []],
    ['dev', 'k1', ['dev_1']],
  ])('%s writes with %s beside %j', (environment, writing, ids) => {
    expect(ring(environment, writing, ...ids)).toBe(writing);
  });

  it.each<[string, string, string[], string]>([
    ['prod', 'prod-1', ['dev-1'], 'key dev-1 of dev'],
    ['dev', 'prod-1', [], 'key prod-1 of prod'],
    ['prod', 'k1', [], 'the key k1, which writes and does not say whose it is'],
  ])('%s refuses %s beside %j: %s', (environment, writing, ids, why) => {
    const act = () => ring(environment, writing, ...ids);
    expect(act).toThrow(expect.objectContaining(other));
    expect(act).toThrow(why);
    expect(act).toThrow('bronze.encryption.keyFile: ');
    expect(act).not.toThrow(KEY);
  });
});

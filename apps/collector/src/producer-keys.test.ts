import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { endOf } from '@gondola/access';
import { addKey, maySend, ProducerKeys, readKeyFile } from './producer-keys.js';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gondola-keys-'));
  path = join(folder, 'producers.yaml');
});
afterEach(() => rmSync(folder, { recursive: true }));

const add = (producer: string, environment = 'dev') =>
  addKey(path, { producer, environment, subjects: ['*'], eventsPerSecond: 10 }, randomBytes);

it('a new key is found by what was shown once, and stands nowhere', () => {
  const keys = [add('tills'), add('web'), add('erp', 'qa-2')];
  expect(keys[2]).toMatch(/^gnd_qa-2_[A-Za-z0-9_-]{43}$/);
  const text = readFileSync(path, 'utf8');
  for (const key of keys) {
    expect(text).not.toContain(key);
    expect(text).toContain(createHash('sha256').update(key).digest('hex'));
  }
  expect(statSync(path).mode & 0o077).toBe(0);
  const dev = new ProducerKeys(readKeyFile(path), 'dev');
  expect(dev.find(keys[0])).toMatchObject({ kind: 'producer', producer: { producer: 'tills' } });
  expect(dev.find(keys[1])).toMatchObject({ kind: 'producer', producer: { producer: 'web' } });
  expect(dev.find(keys[2])).toEqual({ kind: 'elsewhere', environment: 'qa-2' });
  expect(new ProducerKeys(readKeyFile(path), 'qa-2').find(keys[2])).toMatchObject({ kind: 'producer' });
});

it.each(['', 'gnd_dev_', `gnd_dev_${'A'.repeat(43)}`, `gnd_dev_${'A'.repeat(44)}`, 'x'.repeat(100_000)])(
  'what is no key of ours is unknown: %#',
  (key) => {
    add('tills');
    expect(new ProducerKeys(readKeyFile(path), 'dev').find(key)).toEqual({ kind: 'unknown' });
  },
);

it('an entry of another environment with the hash of a key of this one is of no use', () => {
  const key = add('tills');
  writeFileSync(path, readFileSync(path, 'utf8').replace('environment: dev', 'environment: prod'));
  expect(new ProducerKeys(readKeyFile(path), 'dev').find(key)).toEqual({ kind: 'unknown' });
});

it.each([
  ['not YAML', 'a: [', /cannot be read/],
  [
    'a key instead of its hash',
    '- { producer: a, environment: dev, keyHash: gnd_dev_secret }',
    /0\.keyHash: must be the SHA-256/,
  ],
  ['no name', `- { environment: dev, keyHash: ${'a'.repeat(64)} }`, /0\.producer/],
])('%s is refused, without showing it', (_, text, message) => {
  writeFileSync(path, text);
  expect(() => readKeyFile(path)).toThrow(message);
  expect(() => readKeyFile(path)).not.toThrow(/gnd_dev_secret/);
});

it('no file says how to make one', () => {
  expect(() => readKeyFile(path)).toThrow(/npx gondola keys new/);
});

it('the folder of a new file need not be there', () => {
  path = join(folder, 'not', 'yet', 'producers.yaml');
  add('tills');
  expect(readKeyFile(path).map(({ producer }) => producer)).toEqual(['tills']);
});

it('an entry goes behind a last line that does not end', () => {
  writeFileSync(path, `- { producer: a, environment: dev, keyHash: ${'a'.repeat(64)} }`);
  add('b');
  expect(readKeyFile(path).map(({ producer }) => producer)).toEqual(['a', 'b']);
});

it.each([
  [['*'], 'retail.web', true],
  [['retail.pos.*'], 'retail.pos.transaction', true],
  [['retail.pos.*'], 'retail.positions', false],
  [['retail.web'], 'retail.web', true],
  [['retail.web'], 'retail.website', false],
])('%j may send %s: %j', (subjects, subject, may) => {
  expect(maySend({ subjects }, subject)).toBe(may);
});

describe('when keys end', () => {
  const hash = 'a'.repeat(64);
  const DAY_MS = 86_400_000;
  const NOW_MS = Date.UTC(2026, 10, 26, 12);
  const ends = (...expires: (string | null)[]) => {
    const entries = expires.map((end) => ({
      producer: 'tills',
      environment: 'dev',
      keyHash: hash,
      expires: end,
    }));
    writeFileSync(
      path,
      JSON.stringify([
        ...entries,
        { producer: 'qa', environment: 'qa', keyHash: hash, expires: '2027-01-01' },
      ]),
    );
    return Object.fromEntries(new ProducerKeys(readKeyFile(path), 'dev').nextEnds(NOW_MS));
  };

  it.each([
    [[null], undefined],
    [['2026-12-31'], Date.UTC(2027, 0, 1)],
    [['2026-12-31T10:00:00-05:00', null], Date.UTC(2026, 11, 31, 15)],
    [['2027-03-01', '2026-12-31'], Date.UTC(2027, 0, 1)],
    [['2026-11-01', '2027-03-01', '2026-10-01'], Date.UTC(2027, 2, 2)],
    [['2026-10-01', '2026-11-01'], Date.UTC(2026, 10, 2)],
  ] as const)('the next of %j is told, or the last that was', (expires, endMs) => {
    expect(ends(...expires)).toEqual(endMs === undefined ? {} : { tills: endMs });
  });

  it('a day is the last one that the key works, in UTC', () => {
    expect(endOf({ expires: '2026-12-31' })).toBe(Date.UTC(2026, 11, 31) + DAY_MS);
    expect(endOf({ expires: null })).toBe(Infinity);
  });

  it.each(['tomorrow', '2026-13-01', '2026-12-31T10:00:00'])('%s is no time', (expires) => {
    expect(() => ends(expires)).toThrow(/0\.expires/);
  });
});

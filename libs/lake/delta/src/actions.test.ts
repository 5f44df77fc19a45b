import fc from 'fast-check';
import { GondolaError } from '@gondola/stream';
import { decodeCommit, encodeCommit, NOTHING, type Commit } from './actions.js';

const INFO = { timestamp: 1, operation: 'WRITE', operationParameters: {}, txnId: 'this one' };
const text = (value: string) => new TextEncoder().encode(value);

const file = fc.record({
  path: fc.string({ unit: 'grapheme', minLength: 1 }),
  partitionValues: fc.dictionary(fc.string(), fc.option(fc.string({ unit: 'grapheme' }), { nil: null }), {
    noNullPrototype: true,
  }),
  size: fc.maxSafeNat(),
  modificationTime: fc.maxSafeNat(),
  dataChange: fc.boolean(),
  stats: fc.string(),
});
const commits: fc.Arbitrary<Commit> = fc.record({
  txnId: fc.constant(INFO.txnId),
  protocol: fc.constantFrom(null, {
    minReaderVersion: 1,
    minWriterVersion: 2,
    readerFeatures: [],
    writerFeatures: [],
  }),
  metadata: fc.option(
    fc.record({
      id: fc.uuid(),
      name: fc.option(fc.string(), { nil: null }),
      description: fc.option(fc.string(), { nil: null }),
      schemaString: fc.json(),
      partitionColumns: fc.array(fc.string()),
      configuration: fc.dictionary(fc.string(), fc.string(), { noNullPrototype: true }),
      createdTime: fc.option(fc.maxSafeNat(), { nil: null }),
    }),
    { nil: null },
  ),
  transactions: fc.array(fc.record({ appId: fc.string(), version: fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n) })),
  adds: fc.array(file),
  removes: fc.array(fc.string({ unit: 'grapheme', minLength: 1 })),
});

test('a commit is read as it was written, positions with all their bits', () => {
  fc.assert(
    fc.property(commits, (commit) => {
      expect(decodeCommit(encodeCommit(INFO, commit, 1), '0.json')).toEqual(commit);
    }),
  );
});

test('paths are URIs in the log', () => {
  const path = 'store=a%2Fb c/part ü#1?.parquet';
  const line = new TextDecoder()
    .decode(encodeCommit(INFO, { ...NOTHING, removes: [path] }, 1))
    .split('\n')[1];
  expect(JSON.parse(line)).toMatchObject({
    remove: { path: 'store=a%252Fb%20c/part%20%C3%BC%231%3F.parquet' },
  });
});

test('a position that does not fit 64 bits is refused', () => {
  const commit = { ...NOTHING, transactions: [{ appId: 'a', version: 2n ** 63n }] };
  expect(() => encodeCommit(INFO, commit, 1)).toThrow(RangeError);
});

test('actions of other writers that mean nothing here are passed over', () => {
  const lines =
    '{"cdc":{"path":"x"}}\n\n{"commitInfo":{"operation":"WRITE"}}\n{"add":{"path":"p","size":1,"modificationTime":2}}';
  expect(decodeCommit(text(lines), 'f')).toEqual({
    ...NOTHING,
    adds: [{ path: 'p', partitionValues: {}, size: 1, modificationTime: 2, dataChange: true, stats: '' }],
  });
});

test.each([
  ['nothing', ''],
  ['blank lines', '\n\n'],
  ['half a line', '{"add":{"path":"p","si'],
  ['zeros, as after a power cut', '\0\0\0\0'],
  ['no object', '17'],
  ['an add without a path', '{"add":{"size":1}}'],
  ['a path that is no URI', '{"add":{"path":"100%"}}'],
  ['a position that is no number', '{"txn":{"appId":"a","version":"x"}}'],
  ['a position with a fraction', '{"txn":{"appId":"a","version":1.5}}'],
])('%s is lake_corrupt and names the file', (_what, lines) => {
  const reading = () => decodeCommit(text(lines), 't/_delta_log/7.json');
  expect(reading).toThrow(GondolaError);
  expect(reading).toThrow('t/_delta_log/7.json');
  expect(reading).toThrow(expect.objectContaining({ code: 'lake_corrupt', canRetry: false }));
});

test('bytes that are not UTF-8 are lake_corrupt', () => {
  expect(() => decodeCommit(Uint8Array.of(0x7b, 0xff, 0x7d), 'f')).toThrow(GondolaError);
});

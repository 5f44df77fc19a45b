import fc from 'fast-check';
import { GondolaError } from '@gondola/stream';
import { decodeCommit, encodeCommit, NOTHING, type Commit } from './actions.js';

const INFO = { timestamp: 1, operation: 'WRITE', operationParameters: {}, txnId: 'this one' };
const text = (value: string) => new TextEncoder().encode(value);

const orNull = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null });
const path = fc.string({ unit: 'grapheme', minLength: 1 });
const partitionValues = fc.dictionary(fc.string(), orNull(fc.string({ unit: 'grapheme' })), {
  noNullPrototype: true,
});
const file = fc.record(
  {
    path,
    partitionValues,
    size: fc.maxSafeNat(),
    modificationTime: fc.maxSafeNat(),
    dataChange: fc.boolean(),
    stats: fc.string(),
    tags: partitionValues,
  },
  { requiredKeys: ['path', 'partitionValues', 'size', 'modificationTime', 'dataChange', 'stats'] },
);
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
  transactions: fc.array(
    fc.record({
      appId: fc.string(),
      version: fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n),
      lastUpdated: orNull(fc.maxSafeNat()),
    }),
  ),
  adds: fc.array(file),
  removes: fc.array(
    fc.record({
      path,
      deletionTimestamp: orNull(fc.maxSafeNat()),
      dataChange: fc.boolean(),
      partitionValues: orNull(partitionValues),
      size: orNull(fc.maxSafeNat()),
    }),
  ),
});

test('a commit is read as it was written, positions with all their bits', () => {
  fc.assert(
    fc.property(commits, (commit) => {
      expect(decodeCommit(encodeCommit(INFO, commit), '0.json')).toEqual(commit);
    }),
  );
});

const removed = {
  path: 'p',
  deletionTimestamp: 7,
  dataChange: false,
  partitionValues: { day: null },
  size: 5,
};

test('paths are URIs in the log', () => {
  const removes = [{ ...removed, path: 'store=a%2Fb c/part ü#1?.parquet' }];
  const line = new TextDecoder().decode(encodeCommit(INFO, { ...NOTHING, removes })).split('\n')[1];
  expect(JSON.parse(line)).toEqual({
    remove: {
      ...removed,
      path: 'store=a%252Fb%20c/part%20%C3%BC%231%3F.parquet',
      extendedFileMetadata: true,
    },
  });
});

test('a removed file of which another writer told little stays so', () => {
  const commit = decodeCommit(text('{"remove":{"path":"p"}}'), 'f');
  const known = { path: 'p', deletionTimestamp: null, dataChange: true, partitionValues: null, size: null };
  expect(commit.removes).toEqual([known]);
  const line = new TextDecoder().decode(encodeCommit(INFO, commit)).split('\n')[1];
  expect(JSON.parse(line)).toEqual({ remove: { path: 'p', dataChange: true, extendedFileMetadata: false } });
});

test('a position that does not fit 64 bits is refused', () => {
  const commit = { ...NOTHING, transactions: [{ appId: 'a', version: 2n ** 63n, lastUpdated: null }] };
  expect(() => encodeCommit(INFO, commit)).toThrow(RangeError);
});

test.each(['add', 'remove'])('a file with a deletion vector is refused, in %s', (action) => {
  const line = `{"${action}":{"path":"p","size":1,"modificationTime":2,"deletionVector":{"storageType":"u"}}}`;
  expect(() => decodeCommit(text(line), 'f')).toThrow(
    expect.objectContaining({
      code: 'table_unsupported',
      message: expect.stringContaining('deletion vector'),
    }),
  );
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
  ['an add without a size', '{"add":{"path":"p","modificationTime":2}}'],
  ['a last line cut short', '{"commitInfo":{}}\n{"txn":{"appId":"a","version":12'],
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

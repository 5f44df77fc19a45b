import fc from 'fast-check';
import { readCheckpoint, writeCheckpoint } from './checkpoint-file.js';

const text = fc.string({ unit: 'binary' });
const long = fc.oneof(
  fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n),
  fc.constantFrom(2n ** 63n - 1n, -(2n ** 63n), 2n ** 53n + 1n),
);
const orNull = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null });
const textMap = fc.dictionary(
  text.filter((key) => key !== '__proto__'),
  orNull(text),
  { noNullPrototype: true },
);
const texts = fc.array(text, { maxLength: 3 });

const action = fc.oneof(
  fc.record({ txn: fc.record({ appId: text, version: long, lastUpdated: orNull(long) }) }),
  fc.record({
    add: fc.record({
      path: text,
      partitionValues: textMap,
      size: long,
      modificationTime: long,
      dataChange: fc.boolean(),
      stats: orNull(text),
      tags: orNull(textMap),
    }),
  }),
  fc.record({
    remove: fc.record({
      path: text,
      deletionTimestamp: orNull(long),
      dataChange: fc.boolean(),
      extendedFileMetadata: orNull(fc.boolean()),
      partitionValues: orNull(textMap),
      size: orNull(long),
    }),
  }),
  fc.record({
    metaData: fc.record({
      id: text,
      name: orNull(text),
      description: orNull(text),
      format: fc.record({ provider: text, options: textMap }),
      schemaString: text,
      partitionColumns: texts,
      configuration: textMap,
      createdTime: orNull(long),
    }),
  }),
  fc.record({
    protocol: fc.record({
      minReaderVersion: fc.nat(7),
      minWriterVersion: fc.nat(7),
      readerFeatures: orNull(texts),
      writerFeatures: orNull(texts),
    }),
  }),
);

/** Without what is absent. */
const present = (value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(
        Object.entries(value)
          .filter(([, part]) => part != null)
          .map(([name, part]) => [name, present(part)]),
      )
    : value;

test('every action comes back as it was written, longs with all their bits', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(action, { maxLength: 20 }), async (rows) => {
      const read = await readCheckpoint(writeCheckpoint(rows));
      expect(read.map(present)).toEqual(rows.map(present));
    }),
  );
});

test('an absent map is null, an empty one is empty, and a null value in one stays', async () => {
  const add = { path: 'p', size: 1n, modificationTime: 1n, dataChange: false };
  const bytes = writeCheckpoint([
    { add: { ...add, partitionValues: { day: null, store: '' }, tags: null } },
    { add: { ...add, partitionValues: {}, tags: {} } },
  ]);
  const read = (await readCheckpoint(bytes)).map((row) => row['add'] as Record<string, unknown>);
  expect(read.map(({ partitionValues }) => partitionValues)).toEqual([{ day: null, store: '' }, {}]);
  expect(read.map(({ tags }) => tags ?? null)).toEqual([null, {}]);
});

test('an action without a required field is refused', () => {
  expect(() => writeCheckpoint([{ txn: { appId: 'a' } }])).toThrow();
});

test.each([0, 3, 200])('the first %d bytes of a checkpoint are refused', async (length) => {
  const bytes = writeCheckpoint([{ txn: { appId: 'a', version: 1n, lastUpdated: null } }]);
  await expect(readCheckpoint(bytes.subarray(0, length))).rejects.toThrow();
});

import { GondolaError } from '@gondola/stream';
import { createHandClock, createMemoryStore } from '../test/memory-store.js';
import { adding, commitName, SPEC } from '../test/tables.js';
import { openTable, readSnapshot } from './index.js';

const clock = createHandClock();

/** A table to which another engine did what is in `actions`, and a writer that holds it open since before. */
async function changed(actions: (metadata: { schemaString: string; configuration: object }) => object) {
  const { store } = createMemoryStore(clock);
  const table = await openTable(store, SPEC, clock);
  const lines = Object.entries(actions(table.snapshot().metadata)).map(([name, action]) =>
    JSON.stringify({ [name]: action }),
  );
  await store.put(commitName(1), new TextEncoder().encode(lines.join('\n')));
  return { store, table };
}

const protocol = (change: object) => () => ({
  protocol: { minReaderVersion: 1, minWriterVersion: 2, ...change },
});
const property = (name: string, value: string) => (metadata: { configuration: object }) => ({
  protocol: { minReaderVersion: 1, minWriterVersion: 6 },
  metaData: { ...metadata, configuration: { ...metadata.configuration, [name]: value } },
});
const fieldMetadata = (name: string, value: unknown) => (metadata: { schemaString: string }) => ({
  protocol: { minReaderVersion: 1, minWriterVersion: 7, writerFeatures: ['invariants', 'generatedColumns'] },
  metaData: {
    ...metadata,
    schemaString: metadata.schemaString.replace(
      '"metadata":{',
      `"metadata":{"${name}":${JSON.stringify(value)},`,
    ),
  },
});

type Change = Parameters<typeof changed>[0];

test.each<[string, Change, string]>([
  [
    'deletion vectors',
    protocol({
      minReaderVersion: 3,
      minWriterVersion: 7,
      readerFeatures: ['deletionVectors'],
      writerFeatures: ['deletionVectors'],
    }),
    'reader version 3 with the features deletionVectors',
  ],
  ['column mapping', protocol({ minReaderVersion: 2, minWriterVersion: 5 }), 'columnMapping'],
  [
    'a catalog that commits',
    protocol({
      minReaderVersion: 3,
      minWriterVersion: 7,
      readerFeatures: ['catalogManaged'],
      writerFeatures: ['catalogManaged'],
    }),
    'catalogManaged',
  ],
  [
    'the preview of it',
    protocol({
      minReaderVersion: 3,
      minWriterVersion: 7,
      readerFeatures: ['catalogOwned-preview'],
      writerFeatures: [],
    }),
    'catalogOwned-preview',
  ],
  ['a reader of the future', protocol({ minReaderVersion: 4, minWriterVersion: 8 }), 'reader version 4'],
])('%s is refused by readers and writers', async (_what, actions, named) => {
  const { store, table } = await changed(actions);
  const refusal = { code: 'table_unsupported', canRetry: false, message: expect.stringContaining(named) };
  await expect(readSnapshot(store, SPEC.path)).rejects.toMatchObject(refusal);
  await expect(openTable(store, SPEC, clock)).rejects.toMatchObject(refusal);
  await expect(table.append(adding('a'))).rejects.toMatchObject(refusal);
});

test.each<[string, Change, string]>([
  [
    'a writer feature that is not known',
    protocol({ minWriterVersion: 7, writerFeatures: ['appendOnly', 'rowTracking', 'somethingNew'] }),
    'writer version 7 with the features rowTracking, somethingNew',
  ],
  ['a writer of the future', protocol({ minWriterVersion: 8 }), 'writer version 8'],
  [
    'a CHECK constraint',
    property('delta.constraints.positive', 'quantity > 0'),
    'delta.constraints.positive',
  ],
  [
    'a column invariant',
    fieldMetadata('delta.invariants', '{"expression":{"expression":"x > 3"}}'),
    'invariants',
  ],
  [
    'a property that lets positions expire',
    property('delta.setTransactionRetentionDuration', 'interval 3 days'),
    'positions of quiet partitions would be forgotten: unset the property',
  ],
  ['a generated column', fieldMetadata('delta.generationExpression', 'CAST(t AS DATE)'), 'generated columns'],
  ['an identity column', fieldMetadata('delta.identity.start', 1), 'identity columns'],
])('%s is refused by writers, and readers may read on', async (_what, actions, named) => {
  const { store, table } = await changed(actions);
  const refusal = { code: 'table_unsupported', canRetry: false, message: expect.stringContaining(named) };
  await expect(openTable(store, SPEC, clock)).rejects.toMatchObject(refusal);
  const appending = table.append(adding('a'));
  await expect(appending).rejects.toThrow(GondolaError);
  await expect(appending).rejects.toMatchObject(refusal);
  expect(await readSnapshot(store, SPEC.path)).toMatchObject({ version: 1 });
});

test.each<[string, Change]>([
  ['writer version 6, none of whose features is used', protocol({ minWriterVersion: 6 })],
  [
    'writer version 7 with features that are not used',
    protocol({
      minWriterVersion: 7,
      writerFeatures: ['appendOnly', 'invariants', 'checkConstraints', 'changeDataFeed'],
    }),
  ],
  [
    'reader version 3 without features',
    protocol({ minReaderVersion: 3, minWriterVersion: 7, readerFeatures: [], writerFeatures: [] }),
  ],
  ['a change data feed', property('delta.enableChangeDataFeed', 'true')],
  ['rows that must stay', property('delta.appendOnly', 'true')],
])('%s takes appends', async (_what, actions) => {
  const { store, table } = await changed(actions);
  expect(await table.append(adding('a'))).toBe(2);
  expect(await (await openTable(store, SPEC, clock)).append(adding('b'))).toBe(3);
});

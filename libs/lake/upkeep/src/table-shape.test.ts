import type { AddFile, TableSnapshot } from '@gondola/lake-delta';
import { fileStatsOf, mayHold } from './file-stats.js';
import { shapeOf } from './lake-table.js';
import { columnsOfSchema } from './schema-columns.js';

const schema = (...types: unknown[]) =>
  JSON.stringify({
    type: 'struct',
    fields: types.map((type, index) => ({
      name: `c${index}`,
      type,
      nullable: index % 2 === 1,
      metadata: {},
    })),
  });
const snapshotOf = (schemaString: string, partitionColumns: readonly string[]) =>
  ({ metadata: { schemaString, partitionColumns } }) as unknown as TableSnapshot;

describe('the columns of a table', () => {
  it('are those of its schema', () => {
    const list = { type: 'array', elementType: 'string', containsNull: false };
    const struct = {
      type: 'struct',
      fields: [{ name: 'in', type: 'binary', nullable: false, metadata: {} }],
    };
    const types = [
      'integer',
      'long',
      'double',
      'boolean',
      'timestamp',
      'date',
      'decimal(12,2)',
      list,
      struct,
    ];
    expect(columnsOfSchema('t', schema(...types)).map(({ type, nullable }) => [type, nullable])).toEqual([
      [{ kind: 'int32' }, false],
      [{ kind: 'int64' }, true],
      [{ kind: 'float64' }, false],
      [{ kind: 'boolean' }, true],
      [{ kind: 'timestamp' }, false],
      [{ kind: 'date' }, true],
      [{ kind: 'decimal', precision: 12, scale: 2 }, false],
      [{ kind: 'list', element: { kind: 'string' } }, true],
      [{ kind: 'struct', fields: [{ name: 'in', type: { kind: 'binary' }, nullable: false }] }, false],
    ]);
  });

  it.each(['short', 'timestamp_ntz', { type: 'map', keyType: 'string', valueType: 'string' }])(
    'of type %j are another engine’s: refused by name',
    (type) => expect(() => columnsOfSchema('t', schema('long', type))).toThrow(/t: column c1 is/),
  );

  it.each([[[]], [['c1']], [['c0', 'c1']], [['c0', 'c0']]])(
    'partitioned by %j are refused',
    (partitionColumns) =>
      expect(() => shapeOf('t', snapshotOf(schema('date', 'long'), partitionColumns))).toThrow(
        /tables by one date/,
      ),
  );
});

describe('what the log says of a file', () => {
  const file = (stats: string) => ({ stats }) as AddFile;

  it('keeps positions of more than 53 bits', () => {
    const stats = `{"numRecords":2,"minValues":{"p":9007199254740993},"maxValues":{"p":9223372036854775807}}`;
    expect(fileStatsOf(file(stats))).toEqual({
      rows: 2,
      min: { p: '9007199254740993' },
      max: { p: '9223372036854775807' },
    });
    expect(mayHold(file(stats), 'p', 0n, 9007199254740993n)).toBe(false);
    expect(mayHold(file(stats), 'p', 0n, 9007199254740994n)).toBe(true);
    expect(mayHold(file(stats), 'p', 2n ** 63n - 1n, 2n ** 64n)).toBe(true);
    expect(mayHold(file(stats), 'p', 2n ** 63n, 2n ** 64n)).toBe(false);
  });

  it.each(['', '{}', '{"numRecords":1}', '{"minValues":{"q":1}}'])(
    'lets a file without bounds hold anything: %s',
    (stats) => expect(mayHold(file(stats), 'p', 5n, 6n)).toBe(true),
  );
});

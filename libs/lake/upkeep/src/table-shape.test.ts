import { addFileOf, type AddFile, type TableSnapshot } from '@gondola/lake-delta';
import { columnarEncoder } from '@gondola/lake-parquet';
import { columnSpec, packPositions, positionColumns } from '@gondola/stream';
import fc from 'fast-check';
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
  const NAMES = { position: 'p', sequence: 's' };

  it('keeps positions of more than 53 bits', () => {
    const stats = `{"numRecords":2,"minValues":{"p":9007199254740993},"maxValues":{"p":9223372036854775807},"nullCount":{"s":2}}`;
    expect(fileStatsOf(file(stats))).toEqual({
      rows: 2,
      min: { p: '9007199254740993' },
      max: { p: '9223372036854775807' },
      nulls: { s: '2' },
    });
    const holds = (from: bigint, to: bigint) => mayHold(file(stats), NAMES, { from, to });
    expect(holds(0n, 9007199254740993n)).toBe(false);
    expect(holds(0n, 9007199254740994n)).toBe(true);
    expect(holds(2n ** 63n - 1n, 2n ** 64n)).toBe(true);
    expect(holds(2n ** 63n, 2n ** 64n)).toBe(false);
  });

  it.each(['', '{}', '{"numRecords":1}', '{"minValues":{"q":1}}'])(
    'lets a file without bounds hold anything: %s',
    (stats) => {
      expect(mayHold(file(stats), NAMES, { from: 5n, to: 6n })).toBe(true);
      expect(mayHold(file(stats), NAMES, { from: 2n ** 100n, to: 2n ** 101n })).toBe(true);
    },
  );

  const SPECS = [columnSpec('p', 'int64', true), columnSpec('s', 'string', true)];

  /** As the log describes a file that holds these positions. */
  async function fileOf(positions: readonly bigint[]): Promise<AddFile> {
    const { position, sequence } = positionColumns(packPositions(positions));
    const columns = [position, sequence].map((values, at) => ({ spec: SPECS[at], values }));
    return addFileOf('f', await columnarEncoder.encode([{ rows: positions.length, columns }]), {}, 0);
  }

  const position = fc.oneof(
    fc.bigInt(0n, 50n),
    fc.bigInt(2n ** 63n - 20n, 2n ** 63n + 20n),
    fc.bigInt(10n ** 50n - 20n, 10n ** 50n + 20n),
    fc.bigInt(2n ** 200n, 2n ** 200n + 50n),
  );

  it('never hides a position that a file holds, of whatever size', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(position, { minLength: 1, maxLength: 6 }),
        position,
        fc.bigInt(1n, 2n ** 80n),
        async (positions, from, length) => {
          const range = { from, to: from + length };
          const isHeld = positions.some((one) => one >= range.from && one < range.to);
          if (isHeld) expect(mayHold(await fileOf(positions), NAMES, range)).toBe(true);
        },
      ),
    );
  });

  it('passes over files of other large positions', async () => {
    const held = await fileOf([10n ** 60n, 10n ** 60n + 10n ** 40n]);
    const holds = (from: bigint, to: bigint) => mayHold(held, NAMES, { from, to });
    expect(holds(10n ** 60n, 10n ** 60n + 1n)).toBe(true);
    expect(holds(2n * 10n ** 60n, 3n * 10n ** 60n)).toBe(false);
    expect(holds(0n, 2n ** 63n)).toBe(false);
    expect(mayHold(await fileOf([5n]), NAMES, { from: 2n ** 63n, to: 2n ** 200n })).toBe(false);
  });
});

import fc from 'fast-check';
import {
  ByteInterner,
  ByteValues,
  DictionaryValues,
  internInto,
  internValues,
  NullableNumbers,
  type Column,
  type ColumnTable,
  type ColumnType,
  type ColumnValue,
  type ColumnValues,
} from '@gondola/stream';

const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;

const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('', 'é', '\u{10ffff}'.repeat(20), 'a'.repeat(70), '\u007f'.repeat(65)),
);

const decimalOf = (precision: number) => {
  const largest = 10n ** BigInt(precision) - 1n;
  return fc.oneof(fc.bigInt(-largest, largest), fc.constantFrom(largest, -largest, 0n));
};

/** Every kind of column without children, with values from end to end of its range. */
const KINDS: readonly (readonly [ColumnType, fc.Arbitrary<ColumnValue>])[] = [
  [{ kind: 'string' }, text],
  [{ kind: 'binary' }, fc.uint8Array()],
  [{ kind: 'boolean' }, fc.boolean()],
  [{ kind: 'int32' }, fc.oneof(fc.integer(), fc.constantFrom(-(2 ** 31), 2 ** 31 - 1, 0))],
  [
    { kind: 'int64' },
    fc.oneof(
      fc.bigInt(INT64_MIN, INT64_MAX),
      fc.constantFrom(INT64_MIN, INT64_MAX, 2n ** 53n + 1n, -(2n ** 52n)),
    ),
  ],
  [{ kind: 'int64' }, fc.bigInt(-(2n ** 53n), 2n ** 53n)],
  [
    { kind: 'float64' },
    fc.oneof(fc.double(), fc.constantFrom(-0, 0, Infinity, -Infinity, NaN, Number.MIN_VALUE, 0.1)),
  ],
  [{ kind: 'decimal', precision: 12, scale: 2 }, decimalOf(12)],
  [{ kind: 'decimal', precision: 18, scale: 0 }, decimalOf(18)],
  [{ kind: 'decimal', precision: 38, scale: 10 }, decimalOf(38)],
  // Years 1 to 9999 are what Python's datetime has; beyond 2^53 microseconds a number is not exact.
  [{ kind: 'timestamp' }, fc.integer({ min: -(2 ** 52), max: 2 ** 53 - 1 })],
  [{ kind: 'date' }, fc.integer({ min: -719_162, max: 2_932_896 })],
];

interface Cell {
  readonly type: ColumnType;
  readonly value: fc.Arbitrary<ColumnValue>;
}

const leafOf = (kinds: typeof KINDS): fc.Arbitrary<Cell> =>
  fc.constantFrom(...kinds).map(([type, value]) => ({ type, value }));

/** Lists and structs of anything, two deep. */
const nested = (inner: fc.Arbitrary<Cell>): fc.Arbitrary<Cell> =>
  fc.oneof(
    inner.map(({ type, value }): Cell => ({
      type: { kind: 'list', element: type },
      value: fc.array(value, { maxLength: 3 }),
    })),
    fc.array(fc.tuple(inner, fc.boolean()), { minLength: 1, maxLength: 3 }).map((fields): Cell => {
      const named = fields.map(([cell, nullable], at) => ({ name: `f${at}`, nullable, ...cell }));
      return {
        type: { kind: 'struct', fields: named.map(({ name, type, nullable }) => ({ name, type, nullable })) },
        value: fc.record(
          Object.fromEntries(
            named.map(({ name, value, nullable }) => [
              name,
              nullable ? fc.option(value, { nil: null }) : value,
            ]),
          ),
        ),
      };
    }),
  );

function cellOf(inside: typeof KINDS): fc.Arbitrary<Cell> {
  return fc.oneof(
    { arbitrary: leafOf(KINDS), weight: 6 },
    { arbitrary: nested(leafOf(inside)), weight: 2 },
    { arbitrary: nested(nested(leafOf(inside))), weight: 1 },
  );
}

/** The same rows in the plain form and as others give them: typed, and cut into tables. */
export interface GeneratedTable {
  readonly plain: ColumnTable;
  readonly chunks: readonly ColumnTable[];
}

/** Kinds that hyparquet reads exactly inside lists and structs: it makes doubles of decimals there. */
const KINDS_EXACT_INSIDE = KINDS.filter(([{ kind }]) => kind !== 'decimal');

/** Random schemas and values; columns now and then of one value only, of nulls only, or of few values. */
export const generatedTables = tablesOf(cellOf(KINDS));
export const tablesForHyparquet = tablesOf(cellOf(KINDS_EXACT_INSIDE));

function tablesOf(cell: fc.Arbitrary<Cell>): fc.Arbitrary<GeneratedTable> {
  return fc
    .tuple(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 1, max: 6 }))
    .chain(([rows, columns]) =>
      fc.tuple(
        fc.tuple(...Array.from({ length: columns }, (_, at) => generatedColumn(`c${at}`, rows, cell))),
        fc.array(fc.integer({ min: 0, max: rows }), { maxLength: 3 }),
        fc.constant(rows),
      ),
    )
    .map(([columns, cuts, rows]) => {
      const ends = [...cuts, rows].sort((left, right) => left - right);
      const interners = columns.map(() => new ByteInterner());
      const chunks = ends.map((end, at): ColumnTable => {
        const from = at === 0 ? 0 : ends[at - 1];
        return {
          rows: end - from,
          columns: columns.map(({ column: { spec }, forms }, which) => {
            const cells = valuesOf(columns[which].column).slice(from, end);
            return { spec, values: typedForm(spec.type, cells, forms[at % forms.length], interners[which]) };
          }),
        };
      });
      return { plain: { rows, columns: columns.map(({ column }) => column) }, chunks };
    });
}

export function valuesOf(column: Column): readonly ColumnValue[] {
  return column.values as readonly ColumnValue[];
}

function generatedColumn(name: string, rows: number, cell: fc.Arbitrary<Cell>) {
  return fc.tuple(cell, fc.boolean()).chain(([{ type, value }, nullable]) => {
    const some = nullable ? fc.option(value, { nil: null }) : value;
    const length = { minLength: rows, maxLength: rows };
    const values = fc.oneof(
      fc.array(some, length),
      some.map((same) => new Array<ColumnValue>(rows).fill(same)),
      fc
        .array(some, { minLength: 2, maxLength: 4 })
        .chain((few) => fc.array(fc.constantFrom(...few), length)),
      ...(nullable ? [fc.constant(new Array<ColumnValue>(rows).fill(null))] : []),
    );
    return fc.record({
      column: values.map((cells): Column => ({ spec: { name, type, nullable }, values: cells })),
      forms: fc.array(fc.constantFrom('plain', 'typed', 'dictionary', 'growing'), {
        minLength: 1,
        maxLength: 3,
      }),
    });
  });
}

/** The values as `columns.ts` allows them; 'plain' where there is no other form. `interner` has what earlier tables had in the form 'growing'. */
function typedForm(
  type: ColumnType,
  values: readonly ColumnValue[],
  form: string,
  interner: ByteInterner,
): ColumnValues {
  if (form === 'plain') return values;
  switch (type.kind) {
    case 'string':
    case 'binary': {
      const slices = ByteValues.of(values as readonly (string | Uint8Array | null)[]);
      if (form === 'typed') return slices;
      if (form === 'growing') return internInto(interner, slices);
      const { index, entries } = internValues(slices);
      // An entry that no row has must not show anywhere.
      const padded = ByteValues.of(['unused', ...entries.toArray(), 'zzzz']);
      return new DictionaryValues(
        Int32Array.from(index, (entry) => (entry < 0 ? -1 : entry + 1)),
        padded,
      );
    }
    case 'boolean':
      return nullable(values, (present) => Uint8Array.from(present as readonly number[]), false);
    case 'int32':
    case 'date':
      return nullable(values, (present) => Int32Array.from(present as readonly number[]), 0);
    case 'float64':
    case 'timestamp':
      return nullable(values, (present) => Float64Array.from(present as readonly number[]), 0);
    case 'int64':
      return nullable(values, (present) => BigInt64Array.from(present as readonly bigint[]), 0n);
    case 'decimal':
      if (type.precision > 18) return values;
      return nullable(values, (present) => BigInt64Array.from(present as readonly bigint[]), 0n);
    default:
      return values;
  }
}

function nullable(
  values: readonly ColumnValue[],
  pack: (values: readonly ColumnValue[]) => NullableNumbers['numbers'],
  filler: ColumnValue,
): ColumnValues {
  const numbers = pack(values.map((value) => value ?? filler));
  if (!values.includes(null)) return numbers;
  return new NullableNumbers(
    numbers,
    Uint8Array.from(values, (value) => (value === null ? 1 : 0)),
  );
}

import type { AvroRecord, AvroType, Slot } from '../avro-type.js';
import type { ColumnPlan } from '../column-plan.js';
import { readJson } from '../json-reader.js';
import type { Constants } from './constants.js';

/**
 * A field of the newest schema (or one that only the writer has) as variables of a generated reader, named by `id`:
 *
 *     text, composite: s_id start, z_id bytes (-1: null)      number: n_id, and x_id 1 for null where it may be
 *     symbol: i_id its number (-1: null)                      flag: n_id 0 or 1, and x_id
 *
 * Where `column` is not -1, the arrays of its column are `a_id` and, second ones, `b_id` (see `arraysOf`).
 */
export interface FastField {
  readonly id: string;
  readonly kind: 'text' | 'symbol' | 'number' | 'flag' | 'composite';
  readonly name: string;
  /** Without null. */
  readonly type: AvroType;
  readonly isNullable: boolean;
  /** undefined: must be given. */
  readonly fallback: Slot | undefined;
  readonly plan: ColumnPlan | null;
  readonly column: number;
}

const KINDS: Readonly<Record<AvroType['kind'], FastField['kind']>> = {
  string: 'text',
  enum: 'symbol',
  int: 'number',
  long: 'number',
  float: 'number',
  double: 'number',
  boolean: 'flag',
  array: 'composite',
  map: 'composite',
  record: 'composite',
  union: 'composite',
  json: 'composite',
  nullable: 'composite', // never: null is taken off before
};

/** The fields of a record: `e0, e1...` of the event, `r0, r1...` of the entries that make rows. */
export function fieldsOf(record: AvroRecord, plans: readonly ColumnPlan[], perRow: boolean): FastField[] {
  return record.fields.map(({ name, type, fallback }, slot) => {
    const column = plans.findIndex((plan) => plan.perRow === perRow && plan.slot === slot);
    return {
      ...fieldOf(`${perRow ? 'r' : 'e'}${slot}`, name, type),
      fallback: fallback === undefined ? undefined : readJson(type, fallback, name),
      plan: column < 0 ? null : plans[column],
      column,
    };
  });
}

/** A field that has no column. */
export function fieldOf(id: string, name: string, type: AvroType): FastField {
  const inner = type.kind === 'nullable' ? type.of : type;
  const isNullable = type.kind === 'nullable';
  const kind = KINDS[inner.kind];
  return { id, kind, name, type: inner, isNullable, fallback: undefined, plan: null, column: -1 };
}

export function symbolsOf({ type }: FastField): readonly string[] {
  return type.kind === 'enum' ? type.symbols : [];
}

/** Declares the field's variables. */
export function declare({ id, kind }: FastField): string {
  if (kind === 'text' || kind === 'composite') return `let s_${id} = 0, z_${id} = -1;\n`;
  return kind === 'symbol' ? `let i_${id} = -1;\n` : `let n_${id} = 0, x_${id} = 0;\n`;
}

export function setNull({ id, kind }: FastField): string {
  if (kind === 'text' || kind === 'composite') return `s_${id} = 0; z_${id} = -1;`;
  return kind === 'symbol' ? `i_${id} = -1;` : `n_${id} = 0; x_${id} = 1;`;
}

/** Sets the field's default. A text that is looked at must stand in the batch's bytes, which defaults do not. */
export function setDefault(field: FastField, isExamined: boolean, constants: Constants): string {
  const { id, kind, fallback, plan } = field;
  if (fallback === undefined) return 'return false;';
  if (fallback === null) return setNull(field);
  if (kind === 'symbol') return `i_${id} = ${symbolsOf(field).indexOf(fallback as string)};`;
  if (kind === 'number' || kind === 'flag')
    return `n_${id} = ${numberSource(Number(fallback))}; x_${id} = 0;`;
  if (isExamined) return 'return false;';
  const text = plan?.toText ? plan.toText(fallback) : (fallback as string);
  const constant = constants.add(text);
  return `s_${id} = b.placed.constant(${constant}); z_${id} = ${Buffer.byteLength(text)};`;
}

/** `String(-0)` is `0`. */
export function numberSource(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}

/** The arrays of the field's column: variable and where the builder has it. */
export function arraysOf({
  id,
  kind,
  plan,
  column,
  isNullable,
}: FastField): readonly (readonly [string, string])[] {
  if (!plan) return [];
  const builder = `b.columns[${column}]`;
  if (kind === 'symbol') return [[`a_${id}`, `${builder}.index`]];
  if (kind === 'text' || kind === 'composite')
    return [
      [`a_${id}`, `${builder}.start`],
      [`b_${id}`, `${builder}.size`],
    ];
  const numbers = [`a_${id}`, `${builder}.${isHalves(plan) ? 'halves' : 'numbers'}`] as const;
  return isNullable ? [numbers, [`b_${id}`, `${builder}.isNull`]] : [numbers];
}

function isHalves({ spec }: ColumnPlan): boolean {
  return spec.type.kind === 'int64' || spec.type.kind === 'decimal';
}

/** Gives up on what the column cannot hold. */
export function checkBounds({ id, kind, plan, type }: FastField): string {
  if (kind !== 'number') return '';
  const max = plan && plan.absoluteMax !== Infinity ? String(plan.absoluteMax) : null;
  if (max) return `if (!(n_${id} <= ${max} && n_${id} >= -${max})) return false;\n`;
  const isReal = type.kind === 'double' || type.kind === 'float';
  return isReal ? `if (n_${id} - n_${id} !== 0) return false;\n` : '';
}

/** Writes the variables into the column at a row. */
export function store(field: FastField, row: string, constants: Constants): string {
  const { id, kind, plan, isNullable } = field;
  if (!plan) return '';
  if (kind === 'symbol') return `a_${id}[${row}] = i_${id};\n`;
  if (kind === 'text' || kind === 'composite')
    return `a_${id}[${row}] = s_${id}; b_${id}[${row}] = z_${id};\n`;
  const isNull = isNullable ? `b_${id}[${row}] = x_${id};\n` : '';
  return storeNumber(id, plan, row, constants) + isNull;
}

function storeNumber(
  id: string,
  { spec, microsPerUnit }: ColumnPlan,
  row: string,
  constants: Constants,
): string {
  const { type } = spec;
  const number = `n_${id}`;
  const halves = (value: string) =>
    `a_${id}[2 * ${row}] = ${value}; a_${id}[2 * ${row} + 1] = Math.floor(${value} / 4294967296);`;
  if (type.kind === 'int64') return halves(number) + '\n';
  if (type.kind !== 'decimal')
    return `a_${id}[${row}] = ${number}${microsPerUnit === 1 ? '' : ` * ${microsPerUnit}`};\n`;
  // The same as `unscaledOf`, which takes over where rounding is to be decided.
  const factor = String(10 ** type.scale);
  const { putDecimal } = constants.helpers;
  return `u = Math.round(${number} * ${factor});
if (u < 1e15 && u > -1e15 && u / ${factor} === ${number}) { ${halves('u')} }
else ${putDecimal}(a_${id}, ${row}, ${number}, ${type.scale});\n`;
}

import {
  ByteValues,
  DictionaryValues,
  NullableNumbers,
  type ColumnValues,
  type NumberArray,
} from '@gondola/stream';
import type { Slot } from './avro-type.js';
import type { ColumnPlan } from './column-plan.js';
import { unscaledOf } from './decimal.js';
import type { PlacedTexts } from './placed-texts.js';
import { isText, type Slab, type Slabs } from './slab.js';

/**
 * Collects the values of one column, in arrays that grow by doubling. The generated readers write into the arrays
 * themselves; `put` is for events that were decoded first.
 */
export interface ColumnBuilder {
  put(row: number, value: Slot): void;
  grow(): void;
  build(rows: number): ColumnValues;
}

/** Text as (start, size) in the bytes of the batch or of `placed`; size -1 is null. */
export class TextBuilder implements ColumnBuilder {
  start: Int32Array;
  size: Int32Array;

  constructor(
    capacity: number,
    slab: Slab,
    private readonly placed: PlacedTexts,
    private readonly toText: ((value: Slot) => string) | null,
  ) {
    this.start = slab.int32(capacity);
    this.size = slab.int32(capacity);
  }

  put(row: number, value: Slot): void {
    if (value === null) this.size[row] = -1;
    else {
      this.start[row] = this.placed.add(this.toText ? this.toText(value) : (value as string));
      this.size[row] = this.placed.size;
    }
  }

  grow(): void {
    this.start = doubled(this.start);
    this.size = doubled(this.size);
  }

  build(rows: number): ByteValues {
    return new ByteValues(this.placed.allBytes(), cut(this.start, rows), cut(this.size, rows));
  }
}

/** Symbols of an enum by their number; -1 is null. */
class SymbolBuilder implements ColumnBuilder {
  index: Int32Array;

  constructor(
    capacity: number,
    slab: Slab,
    private readonly symbols: readonly string[],
  ) {
    this.index = slab.int32(capacity);
  }

  put(row: number, value: Slot): void {
    this.index[row] = this.symbols.indexOf(value as string);
  }

  grow(): void {
    this.index = doubled(this.index);
  }

  build(rows: number): DictionaryValues {
    return new DictionaryValues(cut(this.index, rows), ByteValues.of(this.symbols));
  }
}

/** Numbers and booleans; `isNull` is only kept where the column is nullable. */
class NumberBuilder implements ColumnBuilder {
  numbers: Float64Array | Int32Array | Uint8Array;
  isNull: Uint8Array | null;

  constructor(
    capacity: number,
    slab: Slab,
    private readonly plan: ColumnPlan,
  ) {
    const { kind } = plan.spec.type;
    if (kind === 'boolean') this.numbers = slab.uint8(capacity);
    else if (kind === 'int32' || kind === 'date') this.numbers = slab.int32(capacity);
    else this.numbers = slab.float64(capacity);
    this.isNull = plan.spec.nullable ? slab.uint8(capacity) : null;
  }

  put(row: number, value: Slot): void {
    this.numbers[row] = Number(value) * this.plan.microsPerUnit;
    if (this.isNull) this.isNull[row] = value === null ? 1 : 0;
  }

  grow(): void {
    this.numbers = doubled(this.numbers);
    this.isNull &&= doubled(this.isNull);
  }

  build(rows: number): ColumnValues {
    return withNulls(cut(this.numbers, rows), this.isNull, rows);
  }
}

/** Integers of 64 bits and decimals as halves, lower first: a bigint for each row would be an object for each row. */
class HalvesBuilder implements ColumnBuilder {
  halves: Int32Array;
  isNull: Uint8Array | null;
  private readonly scale: number | null;

  constructor(capacity: number, slab: Slab, { spec }: ColumnPlan) {
    this.halves = slab.int32(2 * capacity);
    this.isNull = spec.nullable ? slab.uint8(capacity) : null;
    this.scale = spec.type.kind === 'decimal' ? spec.type.scale : null;
  }

  put(row: number, value: Slot): void {
    const given = value === null ? 0 : (value as number);
    if (this.isNull) this.isNull[row] = value === null ? 1 : 0;
    if (this.scale === null) putHalves(this.halves, row, given);
    else putDecimal(this.halves, row, given, this.scale);
  }

  grow(): void {
    this.halves = doubled(this.halves);
    this.isNull &&= doubled(this.isNull);
  }

  build(rows: number): ColumnValues {
    return withNulls(bigInts(this.halves, rows), this.isNull, rows);
  }
}

/** For so many rows at first, in arrays from the slabs. */
export function newColumnBuilder(
  plan: ColumnPlan,
  capacity: number,
  { texts, rest }: Slabs,
  placed: PlacedTexts,
): ColumnBuilder {
  const { kind } = plan.spec.type;
  if (isText(plan)) return new TextBuilder(capacity, texts, placed, plan.toText);
  if (plan.symbols) return new SymbolBuilder(capacity, rest, plan.symbols);
  if (kind === 'int64' || kind === 'decimal') return new HalvesBuilder(capacity, rest, plan);
  return new NumberBuilder(capacity, rest, plan);
}

/** A double as an unscaled decimal. The generated readers do the common case themselves. */
export function putDecimal(halves: Int32Array, row: number, value: number, scale: number): void {
  const unscaled = unscaledOf(value, scale);
  if (typeof unscaled === 'number') putHalves(halves, row, unscaled);
  else {
    halves[2 * row] = Number(BigInt.asIntN(32, unscaled));
    halves[2 * row + 1] = Number(unscaled >> 32n);
  }
}

function putHalves(halves: Int32Array, row: number, value: number): void {
  halves[2 * row] = value;
  halves[2 * row + 1] = Math.floor(value / 4_294_967_296);
}

function withNulls(numbers: NumberArray, isNull: Uint8Array | null, rows: number): ColumnValues {
  return isNull ? new NullableNumbers(numbers, cut(isNull, rows)) : numbers;
}

type Growing = Float64Array | Int32Array | Uint8Array;

export function doubled<T extends Growing>(array: T): T {
  const larger = new (array.constructor as new (length: number) => T)(2 * array.length);
  larger.set(array);
  return larger;
}

/** Above this share of used entries an array is handed on with what is unused; below, what is used is copied. */
const USED_MIN = 0.75;

/** The first entries. */
export function cut<T extends Growing>(array: T, length: number): T {
  if (array.length === length) return array;
  return (length < USED_MIN * array.length ? array.slice(0, length) : array.subarray(0, length)) as T;
}

/** The first so many pairs of halves, lower first, as the integers that they are. */
export function bigInts(halves: Int32Array, length: number): BigInt64Array {
  const used = cut(halves, 2 * length);
  return new BigInt64Array(used.buffer, used.byteOffset, length);
}

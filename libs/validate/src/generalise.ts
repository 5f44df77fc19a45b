import type { AvroType } from '@gondola/contract';
import {
  NullableNumbers,
  plainValues,
  type Column,
  type ColumnType,
  type ColumnValue,
  type ColumnValues,
  type NumberArray,
} from '@gondola/stream';

type Period = 'hour' | 'day' | 'month' | 'year';

const DAY_MS = 86_400_000;
const INT32_MIN = -(2 ** 31);

/**
 * Times and dates become the begin (UTC) of their period, numbers the lower bound of their bucket of `by`. The type stays; what
 * lies below the type's least value becomes that value.
 */
export function generalised({ spec, values }: Column, by: Period | number): ColumnValues {
  const { type } = spec;
  if (values instanceof NullableNumbers)
    return new NullableNumbers(ofNumbers(values.numbers, type, by), values.isNull);
  if (isNumbers(values)) return ofNumbers(values, type, by);
  return plainValues({ spec, values }).map((value) => (value === null ? null : ofOne(value, type, by)));
}

const isNumbers = (values: ColumnValues): values is NumberArray => ArrayBuffer.isView(values);

function ofNumbers(numbers: NumberArray, type: ColumnType, by: Period | number): NumberArray {
  if (numbers instanceof BigInt64Array) {
    const bucket = bucketOf(type, Number(by));
    const least = leastOf(type);
    return numbers.map((value) => floorBig(value, bucket, least));
  }
  const floor = floorOf(type, by);
  return numbers.map((value) => floor(value));
}

function ofOne(value: ColumnValue, type: ColumnType, by: Period | number): ColumnValue {
  if (typeof value === 'bigint') return floorBig(value, bucketOf(type, Number(by)), leastOf(type));
  return floorOf(type, by)(value as number);
}

/** A number as the schema carries it. */
export function generalisedSlot(type: AvroType, value: number, by: Period | number): number {
  if (typeof by === 'number')
    return floorOf({ kind: type.kind === 'int' || type.kind === 'long' ? 'int64' : 'float64' }, by)(value);
  if (type.kind === 'int') return floorMs(value * DAY_MS, by) / DAY_MS;
  if (type.kind === 'long' && type.logical === 'timestamp-millis') return floorMs(value, by);
  return floorMs(Math.floor(value / 1000), by) * 1000;
}

/** Of whole numbers in the column's steps. */
const bucketOf = (type: ColumnType, by: number): bigint =>
  BigInt(Math.round(type.kind === 'decimal' ? by * 10 ** type.scale : by));

const leastOf = (type: ColumnType): bigint =>
  type.kind === 'decimal' ? 1n - 10n ** BigInt(type.precision) : -(2n ** 63n);

function floorBig(value: bigint, bucket: bigint, least: bigint): bigint {
  const rest = value % bucket;
  const floor = value - (rest < 0n ? rest + bucket : rest);
  return floor < least ? least : floor;
}

function floorOf(type: ColumnType, by: Period | number): (value: number) => number {
  if (typeof by === 'string') {
    if (type.kind === 'date') return (days) => floorMs(days * DAY_MS, by) / DAY_MS;
    return (micros) => floorMs(Math.floor(micros / 1000), by) * 1000;
  }
  if (type.kind === 'int32') return (value) => Math.max(INT32_MIN, Math.floor(value / by) * by);
  // Of 53 bits at the most, as long as it is no bigint.
  if (type.kind === 'int64') return (value) => Math.max(Number.MIN_SAFE_INTEGER, Math.floor(value / by) * by);
  return (value) => {
    // 0.3 and not 0.30000000000000004.
    const floor = Number((Math.floor(value / by) * by).toPrecision(15));
    // So large that its last digit is more than a bucket.
    return Number.isFinite(floor) ? floor : value;
  };
}

const HOUR_MS = 3_600_000;

function floorMs(ms: number, period: Period): number {
  if (period === 'hour') return Math.floor(ms / HOUR_MS) * HOUR_MS;
  if (period === 'day') return Math.floor(ms / DAY_MS) * DAY_MS;
  const year = new Date(ms).getUTCFullYear();
  // Beyond what a Date holds there is nothing that a calendar could say.
  if (Number.isNaN(year)) return 0;
  const begin = new Date(0);
  begin.setUTCFullYear(year, period === 'year' ? 0 : new Date(ms).getUTCMonth(), 1);
  const beginMs = begin.getTime();
  return Number.isNaN(beginMs) ? 0 : beginMs;
}

import type { ContractExpectation, ExpectationTest } from '@gondola/contract';
import { FAILS, NOT_JUDGED, PASSES, type EventBatch } from '@gondola/events';
import {
  ByteValues,
  DictionaryValues,
  NullableNumbers,
  type ColumnValues,
  type NumberArray,
  type RecordBatch,
} from '@gondola/stream';

/** Sets the entry of every row that does not pass. */
export type CheckRows = (batch: EventBatch, records: RecordBatch, verdict: Uint8Array) => void;

/** What can be said of an event by itself; null for kinds that look beyond it. */
export function checkOf({ test }: Pick<ContractExpectation, 'test'>): CheckRows | null {
  switch (test.kind) {
    case 'completeness':
      return ({ table }, _, verdict) => checkGiven(table.columns[test.column].values, verdict);
    case 'range':
      return ({ table }, _, verdict) => checkRange(table.columns[test.column].values, test, verdict);
    case 'freshness':
      return (batch, records, verdict) => checkFresh(batch, records, test.withinMs, verdict);
    default:
      return null;
  }
}

/** Null is missing, and so is text without a character: that is how many tills write nothing. */
function checkGiven(values: ColumnValues, verdict: Uint8Array): void {
  if (values instanceof ByteValues) {
    const { size } = values;
    for (let row = 0; row < size.length; row++) if (size[row] <= 0) verdict[row] = FAILS;
  } else if (values instanceof DictionaryValues) {
    const { index, entries } = values;
    for (let row = 0; row < index.length; row++)
      if (index[row] < 0 || entries.size[index[row]] === 0) verdict[row] = FAILS;
  } else if (values instanceof NullableNumbers) {
    const { isNull } = values;
    for (let row = 0; row < isNull.length; row++) if (isNull[row] === 1) verdict[row] = FAILS;
  } else if (Array.isArray(values)) {
    values.forEach((value, row) => (verdict[row] = value === null || value === '' ? FAILS : PASSES));
  }
}

type Range = Extract<ExpectationTest, { kind: 'range' }>;

function checkRange(values: ColumnValues, { least, most }: Range, verdict: Uint8Array): void {
  const isNullable = values instanceof NullableNumbers;
  const numbers = (isNullable ? values.numbers : values) as NumberArray;
  if (numbers instanceof BigInt64Array) {
    // By halves: a bigint for each row would be an object for each row.
    const halves = new Int32Array(numbers.buffer, numbers.byteOffset, 2 * numbers.length);
    for (let row = 0; row < numbers.length; row++) {
      const value = halves[2 * row + 1] * 4_294_967_296 + (halves[2 * row] >>> 0);
      if (value < least || value > most) verdict[row] = FAILS;
    }
  } else {
    for (let row = 0; row < numbers.length; row++)
      if (numbers[row] < least || numbers[row] > most) verdict[row] = FAILS;
  }
  if (!isNullable) return;
  const { isNull } = values;
  for (let row = 0; row < isNull.length; row++) if (isNull[row] === 1) verdict[row] = NOT_JUDGED;
}

/** Against the time at which the broker took the record: read again years later, it is as fresh as it was. */
function checkFresh(
  { recordIndex, eventTimeMs }: EventBatch,
  { timestampMs }: RecordBatch,
  withinMs: number,
  verdict: Uint8Array,
): void {
  for (let row = 0; row < recordIndex.length; row++)
    if (timestampMs[recordIndex[row]] - eventTimeMs[row] > withinMs) verdict[row] = FAILS;
}

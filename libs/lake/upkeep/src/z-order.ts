import { plainValues, type ColumnTable, type ColumnValue } from '@gondola/stream';

const RANK_BITS = 16;

/**
 * The rows of a table in Z-order of two columns: the bits of both ranks interleaved, so that rows which are near in either
 * stand near each other and readers skip by both. Ranks, not values: a shop's number says nothing of how many it has.
 * Equal keys keep their order.
 */
export function zOrderOf(table: ColumnTable, [first, second]: readonly [string, string]): Int32Array {
  const [left, right] = [first, second].map((name) => ranksOf(table, name));
  // Row below, key above: one sort of 64-bit numbers, which needs no call per comparison.
  const keys = new Uint32Array(2 * table.rows);
  for (let row = 0; row < table.rows; row++) {
    keys[2 * row] = row;
    keys[2 * row + 1] = (spread(left[row]) << 1) | spread(right[row]);
  }
  new BigUint64Array(keys.buffer).sort();
  return Int32Array.from({ length: table.rows }, (_, at) => keys[2 * at]);
}

/** Where each row's value stands among the distinct ones, stretched to 16 bits. Null comes first. */
function ranksOf(table: ColumnTable, name: string): Int32Array {
  const column = table.columns.find(({ spec }) => spec.name === name);
  const values = column ? plainValues(column) : [];
  const distinct = [...new Set(values)].sort(compareValues);
  const ranks = new Map(
    distinct.map((value, rank) => [value, Math.floor((rank * 2 ** RANK_BITS) / distinct.length)]),
  );
  return Int32Array.from(values, (value) => ranks.get(value) ?? 0);
}

function compareValues(left: ColumnValue, right: ColumnValue): number {
  if (left === null || right === null) return left === right ? 0 : left === null ? -1 : 1;
  return left < right ? -1 : left > right ? 1 : 0;
}

/** Moves the 16 low bits of a number to the even places of 32. */
function spread(rank: number): number {
  let bits = rank;
  bits = (bits | (bits << 8)) & 0x00ff00ff;
  bits = (bits | (bits << 4)) & 0x0f0f0f0f;
  bits = (bits | (bits << 2)) & 0x33333333;
  return (bits | (bits << 1)) & 0x55555555;
}

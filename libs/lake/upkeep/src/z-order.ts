import { tableBytes } from '@gondola/lake-parquet';
import {
  columnOf,
  DictionaryValues,
  plainValues,
  selectRows,
  type ColumnTable,
  type ColumnValue,
} from '@gondola/stream';
import type { ZOrder } from './compact-plan.js';
import { concatTables } from './concat-tables.js';

const RANK_BITS = 16;

/** Sorting holds a chunk three times over. Some of them make a row group, whose pages readers skip one by one. */
const CHUNK_ROWS_MAX = 524_288;
const CHUNK_BYTES_MAX = 32 * 1024 * 1024;

/** Puts rows in order as they come, chunk by chunk: however large a file is, memory is bounded. */
export async function* inZOrder(
  tables: AsyncIterable<ColumnTable>,
  zOrder: ZOrder,
): AsyncGenerator<ColumnTable> {
  let chunk: ColumnTable[] = [];
  let [rows, bytes] = [0, 0];
  // Lets go of the chunk before it is handed on: whoever takes it may hold it for long.
  const ordered = () => {
    const whole = concatTables(chunk);
    [chunk, rows, bytes] = [[], 0, 0];
    return selectRows(whole, zOrderOf(whole, zOrder));
  };
  for await (const table of inPieces(tables)) {
    const more = tableBytes(table);
    if (rows > 0 && (rows + table.rows > CHUNK_ROWS_MAX || bytes + more > CHUNK_BYTES_MAX)) yield ordered();
    chunk.push(table);
    rows += table.rows;
    bytes += more;
  }
  if (chunk.length > 0) yield ordered();
}

async function* inPieces(tables: AsyncIterable<ColumnTable>): AsyncGenerator<ColumnTable> {
  for await (const table of tables) {
    const pieces = Math.ceil(Math.max(table.rows / CHUNK_ROWS_MAX, tableBytes(table) / CHUNK_BYTES_MAX));
    const rows = Math.ceil(table.rows / pieces);
    if (pieces <= 1) yield table;
    else
      for (let from = 0; from < table.rows; from += rows)
        yield selectRows(
          table,
          Int32Array.from({ length: Math.min(rows, table.rows - from) }, (_, row) => from + row),
        );
  }
}

/**
 * The rows of a table in Z-order of two columns: the bits of both ranks interleaved, so that rows which are near in either
 * stand near each other and readers skip by both. Ranks, not values: a shop's number says nothing of how many it has.
 * Equal keys keep their order.
 */
function zOrderOf(table: ColumnTable, [first, second]: ZOrder): Int32Array {
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
  const { spec, values } = columnOf(table, name);
  if (!(values instanceof DictionaryValues)) {
    const plain = plainValues({ spec, values });
    const rankOf = ranking(plain);
    return Int32Array.from(plain, rankOf);
  }
  // A text for each entry, not for each row.
  const { index, entries } = values;
  const texts = plainValues({ spec, values: entries });
  const rankOf = ranking(Array.from(new Set(index), (entry) => (entry < 0 ? null : texts[entry])));
  const ranks = Int32Array.from(texts, rankOf);
  return Int32Array.from(index, (entry) => (entry < 0 ? rankOf(null) : ranks[entry]));
}

function ranking(values: readonly ColumnValue[]): (value: ColumnValue) => number {
  const distinct = [...new Set(values)].sort(compareValues);
  const ranks = new Map(
    distinct.map((value, rank) => [value, Math.floor((rank * 2 ** RANK_BITS) / distinct.length)]),
  );
  return (value) => ranks.get(value) ?? 0;
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

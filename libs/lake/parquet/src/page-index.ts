import { compareBounds, encodedBound, shortMax, shortMin, type Bound } from './bounds.js';
import type { ColumnChunk, Page } from './column-chunk.js';
import type { LeafType } from './schema-elements.js';
import { ThriftType, ThriftWriter } from './thrift-compact.js';

/** Least and greatest value as bytes, not longer than 64; `isExact` when they are the values themselves. */
export interface StoredBounds {
  readonly min: Uint8Array;
  readonly max: Uint8Array;
  readonly isMinExact: boolean;
  readonly isMaxExact: boolean;
}

/** Null when there are no bounds, or none that short. */
export function storedBounds(type: LeafType, bounds: ColumnChunk['bounds']): StoredBounds | null {
  if (!bounds) return null;
  const [min, max] = [encodedBound(type, bounds.min, 'min'), encodedBound(type, bounds.max, 'max')];
  const [low, high] = [shortMin(min), shortMax(max)];
  return high && { min: low, max: high, isMinExact: low === min, isMaxExact: high === max };
}

/** Null when a page has values without bounds: an index cannot leave one out. */
export function columnIndex({ pages, leaf }: ColumnChunk): Uint8Array | null {
  const stored = pages.map(({ bounds }) => storedBounds(leaf.type, bounds));
  if (pages.some(({ values }, page) => values > 0 && !stored[page])) return null;
  const nothing = new Uint8Array();
  return ThriftWriter.struct((index) => {
    index.list(1, ThriftType.bool, pages, ({ values }) => index.boolElement(values === 0));
    index.list(2, ThriftType.binary, stored, (bounds) => index.binaryElement(bounds?.min ?? nothing));
    index.list(3, ThriftType.binary, stored, (bounds) => index.binaryElement(bounds?.max ?? nothing));
    index.i32(4, boundaryOrder(pages));
    index.list(5, ThriftType.i64, pages, ({ nulls }) => index.intElement(nulls));
  });
}

const UNORDERED = 0;
const ASCENDING = 1;
const DESCENDING = 2;

/** Of the exact bounds, and so of the shortened ones too: shortening keeps the order. */
function boundaryOrder(pages: readonly Page[]): number {
  const known = pages.flatMap(({ bounds }) => (bounds ? [bounds] : []));
  const is = (inOrder: (left: Bound, right: Bound) => boolean) =>
    known.every(
      (bounds, page) =>
        page === 0 || (inOrder(known[page - 1].min, bounds.min) && inOrder(known[page - 1].max, bounds.max)),
    );
  if (is((left, right) => compareBounds(left, right) <= 0)) return ASCENDING;
  return is((left, right) => compareBounds(left, right) >= 0) ? DESCENDING : UNORDERED;
}

export function offsetIndex({ pages }: ColumnChunk): Uint8Array {
  return ThriftWriter.struct((index) => {
    index.list(1, ThriftType.struct, pages, ({ offset, size, firstRow }) =>
      index.element((location) => {
        location.i64(1, offset);
        location.i32(2, size);
        location.i64(3, firstRow);
      }),
    );
  });
}

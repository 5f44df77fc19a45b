import { release } from '@gondola/stream';
import type { Bounds } from './bounds.js';
import type { ByteSink } from './byte-sink.js';

/** Parquet's numbers for the encodings we write. */
export const Encoding = {
  plain: 0,
  rle: 3,
  deltaBinaryPacked: 5,
  deltaLengthByteArray: 6,
  deltaByteArray: 7,
  rleDictionary: 8,
} as const;

interface DictionaryPage {
  readonly entries: number;
  /** In PLAIN encoding. */
  readonly bytes: Uint8Array;
}

/** The values of a column chunk with the encoding that was chosen for them. Ranges are of values that are not null. */
export interface ChunkValues {
  readonly encoding: (typeof Encoding)[keyof typeof Encoding];
  readonly dictionary: DictionaryPage | null;
  /** About as many bytes as a page of this range would have. */
  sizeOf(from: number, to: number): number;
  write(sink: ByteSink, from: number, to: number): void;
  /** Null when the values of the range have no order; not asked for an empty range. */
  bounds(from: number, to: number): Bounds | null;
  /** Of text and bytes only: a split block bloom filter of all values, as it stands in the file. */
  bloomFilter?(): Uint8Array;
}

/** What was allocated to encode one chunk, as large as the chunk's column, and is given back when its pages are written. */
export class ChunkMemory {
  private readonly views: ArrayBufferView[] = [];

  add<View extends ArrayBufferView>(view: View): View {
    this.views.push(view);
    return view;
  }

  release(): void {
    release(...this.views);
  }
}

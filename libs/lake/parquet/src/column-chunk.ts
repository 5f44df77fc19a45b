import { widened, type Bounds } from './bounds.js';
import { type ByteSink, type SegmentedBytes } from './byte-sink.js';
import { ChunkMemory, type ChunkValues } from './chunk-values.js';
import { chunkValuesOf } from './encodings.js';
import { compressorOf, type ChunkCodec, type Codec } from './compression.js';
import type { ChunkSeal } from './file-seal.js';
import type { Leaf, LeafData } from './leaves.js';
import { dataPageHeader, dictionaryPageHeader } from './page-headers.js';
import { textOf } from './typed-values.js';
import { writeConstantLevels, writeLevels } from './rle.js';

/** A reader that skips by the page index reads at least one page of each column; a page costs some 100 bytes of index. */
const PAGE_SLOTS_MAX = 20_000;
const PAGE_BYTES_MAX = 1024 * 1024;
/** Choosing an encoding takes about as long as writing so many bytes for each slot. */
const WORK_BYTES = 8;
/** About: of the few rows that somebody waits for, each column would need a compressor to be written and another to be read, for some hundred bytes. */
const COMPRESSED_BYTES_MIN = 1_024;

export interface Page {
  readonly offset: number;
  /** Of header and compressed body. */
  readonly size: number;
  readonly firstRow: number;
  readonly nulls: number;
  readonly values: number;
  /** Null when there are no values, or none with an order. */
  readonly bounds: Bounds | null;
}

/** What the footer says about a column chunk. */
export interface ColumnChunk {
  readonly leaf: LeafData['leaf'];
  readonly slots: number;
  readonly encoding: ChunkValues['encoding'];
  readonly codec: ChunkCodec;
  readonly dictionaryOffset: number | undefined;
  readonly pages: readonly Page[];
  readonly uncompressedSize: number;
  readonly compressedSize: number;
  /** Slots without a value. */
  readonly nulls: number;
  readonly bounds: Bounds | null;
  readonly bloomFilter: Uint8Array | null;
  /** By which its pages are encrypted; null: they are not. */
  readonly seal: ChunkSeal | null;
}

export interface ChunkTarget {
  readonly file: SegmentedBytes;
  readonly codec: Codec;
  /** Reused for every page. */
  readonly page: ByteSink;
  /** Awaited after work on so many bytes: lets others run now and then. */
  readonly pause: (bytes: number) => Promise<void> | undefined;
}

/** Writes the pages of a column chunk at the end of the file. Throws RangeError when a value does not fit its column. */
export async function writeColumnChunk(
  target: ChunkTarget,
  data: LeafData,
  hasBloomFilter: boolean,
  seal: ChunkSeal | null = null,
): Promise<ColumnChunk> {
  const { file, page: sink } = target;
  const memory = new ChunkMemory();
  const values = chunkValuesOf(data, memory);
  await target.pause(WORK_BYTES * data.slots);
  const { dictionary } = values;
  const ranges = [...pageRanges(data, values)];
  const bytesAbout = values.sizeOf(0, ranges.at(-1)?.to ?? 0) + (dictionary?.bytes.length ?? 0);
  const codec = bytesAbout < COMPRESSED_BYTES_MIN ? 'none' : target.codec;
  const compress = compressorOf(codec);
  const begin = file.length;
  let uncompressedSize = 0;
  /** `page`: number of the data page, -1 of the dictionary. */
  const append = (page: number, header: (size: number, compressedSize: number) => Uint8Array): number => {
    const compressed = compress(sink.written());
    const body = seal ? seal.page(page, compressed) : compressed;
    const plain = header(sink.end, body.length);
    const head = seal ? seal.header(page, plain) : plain;
    file.append(head);
    file.append(body);
    uncompressedSize += head.length + sink.end;
    return head.length + body.length;
  };

  if (dictionary) {
    sink.clear();
    sink.append(dictionary.bytes);
    append(-1, (size, compressedSize) => dictionaryPageHeader(size, compressedSize, dictionary.entries));
  }
  const pages: Page[] = [];
  for (const range of ranges) {
    const { slotFrom, slotTo, from, to } = range;
    sink.clear();
    writePageLevels(sink, data, slotFrom, slotTo);
    values.write(sink, from, to);
    const offset = file.length;
    const size = append(pages.length, (plain, compressed) =>
      dataPageHeader(plain, compressed, slotTo - slotFrom, values.encoding),
    );
    const nulls = slotTo - slotFrom - (to - from);
    const bounds = from < to ? values.bounds(from, to) : null;
    pages.push({ offset, size, firstRow: range.firstRow, nulls, values: to - from, bounds });
    await target.pause(sink.end);
  }
  // A filter would answer guesses.
  const bloomFilter = (hasBloomFilter && !seal && values.bloomFilter?.()) || null;
  memory.release();
  const bounds = widened(pages.filter((page) => page.values > 0).map((page) => page.bounds));
  requireDigits(data.leaf, bounds);
  return {
    leaf: data.leaf,
    slots: data.slots,
    encoding: values.encoding,
    codec,
    dictionaryOffset: dictionary ? begin : undefined,
    pages,
    uncompressedSize,
    compressedSize: file.length - begin,
    nulls: pages.reduce((sum, { nulls }) => sum + nulls, 0),
    bounds,
    bloomFilter,
    seal,
  };
}

/** A value with more digits than its column promises is read differently by each engine. */
function requireDigits({ type, path }: Leaf, bounds: Bounds | null): void {
  if (type.kind !== 'decimal' || !bounds) return;
  const limit = 10n ** BigInt(type.precision);
  for (const value of [bounds.min, bounds.max] as readonly (number | bigint)[]) {
    if (value < limit && value > -limit) continue;
    throw new RangeError(`column ${path.join('.')}: ${value} does not fit ${textOf(type)}`);
  }
}

interface PageRange {
  readonly slotFrom: number;
  readonly slotTo: number;
  /** Values that are not missing. */
  readonly from: number;
  readonly to: number;
  readonly firstRow: number;
}

/** Pages begin where a row begins; one that would be too large is halved until it is a single row. */
function* pageRanges(data: LeafData, values: ChunkValues): Generator<PageRange> {
  let [slotFrom, from, firstRow] = [0, 0, 0];
  while (slotFrom < data.slots) {
    let slotTo = rowEnd(data, slotFrom, slotFrom + PAGE_SLOTS_MAX);
    let to = from + valuesIn(data, slotFrom, slotTo);
    while (values.sizeOf(from, to) > PAGE_BYTES_MAX) {
      const half = rowEnd(data, slotFrom, slotFrom + Math.ceil((slotTo - slotFrom) / 2));
      if (half === slotTo) break;
      slotTo = half;
      to = from + valuesIn(data, slotFrom, slotTo);
    }
    yield { slotFrom, slotTo, from, to, firstRow };
    firstRow += rowsIn(data, slotFrom, slotTo);
    [slotFrom, from] = [slotTo, to];
  }
}

/** The last end of a row at or before `wanted`; the end of the first row when that is later. */
function rowEnd({ repetition, slots }: LeafData, from: number, wanted: number): number {
  if (wanted >= slots) return slots;
  if (!repetition) return wanted;
  let end = wanted;
  while (end > from && repetition[end] !== 0) end--;
  if (end > from) return end;
  end = wanted;
  while (end < slots && repetition[end] !== 0) end++;
  return end;
}

function valuesIn({ definition, leaf }: LeafData, from: number, to: number): number {
  if (!definition) return to - from;
  let count = 0;
  for (let slot = from; slot < to; slot++) if (definition[slot] === leaf.definitionMax) count++;
  return count;
}

function rowsIn({ repetition }: LeafData, from: number, to: number): number {
  if (!repetition) return to - from;
  let count = 0;
  for (let slot = from; slot < to; slot++) if (repetition[slot] === 0) count++;
  return count;
}

function writePageLevels(sink: ByteSink, data: LeafData, from: number, to: number): void {
  const { repetition, definition, leaf } = data;
  if (repetition) writeLevels(sink, repetition, from, to, leaf.repetitionMax);
  if (leaf.definitionMax === 0) return;
  if (definition) writeLevels(sink, definition, from, to, leaf.definitionMax);
  else writeConstantLevels(sink, leaf.definitionMax, to - from);
}

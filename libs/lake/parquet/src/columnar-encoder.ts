import type { ColumnSpec, ColumnSummary } from '@gondola/stream';
import { plainBound, widened, type Bounds } from './bounds.js';
import { ByteSink, SegmentedBytes } from './byte-sink.js';
import { writeColumnChunk, type ChunkTarget, type ColumnChunk } from './column-chunk.js';
import type { Codec } from './compression.js';
import type { EncodedFile, EncodeOptions, ParquetEncoder, TableStream } from './encoder.js';
import { FileSeal, isSecret } from './file-seal.js';
import { footerOf, type FooterChunk, type FooterGroup, type Place } from './footer.js';
import type { Keyring } from './keyring.js';
import { leafDataOf, leavesOf } from './leaves.js';
import { columnIndex, offsetIndex } from './page-index.js';
import { rowGroupsOf, type RowGroupInput } from './row-groups.js';
import { schemaElementsOf, type LeafType } from './schema-elements.js';
import { TableSpecs } from './table-specs.js';

const MAGIC = Buffer.from('PAR1');
/** A few milliseconds of work; choosing the encoding of a column chunk, in one go, takes up to 100 for a million rows. */
const PAUSE_BYTES = 1024 * 1024;

/**
 * Typed columns to pages without a value of their own in between. Writes every kind of column exactly. Row groups of up
 * to 1,048,576 rows or 128 MB, pages of up to 20,000 rows or 1 MB; bounds for each page and row group, text cut to 64
 * bytes.
 */
export const columnarEncoder: ParquetEncoder = createColumnarEncoder('zstd');

export function createColumnarEncoder(codec: Codec, keyring?: Keyring): ParquetEncoder {
  return {
    name: `columnar-${codec}`,
    keyring,
    encode: (tables, options = {}) => encode(codec, keyring, tables, options),
  };
}

async function encode(
  codec: Codec,
  keyring: Keyring | undefined,
  tables: TableStream,
  { fieldIds, bloomFilters = [], bytesAbout }: EncodeOptions,
): Promise<EncodedFile> {
  const specs = new TableSpecs();
  const file = new SegmentedBytes(bytesAbout);
  const seal = keyring ? new FileSeal(keyring) : null;
  const target: ChunkTarget = { file, codec, page: new ByteSink(), pause: pacer() };
  let summaries: readonly Summary[] | null = null;
  const summariesOf = () => (summaries ??= specs.columns.map((spec) => new Summary(spec)));
  const groups: WrittenGroup[] = [];
  file.append(MAGIC);
  for await (const group of rowGroupsOf(specs.checked(tables)))
    groups.push(
      await writeGroup(target, group, summariesOf(), { bloomFilters, seal, ordinal: groups.length }),
    );
  const leaves = specs.columns.flatMap(leavesOf);
  const footer = footerOf(
    schemaElementsOf(specs.columns, fieldIds),
    writeIndexes(file, groups),
    leaves.length,
    seal?.isUsed ? seal : null,
  );
  file.append(footer);
  file.append(new Uint8Array(Int32Array.of(footer.length).buffer));
  file.append(MAGIC);
  return {
    bytes: file.whole(),
    rows: specs.rows,
    columns: summariesOf().map((summary) => summary.get()),
  };
}

interface WrittenGroup {
  readonly rows: number;
  readonly chunks: readonly { readonly chunk: ColumnChunk; readonly bloomFilter: Place | null }[];
}

async function writeGroup(
  target: ChunkTarget,
  { rows, columns }: RowGroupInput,
  summaries: readonly Summary[],
  options: {
    readonly bloomFilters: readonly string[];
    readonly seal: FileSeal | null;
    readonly ordinal: number;
  },
): Promise<WrittenGroup> {
  const chunks: ColumnChunk[] = [];
  for (const [column, parts] of columns.entries()) {
    const summary = summaries[column];
    const { leaves, nulls } = leafDataOf(summary.spec, parts);
    const { bloomFilters, seal, ordinal } = options;
    for (const leaf of leaves) {
      const hasBloomFilter = bloomFilters.includes(leaf.leaf.path.join('.'));
      const chunkSeal = seal && isSecret(summary.spec) ? seal.chunk(ordinal, chunks.length) : null;
      chunks.push(await writeColumnChunk(target, leaf, hasBloomFilter, chunkSeal));
    }
    summary.add(nulls, chunks.slice(-leaves.length));
  }
  return {
    rows,
    chunks: chunks.map((chunk) => ({
      chunk,
      bloomFilter: chunk.bloomFilter && appendAt(target.file, chunk.bloomFilter),
    })),
  };
}

/** Indexes stand together before the footer, where a reader gets all of them at once. */
function writeIndexes(file: SegmentedBytes, groups: readonly WrittenGroup[]): FooterGroup[] {
  const columnIndexes = groups.map(({ chunks }) =>
    chunks.map(({ chunk }) => {
      const index = chunk.seal ? null : columnIndex(chunk);
      return index && appendAt(file, index);
    }),
  );
  return groups.map(({ rows, chunks }, group) => ({
    rows,
    chunks: chunks.map(({ chunk, bloomFilter }, column): FooterChunk => ({
      chunk,
      bloomFilter,
      columnIndex: columnIndexes[group][column],
      offsetIndex: chunk.seal ? null : appendAt(file, offsetIndex(chunk)),
    })),
  }));
}

function appendAt(file: SegmentedBytes, bytes: Uint8Array): Place {
  const offset = file.length;
  file.append(bytes);
  return { offset, size: bytes.length };
}

/** Gathers what a column of the file holds, row group by row group. */
class Summary {
  private nulls = 0;
  private readonly bounds: (Bounds | null)[] = [];

  constructor(readonly spec: ColumnSpec) {}

  add(nulls: number, leaves: readonly ColumnChunk[]): void {
    this.nulls += nulls;
    const { kind } = this.spec.type;
    // The leaves of a list or struct have no bounds of the column.
    if (kind === 'list' || kind === 'struct') return;
    for (const { bounds, slots } of leaves) if (nulls < slots) this.bounds.push(bounds);
  }

  get(): ColumnSummary {
    const { spec, nulls } = this;
    const bounds = widened(this.bounds);
    const type = spec.type as LeafType;
    return {
      spec,
      nulls,
      min: bounds && plainBound(type, bounds.min),
      max: bounds && plainBound(type, bounds.max),
    };
  }
}

/** Lets the event loop run after every few megabytes. */
function pacer(): ChunkTarget['pause'] {
  let since = 0;
  return (bytes) => {
    since += bytes;
    if (since < PAUSE_BYTES) return undefined;
    since = 0;
    return new Promise((resolve) => setImmediate(resolve));
  };
}

import { constants, zstdCompressSync } from 'node:zlib';
import { release } from '@gondola/stream';
import { snappyCompress } from 'hyparquet-writer/src/snappy.js';

export type Codec = 'zstd' | 'snappy';

/** Of a column chunk: some are too small for their file's codec. */
export type ChunkCodec = Codec | 'none';

/** Parquet's number of a codec. */
export const CODEC_IDS: Readonly<Record<ChunkCodec, number>> = { none: 0, snappy: 1, zstd: 6 };

const ROOM_BYTES_MIN = 256;

const COMPRESSORS: Readonly<Record<ChunkCodec, (page: Uint8Array) => Uint8Array>> = {
  none: (page) => page,
  zstd: compressZstd,
  snappy: snappyCompress,
};

/** What a compressor gives is good until it is called again. */
export function compressorOf(codec: ChunkCodec): (page: Uint8Array) => Uint8Array {
  return COMPRESSORS[codec];
}

let last = new Uint8Array(0);

/**
 * Level 1: pages are encoded already; levels 2 and 3 took 7 and 23 % more work for silver rows and saved nothing. In this thread, because handing a
 * page to the thread pool costs several times what compressing it does.
 */
function compressZstd(page: Uint8Array): Uint8Array {
  release(last);
  last = zstdCompressSync(page, {
    params: { [constants.ZSTD_c_compressionLevel]: 1 },
    // Room for whatever the page becomes: zstd then reads it where it stands instead of through a buffer of its own.
    chunkSize: page.length + Math.ceil(page.length / 256) + ROOM_BYTES_MIN,
  });
  return last;
}

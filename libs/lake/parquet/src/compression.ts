import { constants, zstdCompressSync } from 'node:zlib';
import { snappyCompress } from 'hyparquet-writer/src/snappy.js';

export type Codec = 'zstd' | 'snappy';

/** Parquet's number of a codec. */
export const CODEC_IDS: Readonly<Record<Codec, number>> = { snappy: 1, zstd: 6 };

const COMPRESSORS: Readonly<Record<Codec, (page: Uint8Array) => Uint8Array>> = {
  zstd: compressZstd,
  snappy: snappyCompress,
};

export function compressorOf(codec: Codec): (page: Uint8Array) => Uint8Array {
  return COMPRESSORS[codec];
}

/**
 * Level 1: pages are encoded already; levels 2 and 3 took 7 and 23 % more work for silver rows and saved nothing. In this thread, because handing a
 * page to the thread pool costs several times what compressing it does.
 */
function compressZstd(page: Uint8Array): Uint8Array {
  return zstdCompressSync(page, {
    params: { [constants.ZSTD_c_compressionLevel]: 1 },
    // All of the output in one piece: ZSTD_compressBound.
    chunkSize: Math.max(constants.Z_MIN_CHUNK, page.length + (page.length >>> 8) + 128),
  });
}

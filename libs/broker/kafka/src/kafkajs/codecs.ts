import { compressionsAlgorithms } from '@platformatic/kafka';
import kafkajs from 'kafkajs';

const { CompressionCodecs, CompressionTypes } = kafkajs;

/** kafkajs knows gzip alone; the others are those of @platformatic/kafka (WebAssembly, and zstd of Node itself). */
export function registerCodecs(): void {
  const { snappy, lz4, zstd } = compressionsAlgorithms;
  const codecs = [
    [CompressionTypes.Snappy, snappy],
    [CompressionTypes.LZ4, lz4],
    [CompressionTypes.ZSTD, zstd],
  ] as const;
  for (const [type, codec] of codecs)
    CompressionCodecs[type] = () => ({
      // kafkajs only reads here; what is sent goes another way.
      compress: () => Promise.reject(new Error('not used')),
      decompress: async (data: Buffer) => codec.decompressSync(data),
    });
}

import kafkajs from 'kafkajs';
import { inflate } from '../columnar/codecs.js';

const { CompressionCodecs, CompressionTypes } = kafkajs;

/** kafkajs knows gzip alone; the others are those of the columnar reader. */
export function registerCodecs(): void {
  const { Snappy, LZ4, ZSTD } = CompressionTypes;
  for (const type of [Snappy, LZ4, ZSTD] as const)
    CompressionCodecs[type] = () => ({
      // kafkajs only reads here; what is sent goes another way.
      compress: () => Promise.reject(new Error('not used')),
      decompress: async (data: Buffer) => inflate(type, data),
    });
}

import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { compressionsAlgorithms, crc32c, Reader } from '@platformatic/kafka';

/** What zlib allocates at a time: about one record batch of most producers. Its own 16 KiB cost twice the CPU, 1 MiB five times. */
const CHUNK_BYTES = 64 * 1024;

/** By the number in a record batch's attributes; none is 0. */
const INFLATE: readonly (((bytes: Buffer) => Buffer) | undefined)[] = [
  undefined,
  (bytes) => gunzipSync(bytes, { chunkSize: CHUNK_BYTES }),
  (bytes) => asBuffer(compressionsAlgorithms.snappy.decompressSync(bytes)),
  (bytes) => asBuffer(compressionsAlgorithms.lz4.decompressSync(bytes)),
  (bytes) => zstdDecompressSync(bytes, { chunkSize: CHUNK_BYTES }),
];

/** The records of a compressed batch. Throws when the codec is none that Kafka knows or the bytes are not its. */
export function inflate(codec: number, bytes: Buffer): Buffer {
  const inflateBytes = INFLATE[codec];
  if (!inflateBytes) throw new Error(`is compressed by codec ${codec}, which does not exist`);
  return inflateBytes(bytes);
}

/** CRC-32C: the client's native one where it could be installed, else its WebAssembly. */
export function checksumOf(bytes: Buffer): number {
  // Given as a buffer it would be copied first, which costs three times the sum itself; as a list of one buffer it is not.
  return crc32c(Reader.from(bytes).buffer);
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

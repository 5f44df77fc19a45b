import { ThriftWriter } from './thrift-compact.js';
import { xxHash64 } from './xxhash64.js';

const BLOCK_BYTES = 32;
/** About one of a hundred values that are not there is thought to be: 8 of 8 bits set (BloomFilter.md). */
const BITS_PER_VALUE = -8 / Math.log(1 - 0.01 ** (1 / 8));
const BYTES_MAX = 1024 * 1024;
const SALTS = Int32Array.of(
  0x47b6137b,
  0x44974d91,
  0x8824ad5b,
  0xa2b7289d,
  0x705495c7,
  0x2df1424b,
  0x9efc4947,
  0x5c6bfb31,
);

/** Split block bloom filter of a column chunk. */
export class BloomFilter {
  private readonly words: Int32Array<ArrayBuffer>;
  private readonly blocks: number;

  /** Sized for so many distinct values. */
  constructor(distinct: number) {
    const bytes = Math.min(Math.max((distinct * BITS_PER_VALUE) / 8, BLOCK_BYTES), BYTES_MAX);
    const size = 2 ** Math.ceil(Math.log2(bytes));
    this.words = new Int32Array(size / 4);
    this.blocks = size / BLOCK_BYTES;
  }

  add(bytes: Uint8Array, start: number, size: number): void {
    const { low, high } = xxHash64(bytes, start, size);
    // The upper half scaled to the number of blocks, which is a power of two far below 2^21.
    const block = Math.floor((high * this.blocks) / 0x100000000);
    for (let word = 0; word < 8; word++)
      this.words[8 * block + word] |= 1 << (Math.imul(low, SALTS[word]) >>> 27);
  }

  /** Header and bits, as they stand in the file. */
  bytes(): Uint8Array {
    const header = ThriftWriter.struct((writer) => {
      writer.i32(1, this.words.byteLength);
      for (const unionField of [2, 3, 4])
        writer.struct(unionField, (union) => union.struct(1, () => undefined));
    });
    return Buffer.concat([header, new Uint8Array(this.words.buffer)]);
  }
}

import { Encoding } from './chunk-values.js';
import { ThriftWriter } from './thrift-compact.js';

const DATA_PAGE = 0;
const DICTIONARY_PAGE = 2;

export function dictionaryPageHeader(size: number, compressedSize: number, entries: number): Uint8Array {
  return ThriftWriter.struct((page) => {
    page.i32(1, DICTIONARY_PAGE);
    page.i32(2, size);
    page.i32(3, compressedSize);
    page.struct(7, (dictionary) => {
      dictionary.i32(1, entries);
      dictionary.i32(2, Encoding.plain);
      dictionary.bool(3, true);
    });
  });
}

/** Version 1, which every reader has. Statistics are in the page index, where a reader finds them without the page. */
export function dataPageHeader(
  size: number,
  compressedSize: number,
  slots: number,
  encoding: number,
): Uint8Array {
  return ThriftWriter.struct((page) => {
    page.i32(1, DATA_PAGE);
    page.i32(2, size);
    page.i32(3, compressedSize);
    page.struct(5, (data) => {
      data.i32(1, slots);
      data.i32(2, encoding);
      data.i32(3, Encoding.rle);
      data.i32(4, Encoding.rle);
    });
  });
}

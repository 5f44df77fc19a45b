import { ByteInterner } from './byte-interner.js';
import { ByteValues, DictionaryValues } from './column-values.js';
import { textsByIndex, textsOf, type Column } from './columns.js';

const TEXTS_MAX = 1 << 17;
const BYTES_MAX = 4 << 20;

/** Texts of rows: -1 is null. A text keeps its number as long as `texts`, which grows, is the same list. */
export interface NumberedTexts {
  readonly texts: readonly string[];
  readonly numbers: Int32Array;
}

/**
 * Texts of columns of one batch after the other whose values come again: each is decoded once, and is then the same string, which a
 * map finds without reading it. What has become too many is forgotten.
 */
export class KnownTexts {
  private interner = new ByteInterner();
  private texts: string[] = [];

  /** As `textsOf`. */
  of(column: Column): readonly (string | null)[] {
    const numbered = this.numbered(column);
    return numbered ? textsByIndex(numbered.numbers, numbered.texts) : textsOf(column);
  }

  /** The same by number; null for a column of plain values. */
  numbered({ spec, values }: Column): NumberedTexts | null {
    if (spec.type.kind !== 'string') return null;
    if (this.interner.count > TEXTS_MAX || this.interner.byteCount > BYTES_MAX) {
      this.interner = new ByteInterner();
      this.texts = [];
    }
    const { texts } = this;
    if (values instanceof ByteValues) return { texts, numbers: this.numbersIn(values) };
    if (!(values instanceof DictionaryValues)) return null;
    const entries = this.numbersIn(values.entries);
    return { texts, numbers: values.index.map((entry) => (entry < 0 ? -1 : entries[entry])) };
  }

  private numbersIn(values: ByteValues): Int32Array {
    const { bytes, start, size } = values;
    const { interner, texts } = this;
    const numbers = new Int32Array(values.length);
    for (let row = 0; row < numbers.length; row++) {
      const number = size[row] < 0 ? -1 : interner.intern(bytes, start[row], size[row]);
      if (number === texts.length) texts.push(values.textAt(row) ?? '');
      numbers[row] = number;
    }
    return numbers;
  }
}

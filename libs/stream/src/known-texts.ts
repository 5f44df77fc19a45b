import { ByteInterner } from './byte-interner.js';
import { ByteValues, DictionaryValues } from './column-values.js';
import { textsByIndex, textsOf, type Column } from './columns.js';

const TEXTS_MAX = 1 << 17;
const BYTES_MAX = 4 << 20;

/**
 * Texts of columns of one batch after the other whose values come again: each is decoded once, and is then the same string, which a
 * map finds without reading it. What has become too many is forgotten.
 */
export class KnownTexts {
  private interner = new ByteInterner();
  private texts: string[] = [];

  /** As `textsOf`. */
  of(column: Column): readonly (string | null)[] {
    const { spec, values } = column;
    if (spec.type.kind !== 'string') return textsOf(column);
    if (this.interner.count > TEXTS_MAX || this.interner.byteCount > BYTES_MAX) {
      this.interner = new ByteInterner();
      this.texts = [];
    }
    if (values instanceof ByteValues) return this.textsIn(values);
    if (!(values instanceof DictionaryValues)) return textsOf(column);
    return textsByIndex(values.index, this.textsIn(values.entries));
  }

  private textsIn(values: ByteValues): readonly (string | null)[] {
    const { bytes, start, size } = values;
    const { interner, texts } = this;
    const rows = new Array<string | null>(values.length);
    for (let row = 0; row < rows.length; row++) {
      if (size[row] < 0) {
        rows[row] = null;
        continue;
      }
      const number = interner.intern(bytes, start[row], size[row]);
      if (number === texts.length) texts.push(values.textAt(row) ?? '');
      rows[row] = texts[number];
    }
    return rows;
  }
}

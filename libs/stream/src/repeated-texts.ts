import { ByteInterner } from './byte-interner.js';
import type { ByteValues, DictionaryValues } from './column-values.js';
import { internInto } from './columns.js';

const SAMPLE_VALUES = 512;
/** Of values; above it a dictionary saves nothing. */
const DISTINCT_SHARE_MAX = 0.7;
/** Of a batch's rows: a dictionary to which more was new is not worth taking on to the next batch. */
const NEW_SHARE_MAX = 0.25;
/** Larger dictionaries begin anew: they would be found by way of memory that is not in the processor's cache. */
const ENTRIES_MAX = 1 << 15;
const BYTES_MAX = 1 << 20;
/** Batches at most for which a column in which nothing repeated is not looked at. */
const SKIPPED_MAX = 15;

/**
 * One column of one batch after the other: a dictionary where values repeat, which the first rows tell, else the values as they
 * are. What the last batch had, the next one finds. For whoever has just read the bytes: hashing them later, when they have left the processor's cache,
 * takes several times as long.
 */
export class RepeatedTexts {
  private interner: ByteInterner | null = null;
  private skipped = 0;
  private toSkip = 0;

  of(values: ByteValues): ByteValues | DictionaryValues {
    if (this.skipped < this.toSkip) {
      this.skipped++;
      return values;
    }
    if (!this.interner && !doRepeat(values)) {
      this.skipped = 0;
      this.toSkip = Math.min(SKIPPED_MAX, 2 * this.toSkip + 1);
      return values;
    }
    this.toSkip = 0;
    const interner = (this.interner ??= new ByteInterner());
    const before = interner.count;
    const dictionary = internInto(interner, values);
    const isNew = before > 0 && interner.count - before > NEW_SHARE_MAX * values.length;
    if (isNew || interner.count > ENTRIES_MAX || interner.byteCount > BYTES_MAX) this.interner = null;
    return dictionary;
  }
}

function doRepeat({ bytes, start, size }: ByteValues): boolean {
  const interner = new ByteInterner();
  let sampled = 0;
  for (let row = 0; row < size.length && sampled < SAMPLE_VALUES; row++) {
    if (size[row] < 0) continue;
    interner.intern(bytes, start[row], size[row]);
    sampled++;
  }
  return interner.count <= DISTINCT_SHARE_MAX * sampled;
}

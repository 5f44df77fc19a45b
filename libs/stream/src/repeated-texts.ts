import { ByteInterner } from './byte-interner.js';
import { ByteValues, type DictionaryValues } from './column-values.js';
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
 * One column of one batch after the other: a dictionary where values repeat, which the first rows tell, else the values by themselves, one
 * behind the other. What the last batch had, the next one finds. For whoever has just read the bytes: looking at them later, when they have
 * left the processor's cache, takes several times as long.
 */
export class RepeatedTexts {
  private interner: ByteInterner | null = null;
  private skipped = 0;
  private toSkip = 0;

  of(values: ByteValues): ByteValues | DictionaryValues {
    if (this.skipped < this.toSkip) {
      this.skipped++;
      return packed(values);
    }
    if (!this.interner && !doRepeat(values)) {
      this.skipped = 0;
      this.toSkip = Math.min(SKIPPED_MAX, 2 * this.toSkip + 1);
      return packed(values);
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

/** Longer ones, on average, are left where they are. */
const PACKED_BYTES_MAX = 64;
const WORD_BYTES = 4;

/** The values by themselves, one behind the other, where they are not most of the bytes anyway. */
export function packed(values: ByteValues): ByteValues {
  const { bytes, size } = values;
  let total = 0;
  for (let row = 0; row < size.length; row++) if (size[row] > 0) total += size[row];
  if (2 * total > bytes.length || total > PACKED_BYTES_MAX * size.length) return values;
  const starts = new Int32Array(size.length);
  // The last word that is copied may reach beyond the last value.
  const to = new Uint8Array(total + WORD_BYTES - 1);
  copyValues(values, to, starts);
  return new ByteValues(to, starts, size.slice());
}

function copyValues({ bytes, start, size }: ByteValues, to: Uint8Array, starts: Int32Array): void {
  const source = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const target = new DataView(to.buffer);
  const wordsEnd = bytes.length - WORD_BYTES + 1;
  let end = 0;
  for (let row = 0; row < size.length; row++) {
    const [from, count] = [start[row], size[row]];
    starts[row] = end;
    if (count <= 0) continue;
    if (from + count <= wordsEnd)
      for (let at = 0; at < count; at += WORD_BYTES) target.setInt32(end + at, source.getInt32(from + at));
    else for (let at = 0; at < count; at++) to[end + at] = bytes[from + at];
    end += count;
  }
}

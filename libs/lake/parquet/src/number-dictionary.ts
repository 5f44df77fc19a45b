export interface NumberDictionary {
  /** Distinct values, zeros of both signs and each NaN as values of their own. */
  readonly entries: Float64Array;
  /** The entry of each value. */
  readonly index: Int32Array;
}

/** Of whole numbers from `min` on, fewer than `span`: a table instead of hashes. */
export function countingIndex(values: Float64Array, min: number, span: number): NumberDictionary {
  const table = new Int32Array(span);
  const index = new Int32Array(values.length);
  const entries: number[] = [];
  for (let at = 0; at < values.length; at++) {
    const place = values[at] - min;
    let number = table[place];
    if (number === 0) {
      entries.push(values[at]);
      number = entries.length;
      table[place] = number;
    }
    index[at] = number - 1;
  }
  return { entries: Float64Array.from(entries), index };
}

const SAMPLE_VALUES = 4096;

/** Null when there are more distinct values than `entriesMax`, or so many that a dictionary would not pay. */
export function hashedIndex(values: Float64Array, entriesMax: number): NumberDictionary | null {
  if (values.length > 2 * SAMPLE_VALUES) {
    const step = Math.floor(values.length / SAMPLE_VALUES);
    const sample = Float64Array.from({ length: SAMPLE_VALUES }, (_, at) => values[at * step]);
    const distinct = intern(sample, SAMPLE_VALUES)?.entries.length ?? SAMPLE_VALUES;
    if (estimatedDistinct(SAMPLE_VALUES, distinct) > entriesMax) return null;
  }
  return intern(values, Math.min(entriesMax, values.length));
}

/** How many distinct values there are, by how often a sample met one again (the birthday problem). */
export function estimatedDistinct(sampled: number, distinct: number): number {
  return distinct === sampled ? Infinity : (sampled * sampled) / (2 * (sampled - distinct));
}

function intern(values: Float64Array, entriesMax: number): NumberDictionary | null {
  const halves = new Int32Array(values.buffer, values.byteOffset, 2 * values.length);
  const slots = new Int32Array(4 * 2 ** Math.ceil(Math.log2(entriesMax + 1)));
  const mask = slots.length - 1;
  /** The first value of each entry, by place. */
  const firstAt: number[] = [];
  const index = new Int32Array(values.length);
  for (let at = 0; at < values.length; at++) {
    const low = halves[2 * at];
    const high = halves[2 * at + 1];
    let hash = Math.imul(low ^ Math.imul(high, 0x85ebca6b), 0xc2b2ae35);
    hash ^= hash >>> 15;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const entry = slots[slot] - 1;
      if (entry < 0) {
        if (firstAt.length === entriesMax) return null;
        firstAt.push(at);
        slots[slot] = firstAt.length;
        index[at] = firstAt.length - 1;
        break;
      }
      const first = firstAt[entry];
      if (halves[2 * first] === low && halves[2 * first + 1] === high) {
        index[at] = entry;
        break;
      }
    }
  }
  return { entries: Float64Array.from(firstAt, (at) => values[at]), index };
}

import { SetupError } from '@gondola/stream';

/** `feature` of a node: a leaf, or an inner node whose missing values go left. */
const LEAF = 0xff;
const MISSING_LEFT = 0x80;
const FEATURES_MAX = 127;
/** Rows scored by one tree before the next one: their features stay near the core. */
const BLOCK_ROWS = 256;

/** An ensemble as it lies in a model file: arrays in base64, little-endian, the trees' nodes one after another. */
export interface EnsembleFile {
  /** Nodes of each tree. */
  readonly nodes: number[];
  /** [node] uint8: number of the feature, + 128 where missing values go left; 255 for a leaf. */
  readonly feature: string;
  /** [node] float32: the left child is taken for values up to this; of a leaf: its log-odds. */
  readonly value: string;
  /** [node] uint16: how far behind it the right child lies; the left child is the next node. 0 for a leaf. */
  readonly right: string;
}

/** Boosted trees as flat arrays. Made once, read by every tick. */
export class Ensemble {
  private constructor(
    private readonly starts: Int32Array,
    private readonly feature: Uint8Array,
    private readonly value: Float32Array,
    private readonly right: Int32Array,
  ) {}

  /** Throws `SetupError` `model_invalid` naming the field that is cut off, not finite or not a tree. */
  static of(file: EnsembleFile, features: number, field: string): Ensemble {
    const count = file.nodes.reduce((sum, nodes) => sum + nodes, 0);
    const feature = bytesOf(file.feature, count, `${field}.feature`);
    const value = new Float32Array(bytesOf(file.value, count * 4, `${field}.value`).buffer);
    const offsets = new Uint16Array(bytesOf(file.right, count * 2, `${field}.right`).buffer);
    const right = Int32Array.from(offsets, (offset, node) => node + offset);
    const starts = new Int32Array(file.nodes.length);
    file.nodes.reduce((start, nodes, tree) => ((starts[tree] = start), start + nodes), 0);
    const ensemble = new Ensemble(starts, feature, value, right);
    file.nodes.forEach((nodes, tree) =>
      ensemble.check(starts[tree], nodes, features, `${field} tree ${tree}`),
    );
    return ensemble;
  }

  get trees(): number {
    return this.starts.length;
  }

  get bytes(): number {
    return this.feature.byteLength + this.value.byteLength + this.right.byteLength;
  }

  /**
   * Adds each row's log-odds to `odds`. `rows` holds `width` features a row; NaN is a missing value. Float32 as the
   * trees were grown on: the same numbers fall on the same side of every threshold.
   */
  addOdds(rows: Float32Array, width: number, count: number, odds: Float64Array): void {
    for (let block = 0; block < count; block += BLOCK_ROWS) {
      const end = Math.min(count, block + BLOCK_ROWS);
      for (let tree = 0; tree < this.starts.length; tree++)
        this.addTree(this.starts[tree], rows, width, { from: block, end }, odds);
    }
  }

  /** Of one tree, rows from `from` to before `end`. A function of its own: V8 compiles loops within loops again and again. */
  private addTree(
    root: number,
    rows: Float32Array,
    width: number,
    { from, end }: { from: number; end: number },
    odds: Float64Array,
  ): void {
    const { feature, value, right } = this;
    for (let row = from; row < end; row++) {
      const base = row * width;
      let node = root;
      let split = feature[node];
      while (split !== LEAF) {
        const x = rows[base + (split & FEATURES_MAX)];
        const left = x <= value[node] || (x !== x && split >= MISSING_LEFT);
        node = left ? node + 1 : right[node];
        split = feature[node];
      }
      odds[row] += value[node];
    }
  }

  /** Log-odds of the one row of features that begins at `start`. */
  oddsOf(rows: Float32Array, start: number): number {
    const { starts, feature, value, right } = this;
    let odds = 0;
    for (const root of starts) {
      let node = root;
      let split = feature[node];
      while (split !== LEAF) {
        const x = rows[start + (split & FEATURES_MAX)];
        const left = x <= value[node] || (x !== x && split >= MISSING_LEFT);
        node = left ? node + 1 : right[node];
        split = feature[node];
      }
      odds += value[node];
    }
    return odds;
  }

  /** A tree in preorder: every inner node's children lie behind it within the tree, every node is reached once. */
  private check(start: number, nodes: number, features: number, where: string): void {
    const { feature, value, right } = this;
    const end = start + nodes;
    const wanted = (why: string): SetupError =>
      new SetupError('model_invalid', `model file, field ${where}: ${why}`);
    /** Where the left subtrees that are being read have to end. */
    const ends: number[] = [end];
    for (let node = start; node < end; node++) {
      if (!Number.isFinite(value[node])) throw wanted(`node ${node - start} has no finite value`);
      if (feature[node] === LEAF) {
        if (ends.pop() !== node + 1) throw wanted('is no tree');
        continue;
      }
      if ((feature[node] & FEATURES_MAX) >= features) throw wanted('a feature that is not in the list');
      if (right[node] <= node + 1 || right[node] >= (ends.at(-1) ?? 0)) throw wanted('is no tree');
      ends.push(right[node]);
    }
    if (ends.length > 0 || nodes === 0) throw wanted('is no tree');
  }
}

function bytesOf(base64: string, length: number, field: string): Uint8Array<ArrayBuffer> {
  const bytes = Buffer.from(base64, 'base64');
  if (bytes.length === length) return Uint8Array.from(bytes);
  throw new SetupError('model_invalid', `model file, field ${field}: ${bytes.length} bytes, not ${length}`);
}

export function probabilityOf(odds: number): number {
  return 1 / (1 + Math.exp(-odds));
}

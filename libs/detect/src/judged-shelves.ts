import { CategorySums } from './category-sums.js';

/** What the signals of a tick judged of every row; overwritten by the next. */
export class JudgedShelves {
  /** P(out now), NaN of a shelf that is not watched or was not looked at. */
  out = new Float64Array(0);
  /** P(runs out within the horizon), NaN likewise; of a shelf that is out 0. */
  coming = new Float64Array(0);
  readonly categories = new CategorySums();

  begin(rows: number): this {
    if (this.out.length < rows) {
      const size = Math.ceil(rows * 1.25);
      this.out = new Float64Array(size);
      this.coming = new Float64Array(size);
    }
    this.out.fill(NaN, 0, rows);
    this.coming.fill(NaN, 0, rows);
    return this;
  }

  /** A shelf that is watched: until something is known of its future, nothing is coming. */
  see(row: number, out: number): void {
    this.out[row] = out;
    this.coming[row] = 0;
  }
}

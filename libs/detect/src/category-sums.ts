/** Number of the category, its shelves, sum of their P(out), sales lost an hour. */
export const CATEGORY_NUMBERS = 4;

/** Sums by category over the shelves of one store; arrays, for a tick adds every shelf. */
export class CategorySums {
  /** [category][shelves, out, lost] */
  private sums = new Float64Array(0);
  private readonly seen: number[] = [];

  add(category: number, out: number, lost: number): void {
    if (category * 3 >= this.sums.length) this.grow(category);
    const at = category * 3;
    if (this.sums[at]++ === 0) this.seen.push(category);
    this.sums[at + 1] += out;
    this.sums[at + 2] += lost;
  }

  /** What was added since the last call, `CATEGORY_NUMBERS` a category. */
  take(): Float32Array {
    const taken = new Float32Array(this.seen.length * CATEGORY_NUMBERS);
    this.seen.forEach((category, index) => {
      const sums = this.sums.subarray(category * 3, category * 3 + 3);
      taken.set([category, ...sums], index * CATEGORY_NUMBERS);
      sums.fill(0);
    });
    this.seen.length = 0;
    return taken;
  }

  private grow(category: number): void {
    const { sums } = this;
    this.sums = new Float64Array((category + 16) * 3 * 2);
    this.sums.set(sums);
  }
}

/** How often things go wrong in made-up shops. Parts of 1. */
export interface Rates {
  /** Per unit on the shelf and day: leaves unpaid. */
  readonly loss: number;
  /** Per shelf and day: most of what stands there leaves unpaid at once. */
  readonly bulkTheft: number;
  /** Per shelf and day: all of it is put where no customer looks, for one to four days. */
  readonly misplaced: number;
  /** Per shelf and day: some units are thrown away, which is booked. */
  readonly spoiled: number;
  /** Per shelf and day: somebody counts it, in the evening. */
  readonly counted: number;
  /** Per delivery: the lorry brings less than the note says, and the system books the note. */
  readonly short: number;
  /** Per till transaction: its event comes 20 minutes to 6 hours late; comes twice. */
  readonly late: number;
  readonly duplicate: number;
}

export const USUAL_RATES: Rates = {
  loss: 0.003,
  bulkTheft: 0.0015,
  misplaced: 0.003,
  spoiled: 0.02,
  counted: 1 / 8,
  short: 0.03,
  late: 0.004,
  duplicate: 0.004,
};

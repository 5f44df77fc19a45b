/**
 * Hourly sales of many shelves over the same days, in memory. A series is one item in one store; series of one
 * store stand together. Times are the stores' local time.
 */
export interface Panel {
  readonly series: number;
  readonly days: number;
  /** Local midnight of the first day as if it were UTC, milliseconds since 1970: gives the day of the week. */
  readonly dayZeroMs: number;
  /** One entry a series. */
  readonly store: Int32Array;
  readonly sku: Int32Array;
  readonly city: Int32Array;
  readonly category: Int32Array;
  /** Units sold, [series][day * 24 + hour]. */
  readonly units: Uint16Array;
  /** [series][day]: bit h is set when the shelf was out in hour h. Null when the panel has no labels. */
  readonly outMask: Int32Array | null;
}

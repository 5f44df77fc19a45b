/** Shelf-hours sorted by P(out), the highest first, as sums down to each distinct probability. */
export interface Curve {
  readonly hours: number;
  readonly outHours: number;
  /** Falling. */
  readonly threshold: Float64Array;
  /** Hours at or above the threshold, and those of them that were out. */
  readonly alerts: Float64Array;
  readonly hits: Float64Array;
}

/** `out`: 1 where the shelf was out in the hour. */
export function curveOf(probability: ArrayLike<number>, out: ArrayLike<number>): Curve {
  const order = Float64Array.from({ length: probability.length }, (_, at) =>
    packed(probability[at], out[at]),
  );
  order.sort();
  let points = 0;
  const [threshold, alerts, hits] = [0, 1, 2].map(() => new Float64Array(order.length));
  let seen = 0;
  for (let at = order.length - 1; at >= 0; at--) {
    const value = Math.fround(order[at]);
    if (order[at] > value) seen++;
    if (at > 0 && Math.fround(order[at - 1]) === value) continue;
    threshold[points] = value - 1;
    alerts[points] = order.length - at;
    hits[points++] = seen;
  }
  const cut = (values: Float64Array) => values.slice(0, points);
  return {
    hours: order.length,
    outHours: seen,
    threshold: cut(threshold),
    alerts: cut(alerts),
    hits: cut(hits),
  };
}

/** Probability and label in one number, which sorts natively: a single float, a little more when out. */
function packed(probability: number, out: number): number {
  const value = Math.fround(1 + probability);
  return out ? value + 2 ** -40 : value;
}

/** Area under precision and recall, as steps. NaN when no hour was out. */
export function averagePrecision({ alerts, hits, outHours }: Curve): number {
  let sum = 0;
  for (let at = 0, before = 0; at < hits.length; before = hits[at++])
    sum += ((hits[at] - before) * hits[at]) / alerts[at];
  return sum / outHours;
}

/** At the highest threshold that finds this share of the out hours. */
export function precisionAtRecall({ alerts, hits, outHours }: Curve, recall: number): number {
  const at = hits.findIndex((count) => count >= recall * outHours);
  return hits[at] / alerts[at];
}

/** The lowest threshold at or above which this share of hours was out, and the share of out hours found; null: none is. */
export function atPrecision(
  { alerts, hits, outHours, threshold }: Curve,
  precision: number,
): { readonly threshold: number; readonly recall: number } | null {
  for (let at = hits.length - 1; at >= 0; at--)
    if (hits[at] >= precision * alerts[at]) return { threshold: threshold[at], recall: hits[at] / outHours };
  return null;
}

export interface CalibrationBin {
  readonly hours: number;
  /** Mean probability stated, and share of hours out. */
  readonly stated: number;
  readonly seen: number;
}

/** Equal bins of stated probability, the empty ones left out, and the mean gap between stated and seen. */
export function calibrationOf(
  probability: ArrayLike<number>,
  out: ArrayLike<number>,
  bins = 20,
): { readonly bins: readonly CalibrationBin[]; readonly error: number } {
  const sums = Array.from({ length: bins }, () => ({ hours: 0, stated: 0, seen: 0 }));
  for (let at = 0; at < probability.length; at++) {
    const sum = sums[Math.min(bins - 1, Math.floor(probability[at] * bins))];
    sum.hours++;
    sum.stated += probability[at];
    sum.seen += out[at];
  }
  const gap = sums.reduce((total, { stated, seen }) => total + Math.abs(stated - seen), 0);
  return {
    bins: sums
      .filter(({ hours }) => hours > 0)
      .map(({ hours, stated, seen }) => ({ hours, stated: stated / hours, seen: seen / hours })),
    error: gap / probability.length,
  };
}

/** Stockouts and alerts of many shelves. */
export interface EventScores {
  readonly events: number;
  readonly recall: number;
  /** Hours from onset to alert, the first alerted hour counting as 1; NaN when none was found. */
  readonly medianDelayHours: number;
  /** Hours to each event that was found, rising. */
  readonly delays: readonly number[];
  /** Alerts that began, and the share that began in an out hour. */
  readonly alerts: number;
  readonly alertPrecision: number;
  readonly falseAlertsPerShelfWeek: number;
}

const EVENT_HOURS_MIN = 2;

/**
 * An event: a shelf runs out within the day, for two hours or more of it. An alert: P rises to the threshold. Both arrays are
 * [shelf][day][hour of the day that is scored].
 */
export function eventScores(
  probability: ArrayLike<number>,
  out: ArrayLike<number>,
  threshold: number,
  { days, hours }: { readonly days: number; readonly hours: number },
): EventScores {
  const delays: number[] = [];
  let [events, alerts, falseAlerts] = [0, 0, 0];
  const isAlert = (at: number) => probability[at] >= threshold;
  for (let at = 0; at < out.length; at++) {
    const ofDay = at % hours;
    if (isAlert(at) && (at % (days * hours) === 0 || !isAlert(at - 1))) {
      alerts++;
      if (!out[at]) falseAlerts++;
    }
    if (ofDay === 0 || !out[at] || out[at - 1]) continue;
    let end = at;
    while (end < at + hours - ofDay && out[end]) end++;
    if (end - at < EVENT_HOURS_MIN) continue;
    events++;
    let first = at;
    while (first < end && !isAlert(first)) first++;
    if (first < end) delays.push(first - at + 1);
  }
  delays.sort((left, right) => left - right);
  const weeks = out.length / hours / 7;
  return {
    events,
    recall: delays.length / events,
    medianDelayHours: median(delays),
    delays,
    alerts,
    alertPrecision: (alerts - falseAlerts) / alerts,
    falseAlertsPerShelfWeek: falseAlerts / weeks,
  };
}

function median(sorted: readonly number[]): number {
  if (sorted.length === 0) return NaN;
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
}

import type { LocalHour } from './local-time.js';

/** Of one number: hours it was learned in, mean, variance, and what an hour of the day and one of the week add to the mean. */
export const USUAL_NUMBERS = 3 + 24 + 168;
const [HOURS, MEAN, VARIANCE, OF_DAY] = [0, 1, 2, 3];
const OF_WEEK = OF_DAY + 24;

/** An hour moves the mean so much at least; in the beginning the mean is that of all hours. */
const MEAN_RATE = 0.01;
/** Of what the mean leaves over, how much the hour of the day learns; of what that leaves, the hour of the week. */
const DAY_RATE = 0.25;
const WEEK_RATE = 0.25;
/** What is farther from usual than so many deviations teaches as if it were just so far: a bad day is not usual the day after. */
const CLIP = 2;
/** Of a normal variable, the variance that is left when it is clipped there. */
const CLIPPED_VARIANCE = 0.774;
/** Before anything is known, a share is so far from usual; that counts as so many hours seen. */
const DEVIATION_UNKNOWN = 0.1;
const HOURS_UNKNOWN = 15;
/** Nearer to usual than this a share is not told apart from it. */
const DEVIATION_MIN = 0.005;

/** A share of shelves as it is, as it usually is in this hour of the week, and how far from that it usually is. */
export interface Level {
  readonly now: number;
  readonly usual: number;
  readonly stddev: number;
}

const weekHour = ({ weekday, hour }: LocalHour): number => weekday * 24 + hour;

/** Adds the parts up, so that an hour of the week that was never seen is what its hour of the day is, and that the mean. */
export function usualAt(numbers: Float32Array, at: LocalHour): number {
  const sum = numbers[MEAN] + numbers[OF_DAY + at.hour] + numbers[OF_WEEK + weekHour(at)];
  return Math.min(1, Math.max(0, sum));
}

/**
 * How far from usual a share of `shelves` usually is: as far as it was, wider while few hours were seen, and never nearer than chance
 * alone moves a share of so many shelves that are each out or in.
 */
export function deviationAt(numbers: Float32Array, at: LocalHour, shelves: number): number {
  const hours = numbers[HOURS];
  const known = hours * numbers[VARIANCE] + HOURS_UNKNOWN * DEVIATION_UNKNOWN ** 2;
  return Math.max(Math.sqrt(known / (hours + HOURS_UNKNOWN)), leastDeviation(usualAt(numbers, at), shelves));
}

function leastDeviation(usual: number, shelves: number): number {
  const share = Math.min(0.5, Math.max(usual, 1 / Math.max(2, shelves)));
  return Math.max(DEVIATION_MIN, Math.sqrt((share * (1 - share)) / Math.max(1, shelves)));
}

/** The share of this hour against what was usual before it; then it is learned. `shelves`: as many as the share is made of. */
export function learnUsual(numbers: Float32Array, now: number, at: LocalHour, shelves: number): Level {
  const hours = numbers[HOURS];
  const usual = hours === 0 ? now : usualAt(numbers, at);
  const stddev = deviationAt(numbers, at, shelves);
  const limit = CLIP * stddev;
  let left = Math.min(limit, Math.max(-limit, now - usual));
  const rate = Math.max(MEAN_RATE, 1 / (hours + 1));
  numbers[VARIANCE] += rate * (left ** 2 / CLIPPED_VARIANCE - numbers[VARIANCE]);
  if (hours === 0) numbers[MEAN] = now;
  else {
    numbers[MEAN] += rate * left;
    left -= rate * left;
    numbers[OF_DAY + at.hour] += DAY_RATE * left;
    left -= DAY_RATE * left;
    numbers[OF_WEEK + weekHour(at)] += WEEK_RATE * left;
  }
  numbers[HOURS] = hours + 1;
  return { now, usual, stddev };
}

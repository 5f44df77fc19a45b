import {
  atPrecision,
  averagePrecision,
  calibrationOf,
  curveOf,
  eventScores,
  precisionAtRecall,
  SCORED_HOURS,
  type CalibrationBin,
  type Curve,
  type EventScores,
} from '@gondola/detect';
import type { Judged } from './judge-panel.js';

export const METHODS = ['rule', 'filter', 'model'] as const;
export type Method = (typeof METHODS)[number];

/** False alerts a shelf and week at which stockouts and delays of methods are compared. */
export const FALSE_ALERTS = 0.5;
const BISECTIONS = 14;
export const DELAY_HOURS_MAX = 12;
/** Points of a curve that a picture can show. */
const POINTS = 200;

export const VELOCITIES = [
  { name: 'below 5', from: 0, to: 5 },
  { name: '5 to 10', from: 5, to: 10 },
  { name: '10 to 30', from: 10, to: 30 },
  { name: '30 and more', from: 30, to: Infinity },
] as const;

export interface MethodScores {
  readonly averagePrecision: number;
  readonly precisionAtRecall50: number;
  readonly recallAtPrecision80: number;
  readonly calibrationError: number;
  /** [recall, precision], recall rising. */
  readonly curve: readonly (readonly [number, number])[];
  readonly calibration: readonly CalibrationBin[];
  /** At `FALSE_ALERTS` a shelf and week. */
  readonly events: EventScores;
  /** [hours, share of stockouts found by then] */
  readonly foundBy: readonly (readonly [number, number])[];
  /** By `VELOCITIES`; NaN where no shelf or no out hour is. */
  readonly byVelocity: readonly number[];
}

export function scoresOf(judged: Judged, method: Method): MethodScores {
  const { out, days } = judged;
  const probability = judged[method];
  const curve = curveOf(probability, out);
  const calibration = calibrationOf(probability, out);
  const events = eventsAtFalseAlerts(probability, out, days);
  return {
    averagePrecision: averagePrecision(curve),
    precisionAtRecall50: precisionAtRecall(curve, 0.5),
    recallAtPrecision80: atPrecision(curve, 0.8)?.recall ?? 0,
    calibrationError: calibration.error,
    curve: thinned(curve),
    calibration: calibration.bins,
    events,
    foundBy: Array.from({ length: DELAY_HOURS_MAX }, (_, at) => {
      const found = events.delays.filter((delay) => delay <= at + 1).length;
      return [at + 1, found / events.events];
    }),
    byVelocity: VELOCITIES.map(({ from, to }) => {
      const chosen = shelvesWithin(judged, from, to);
      return averagePrecision(curveOf(chosen(probability), chosen(out)));
    }),
  };
}

/** Some points of a curve, evenly over recall. The first ones are few hours, whose share means little. */
function thinned({ hits, alerts, outHours }: Curve): [number, number][] {
  const points: [number, number][] = [];
  let next = 1 / POINTS;
  for (let at = 0; at < hits.length; at++) {
    const recall = hits[at] / outHours;
    if (recall < next && at < hits.length - 1) continue;
    points.push([recall, hits[at] / alerts[at]]);
    next = Math.floor(recall * POINTS + 1) / POINTS;
  }
  return points;
}

function eventsAtFalseAlerts(probability: Float32Array, out: Uint8Array, days: number): EventScores {
  const at = (threshold: number) => eventScores(probability, out, threshold, { days, hours: SCORED_HOURS });
  let [low, high] = [0, 1];
  for (let round = 0; round < BISECTIONS; round++) {
    const middle = (low + high) / 2;
    if (at(middle).falseAlertsPerShelfWeek > FALSE_ALERTS) low = middle;
    else high = middle;
  }
  return at(high);
}

/** Cuts arrays of hours down to those of shelves that sell so much. */
function shelvesWithin({ velocity, days }: Judged, from: number, to: number) {
  const perShelf = days * SCORED_HOURS;
  const isWithin = Array.from(velocity, (units) => units >= from && units < to);
  return (hours: Float32Array | Uint8Array): number[] => {
    const chosen: number[] = [];
    for (let at = 0; at < hours.length; at++) if (isWithin[Math.floor(at / perShelf)]) chosen.push(hours[at]);
    return chosen;
  };
}

import {
  demandAtLeast,
  demandShape,
  hazardCell,
  propensityBin,
  ratioBin,
  zeroProbability,
} from './equations.js';
import { HOUR_MS, localHourAt, type LocalHour } from './local-time.js';
import { unseenLoss } from './on-hand.js';
import { upliftOf } from './promotions.js';
import { QUANTITY_PARTS } from './shelf-state.js';
import { treeOutlookOf } from './coming-trees.js';
import type { StoreState } from './store-state.js';
import type { TickContext } from './tick.js';

/** P(empty within the horizon | in stock now), and by the end of which hour it passes the threshold. */
export interface Coming {
  readonly probability: number;
  readonly hours: number;
  /** Where trees said it and it passes the threshold: the probability by hazards alone. */
  readonly byHazards?: number;
}

/** Looks ahead for one store at the end of a tick. */
export type Outlook = (row: number, threshold: number) => Coming;

/**
 * With a record of R > 0 units: P(demand over the next hours and unseen loss so far >= R), both together negative binomial. Without one:
 * 1 - prod(1 - E[h]), the hazard of the hour just seen first, then for each further hour the hazard after a sale
 * and without one weighted by P(sale). Expected units are those of the rate and the clock, without today's traffic; what is promoted now is taken to stay so.
 */
export function outlookOf(store: StoreState, context: TickContext, hoursAhead: number): Outlook {
  const { model, profileRows, work, uplifts } = context;
  const { columns } = store.shelves;
  const ahead: LocalHour[] = [];
  for (let j = 0; j < hoursAhead; j++) ahead.push(localHourAt(store.clock, store.tickEndMs + j * HOUR_MS));

  const shapeOf = (row: number) => demandShape(columns.rateShape[row], model.file.rate.dispersion);
  // Hours differ each for itself, so that many together differ less.
  const shapeOver = (row: number, hours: number) =>
    demandShape(columns.rateShape[row], model.file.rate.dispersion * hours);
  const expectedAt = (row: number, { hour, weekday }: LocalHour) =>
    (columns.rateShape[row] / columns.rateExposure[row]) *
    model.profile[profileRows[columns.category.at(row)] * 24 + hour] *
    model.file.day_of_week[weekday] *
    upliftOf(uplifts, columns.item.at(row));

  const byRecord: Outlook = (row, threshold) => {
    const units = columns.record.at(row) / QUANTITY_PARTS;
    // What left unseen since somebody looked is demand that the record did not see.
    const lost = Math.min(unseenLoss(store, row, store.tickEndMs), units);
    const total = ahead.reduce((sum, at) => sum + expectedAt(row, at), lost);
    // Markov: P(demand >= units) <= mean / units. Spares most shelves the sum and bounds it for the rest.
    if (total < (threshold / 2) * units) return { probability: 0, hours: hoursAhead };
    let mean = lost;
    let hours = hoursAhead;
    for (let j = 0; j < hoursAhead && hours === hoursAhead; j++) {
      mean += expectedAt(row, ahead[j]);
      if (mean < threshold * units) continue;
      if (demandAtLeast(units, mean, shapeOver(row, j + 1)) >= threshold) hours = j + 1;
    }
    return { probability: demandAtLeast(units, total, shapeOver(row, hoursAhead)), hours };
  };

  const bySales: Outlook = (row, threshold) => {
    const shape = shapeOf(row);
    const propensity = propensityBin(columns.propensity[row]);
    const soldToday = columns.daySold[row] / QUANTITY_PARTS;
    const usual = Math.max(1, columns.dayUsual[row]);
    let stays = 1 - model.hazard[work.cell[row]];
    let hours = 1 - stays >= threshold ? 1 : hoursAhead;
    for (let j = 0; j < hoursAhead - 1; j++) {
      const at = ahead[j];
      const ratio = ratioBin(at.day === context.at.day ? soldToday / usual : 0);
      const zero = zeroProbability(expectedAt(row, at), shape);
      const hazardOf = (sale: number) => model.hazard[hazardCell(at.hour, sale, ratio, propensity)];
      stays *= 1 - ((1 - zero) * 0.5 * (hazardOf(1) + hazardOf(2)) + zero * hazardOf(0));
      if (hours === hoursAhead && 1 - stays >= threshold) hours = j + 2;
    }
    return { probability: 1 - stays, hours };
  };

  const byTrees = treeOutlookOf(context, hoursAhead);
  const withoutRecord: Outlook = byTrees
    ? (row, threshold) => {
        const ahead = byTrees(row, threshold);
        // Hazards are asked for the sake of the evidence: what they say alone.
        return ahead.probability < threshold
          ? ahead
          : { ...ahead, byHazards: bySales(row, threshold).probability };
      }
    : bySales;
  return (row, threshold) => (columns.record.at(row) > 0 ? byRecord : withoutRecord)(row, threshold);
}

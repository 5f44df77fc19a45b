import {
  demandShape,
  likelihoodRatio,
  nextPrior,
  posteriorOf,
  trafficFactor,
  zeroProbability,
} from './equations.js';
import { HOUR_MS, QUARTER_MS } from './local-time.js';
import { ledgerHazard } from './model.js';
import { upliftOf } from './promotions.js';
import { FLAG_COUNTED } from './shelf-state.js';
import type { OutNow } from './out-in-hour.js';
import type { StoreState } from './store-state.js';
import type { TickContext } from './tick.js';

/*
 * What is learned is learned once an hour. But a shelf with a record need not wait for the hour's end to be signalled: a sale that
 * leaves nothing on record says so at once, and each quarter of an hour the silence so far is weighed. Neither changes the state:
 * the tick weighs the whole hour again.
 */

/** What a look between the ends of hours goes by. */
export type LookContext = Pick<TickContext, 'model' | 'at' | 'profileRows' | 'uplifts'>;

/** P(out) after a sale that left nothing on record. */
export function outAfterSale(prior: number, ratio: number, model: TickContext['model']): number {
  const { restock } = model.file.ledger;
  return nextPrior(posteriorOf(prior, ratio), restock, ledgerHazard(model, 0, true));
}

/** When a store is looked at next before its hour ends. */
export function nextLookMs(store: StoreState, atMs: number): number {
  return Math.min(store.tickEndMs, (Math.floor(atMs / QUARTER_MS) + 1) * QUARTER_MS);
}

/**
 * P(out) of shelves that have a record and sold nothing in the running hour up to `untilMs`, null for others. Null when the store sold
 * nothing since the last look: its feed may be dead, or it is closed.
 */
export function outSoFar(
  store: StoreState,
  { model, at, profileRows, uplifts }: LookContext,
  untilMs: number,
): ((row: number) => OutNow | null) | null {
  const { columns, count } = store.shelves;
  const { tickSold, prior, record, flags, rateShape, rateExposure, category } = columns;
  let sold = 0;
  for (let row = 0; row < count; row++) sold += tickSold.at(row);
  const before = store.soldByLook;
  store.soldByLook = sold;
  if (sold <= before) return null;
  const share = (untilMs - store.tickStartMs) / HOUR_MS;
  const { rate, day_of_week, ledger } = model.file;
  const traffic = trafficFactor(store.trafficSold, store.trafficExpected);
  return (row) => {
    if (Number.isNaN(record.at(row)) || tickSold.at(row) > 0 || (flags.at(row) & FLAG_COUNTED) !== 0)
      return null;
    const profile = model.profile[profileRows[category.at(row)] * 24 + at.hour];
    const usual = (rateShape[row] / rateExposure[row]) * profile * day_of_week[at.weekday] * traffic;
    const hourly = usual * upliftOf(uplifts, columns.item.at(row));
    const zero = zeroProbability(hourly * share, demandShape(rateShape[row], rate.dispersion));
    const ratio = likelihoodRatio(false, zero, ledger.sale_when_out, 1);
    const out = posteriorOf(prior.at(row), ratio);
    return { raw: out, calibrated: out, soFar: { weight: Math.log(ratio), units: hourly * share } };
  };
}

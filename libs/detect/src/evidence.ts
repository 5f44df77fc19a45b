import type { Evidence } from '@gondola/events';
import type { Coming } from './coming.js';
import { clampProbability, logit } from './equations.js';
import { HOUR_MS } from './local-time.js';
import type { OutNow } from './out-in-hour.js';
import { QUANTITY_PARTS } from './shelf-state.js';
import { sightFacts } from './sights.js';
import type { StoreState } from './store-state.js';

/** Log-odds of a probability that may be 0 or 1. */
const oddsOf = (p: number) => logit(clampProbability(p));

/**
 * What spoke for an empty shelf since its last sale. `prior` is what the other weights leave of the raw posterior:
 * how often this shelf is out, and the hourly chances of running out and of being filled. They sum to the log-odds of
 * `raw`; `history`, what trees saw in the shelf's past and in other stores, leads to those of `scored`, and
 * `calibration` to those of `calibrated` (all kept within 1e-5 .. .9995).
 */
export function evidenceOf(
  store: StoreState,
  row: number,
  atMs: number,
  { raw, scored, calibrated, soFar, sights, sale }: OutNow & { sale?: number },
): Evidence[] {
  const { columns } = store.shelves;
  const { zeroEvidence, saleEvidence, ledgerEvidence, record, silentSinceMs, expectedSince, propensity } =
    columns;
  const hours = (atMs - silentSinceMs.at(row)) / HOUR_MS;
  const parts: Evidence[] = [
    {
      name: 'zero_sales',
      weight: zeroEvidence[row] + (soFar?.weight ?? 0),
      facts: { hours, expectedUnits: expectedSince[row] + (soFar?.units ?? 0) },
    },
    { name: 'last_sale', weight: saleEvidence[row], facts: { hoursAgo: hours } },
  ];
  const known = !Number.isNaN(record.at(row));
  if (known || ledgerEvidence.at(row) !== 0) {
    const facts: Record<string, number> = known ? { onHandUnits: record.at(row) / QUANTITY_PARTS } : {};
    parts.push({ name: 'ledger', weight: ledgerEvidence.at(row), facts });
  }
  const seen = store.sights.get(row);
  if (seen && sights) parts.push({ name: 'clickstream', weight: sights, facts: sightFacts(seen) });
  if (sale !== undefined) parts.push({ name: 'sale', weight: sale, facts: {} });
  const spoken = parts.reduce((sum, { weight }) => sum + weight, 0);
  const last = scored ?? raw;
  const history: Evidence = { name: 'history', weight: oddsOf(last) - oddsOf(raw), facts: { filter: raw } };
  return [
    { name: 'prior', weight: oddsOf(raw) - spoken, facts: { usualOutAtClose: propensity[row] } },
    ...parts,
    ...(scored === undefined ? [] : [history]),
    { name: 'calibration', weight: oddsOf(calibrated) - oddsOf(last), facts: { uncalibrated: last } },
  ];
}

/**
 * What speaks for running out: demand against what is left, the chance that it is out already, and where trees were
 * asked what they saw in the shelf's past and in other stores: `history` leads from the hazards' odds to theirs.
 */
export function comingEvidenceOf(
  store: StoreState,
  row: number,
  { probability, byHazards }: Coming,
  { hours, outNow }: { hours: number; outNow: number },
): Evidence[] {
  const both = probability * (1 - outNow);
  const byDemand = byHazards ?? probability;
  const parts: Evidence[] = [
    { name: 'prior', weight: oddsOf(both) - oddsOf(probability), facts: { outNow } },
    { name: 'demand_over_horizon', weight: oddsOf(byDemand), facts: { hours } },
  ];
  const { memory } = store.shelves;
  if (byHazards === undefined || !memory) return parts;
  const facts: Record<string, number> = {
    hoursSinceOut: memory.hoursSinceOut[row],
    unitsSoldSinceOut: memory.soldSinceOut[row],
  };
  if (!Number.isNaN(memory.stockUsual[row])) facts.unitsUsuallySold = memory.stockUsual[row];
  return [...parts, { name: 'history', weight: oddsOf(probability) - oddsOf(byDemand), facts }];
}

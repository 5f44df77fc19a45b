import type { Outlook } from './coming.js';
import { ROW_WIDTH } from './status-features.js';
import type { TickContext } from './tick.js';

/** P(out within so many hours | in stock now) by the trees; NaN outside open hours, or where there are no such trees. */
export function comingOf({ model, work }: TickContext, row: number, hours: number): number {
  const horizon = model.trees?.coming?.find((one) => one.hours === hours);
  if (!horizon || !work.open) return NaN;
  const forecast = work.statusKnown[row] ? horizon.byStatus : horizon.bySales;
  return forecast(work.features, row * ROW_WIDTH);
}

/** Looks ahead by the trees of just that horizon, in open hours; null where hazards have to. */
export function treeOutlookOf(context: TickContext, hoursAhead: number): Outlook | null {
  const { model, work } = context;
  const horizons = model.trees?.coming ?? [];
  if (!work.open || !horizons.some(({ hours }) => hours === hoursAhead)) return null;
  return (row, threshold) => {
    const probability = comingOf(context, row, hoursAhead);
    // Most shelves are far below: when it will be is asked for the others alone.
    if (probability < threshold) return { probability, hours: hoursAhead };
    return { probability, hours: halfwayHours(context, row, { hours: hoursAhead, probability }) };
  };
}

/**
 * By the end of which hour half of the chance to run out within the horizon has passed: straight lines between the
 * shorter horizons' probabilities, which are kept from being above the horizon's own.
 */
function halfwayHours(
  context: TickContext,
  row: number,
  { hours: hoursAhead, probability }: { hours: number; probability: number },
): number {
  const half = probability / 2;
  let [fromHours, from] = [0, 0];
  for (const { hours } of context.model.trees?.coming ?? []) {
    const until = hours === hoursAhead ? probability : Math.min(probability, comingOf(context, row, hours));
    if (until >= half) return Math.ceil(fromHours + ((hours - fromHours) * (half - from)) / (until - from));
    [fromHours, from] = [hours, until];
  }
  return hoursAhead;
}

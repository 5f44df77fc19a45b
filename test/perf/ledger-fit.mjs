/**
 * A model for made-up shops, fitted on a simulation of its own (another seed than what is judged): the filter's tables on sales alone by
 * `fitModel`, as `gondola train --filter-only` would, then the ledger's hazards and what a receipt leaves, counted with the records.
 */
import { fitModel, modelOf } from '@gondola/detect';
import { createSimulation } from '@gondola/simulate';
import {
  DAY_MS,
  HOUR_MS,
  OPENS_AT,
  OPEN_HOURS,
  START_MS,
  TIME_ZONE,
  runSimulated,
} from './simulated-line.mjs';

/** Days that the engine learns its shelves on before cells are counted. */
const WARM_UP_DAYS = 30;
/** A cell counts as much as this many hours of its neighbours' mean. */
const SHRINK = 20;
const HAZARD_MIN = 1e-5;

export function fitOnSimulation(simulation, days, version) {
  const { panel, isOut, shelfOf } = panelOf(simulation, days);
  const fittedOn = {
    dataset: `simulation, seed ${simulation.seed}`,
    licence: 'Apache-2.0',
    attribution: 'made up',
    command: 'npm run bench -- ledger',
  };
  const { file } = fitModel(panel, { version, days, fittedOn });
  const ledger = countLedger(simulation, days, modelOf(file), { isOut, shelfOf });
  return modelOf({ ...file, ledger: { ...file.ledger, ...ledger } });
}

/** Hourly sales and status of every shelf. A closed hour has the status of the hour before it, from 5 h on that of the first open one. */
function panelOf(simulation, days) {
  const shops = createSimulation({ startMs: START_MS, timeZone: TIME_ZONE, ...simulation });
  const items = new Map(shops.items.map(({ itemId }, at) => [itemId, at]));
  const stores = new Map(shops.stores.map(({ storeId }, at) => [storeId, at]));
  const cities = [...new Set(shops.stores.map(({ city }) => city))];
  const categories = [...new Set(shops.items.map(({ category }) => category))];
  const series = items.size * stores.size;
  const shelfOf = (storeId, itemId) => stores.get(storeId) * items.size + items.get(itemId);
  const hours = days * 24;
  const units = new Uint16Array(series * hours);
  const out = new Uint8Array(series * hours);
  const seen = new Set();
  for (let hour = 0; hour < hours; hour++) {
    const { events, truth } = shops.advanceTo(START_MS + (hour + 1) * HOUR_MS);
    for (const { subject, event } of events) {
      if (subject !== 'retail.pos.transaction' || event.transactionType !== 'SALE' || seen.has(event.eventId))
        continue;
      seen.add(event.eventId);
      const at = Math.floor((event.beginDateTime - START_MS) / HOUR_MS);
      for (const { lineType, itemId, quantity } of event.lines)
        if (lineType === 'SALE') units[shelfOf(event.retailStoreId, itemId) * hours + at] += quantity;
    }
    if (hour % 24 === 5) seen.clear();
    for (const { storeId, itemId, hourStartMs, emptyMinutes } of truth) {
      const at = Math.floor((hourStartMs - START_MS) / HOUR_MS);
      out[shelfOf(storeId, itemId) * hours + at] = emptyMinutes === 60 ? 1 : 0;
    }
  }
  const isOut = (shelf, hour) => {
    const ofDay = hour % 24;
    const day = hour - ofDay;
    if (ofDay >= 5 && ofDay < OPENS_AT) return out[shelf * hours + day + OPENS_AT];
    const last = OPENS_AT + OPEN_HOURS - 1;
    if (ofDay > last) return out[shelf * hours + day + last];
    if (ofDay < OPENS_AT) return day === 0 ? 0 : out[shelf * hours + day - 24 + last];
    return out[shelf * hours + hour];
  };
  const perSeries = (value) =>
    Int32Array.from({ length: series }, (_, at) => value(Math.floor(at / items.size), at % items.size));
  const outMask = new Int32Array(series * days);
  for (let shelf = 0; shelf < series; shelf++)
    for (let hour = 0; hour < hours; hour++)
      if (isOut(shelf, hour)) outMask[shelf * days + Math.floor(hour / 24)] |= 1 << (hour % 24);
  const panel = {
    series,
    days,
    dayZeroMs: Math.floor(START_MS / DAY_MS) * DAY_MS,
    store: perSeries((store) => store),
    sku: perSeries((_, item) => item),
    city: perSeries((store) => cities.indexOf(shops.stores[store].city)),
    category: perSeries((_, item) => categories.indexOf(shops.items[item].category)),
    units,
    outMask,
  };
  return { panel, isOut, shelfOf };
}

/** P(out in the next hour | in stock in this one) by what the record says is left, with and without a sale. */
function countLedger(simulation, days, model, { isOut, shelfOf }) {
  const { cover_edges } = model.file.ledger;
  const cells = [false, true].map(() =>
    Array.from({ length: cover_edges.length + 1 }, () => ({ hours: 0, ranOut: 0 })),
  );
  const receipts = { outBefore: 0, outAfter: 0 };
  const records = new Map();
  runSimulated({
    simulation,
    days,
    engine: { model, signals: false },
    onTick(hour, view) {
      if (hour < 0 || hour >= days * 24 - 1) return;
      for (let row = 0; row < view.count; row++) {
        const shelf = shelfOf(view.storeId, view.itemAt(row));
        const record = view.recordOf(row);
        // Units came, or were found: nothing else makes a record grow by so much.
        const came = record > (records.get(shelf) ?? Infinity) + 3;
        records.set(shelf, record);
        if (hour < WARM_UP_DAYS * 24 || Number.isNaN(record)) continue;
        // What comes in the first minutes of the next hour may be known at this one's tick.
        if (came && isOut(shelf, hour - 1)) {
          receipts.outBefore++;
          receipts.outAfter += isOut(shelf, hour + 1);
        }
        if (isOut(shelf, hour) || record < 0) continue;
        const cover = record / Math.max(1e-9, 4 * view.expected[row]);
        const bin = cover_edges.filter((edge) => cover > edge).length;
        const cell = cells[view.units[row] > 0 ? 1 : 0][bin];
        cell.hours++;
        cell.ranOut += isOut(shelf, hour + 1);
      }
    },
  });
  const [without, after] = cells.map((bins) => {
    const all = bins.reduce((sum, { hours }) => sum + hours, 0);
    const mean = bins.reduce((sum, { ranOut }) => sum + ranOut, 0) / all;
    return bins.map(({ hours, ranOut }) => Math.max(HAZARD_MIN, (ranOut + SHRINK * mean) / (hours + SHRINK)));
  });
  return {
    hazard_without_sale: without,
    hazard_after_sale: after,
    receipt_factor: Math.max(0.001, receipts.outAfter / Math.max(1, receipts.outBefore)),
  };
}

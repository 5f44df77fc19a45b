/**
 * npm run bench -- signals PANEL [--model FILE] [--raise .5,.6,.7] [--hours 2] [--coming .5] [--alone] [--from-day N]
 *
 * What the signals of detection are worth, on the training stores that no tree was grown on (the filter's tables know their first
 * days), from day 62 on: sales alone go through the engine, its `silent` signals are held against the stock status. For each
 * probability to raise at, and the hours in a row at which it must be reached (--hours, several: one for each --raise), one line of JSON: signals, share that were right in the hour they were raised, false ones a shelf and
 * week, share of stockouts of 2 h and more (begun within 06 to 21 h) that were found, median hours from onset to signal.
 * --alone: the other stores are not run, in a tenth of the time; what they would say of an item is missing.
 * The same of `coming`, raised at --coming (1: none; several: one for each --raise): right where the shelf is out within the hours
 * ahead, `out_already` where it was when raised; share of those stockouts announced in the hours before them, median hours before.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Engine, HELD_FOLD, foldOf, isOutWithin, parseModel, trainingStores } from '@gondola/detect';
import { readPanelFile } from '@gondola/replay';
import { SHIPPED } from '../../apps/gondola/dist/line.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    model: { type: 'string', default: SHIPPED.model },
    raise: { type: 'string', default: '.4,.5,.6,.7,.8' },
    hours: { type: 'string', default: '2' },
    coming: { type: 'string', default: '1' },
    alone: { type: 'boolean', default: false },
    'from-day': { type: 'string', default: '62' },
  },
});
const HOUR_MS = 3_600_000;
const FIRST_HOUR = 6;
const LAST_HOUR = 21;
const fromDay = Number(values['from-day']);
const model = parseModel(readFileSync(values.model, 'utf8'));
const panel = await readPanelFile(positionals[0]);
const isJudged = ({ store }) => foldOf(store) === HELD_FOLD;
const stores = trainingStores(panel).filter((range) => !values.alone || isJudged(range));
const judged = stores.filter(isJudged);
const hours = panel.days * 24;
const isOut = (series, hour) =>
  hour >= 0 &&
  hour < hours &&
  ((panel.outMask[series * panel.days + Math.floor(hour / 24)] >> (hour % 24)) & 1) === 1;

const hoursAhead = model.file.coming.hours;
const inARow = values.hours.split(',').map(Number);
const comings = values.coming.split(',').map(Number);
for (const [i, raise] of values.raise.split(',').map(Number).entries())
  console.log(JSON.stringify(measure(raise, comings[i] ?? comings[0], inARow[i] ?? inARow[0])));

/** Spans of series and hours at which a shelf is signalled, and the hours at which signals were raised. */
function signalsOf(raiseProbability, comingProbability, raiseHours) {
  const engine = new Engine({
    environment: 'bench',
    model,
    config: { allowedLatenessMs: 0, raiseProbability, raiseHours, comingProbability },
  });
  const raised = new Map();
  const announced = new Map();
  const open = new Map();
  const take = (signals, first, itemRow) => {
    for (const { kind, atMs, itemId } of signals) {
      const series = first + itemRow.get(itemId);
      // Known at the end of an hour: it speaks of that hour.
      const hour = Math.ceil((atMs - panel.dayZeroMs) / HOUR_MS) - 1;
      if (kind === 'coming') announced.set(series, [...(announced.get(series) ?? []), hour]);
      else if (kind === 'silent' && !open.has(series)) {
        open.set(series, hour);
        raised.set(series, [...(raised.get(series) ?? []), { from: hour, until: Infinity }]);
      } else if (kind === 'recovered' && open.delete(series)) raised.get(series).at(-1).until = hour;
    }
  };
  const shops = stores.map(({ store, first, end }) => {
    const items = Array.from({ length: end - first }, (_, row) => String(panel.sku[first + row]));
    engine.setStore(String(store), { timeZone: 'UTC', city: String(panel.city[first]) });
    items.forEach((item, row) =>
      engine.addShelf(String(store), item, String(panel.category[first + row]), panel.dayZeroMs),
    );
    return { storeId: String(store), first, items, itemRow: new Map(items.map((item, row) => [item, row])) };
  });
  for (let hour = 0; hour < hours; hour++) {
    const endMs = panel.dayZeroMs + (hour + 1) * HOUR_MS;
    for (const { storeId, first, items, itemRow } of shops) {
      const sold = items.flatMap((item, row) => {
        const units = panel.units[(first + row) * hours + hour];
        return units > 0 ? [{ item, units }] : [];
      });
      const events = {
        rows: sold.length,
        store: sold.map(() => storeId),
        item: sold.map(({ item }) => item),
        category: sold.map(() => null),
        quantity: Float64Array.from(sold, ({ units }) => units),
        unitPrice: new Float64Array(sold.length).fill(NaN),
        currency: sold.map(() => null),
        effect: sold.map(() => 'sale'),
        eventTimeMs: new Float64Array(sold.length).fill(endMs - HOUR_MS / 2),
      };
      take(engine.apply(events), first, itemRow);
      take(engine.advanceTo(storeId, endMs), first, itemRow);
    }
  }
  return { raised, announced };
}

function measure(raise, coming, raiseHours) {
  const { raised, announced } = signalsOf(raise, coming, raiseHours);
  const ahead = { signals: 0, right: 0, out_already: 0, found: 0 };
  const leads = [];
  let [count, right, events, found] = [0, 0, 0, 0];
  const delays = [];
  let shelves = 0;
  for (const { first, end } of judged) {
    for (let series = first; series < end; series++) {
      shelves++;
      const spans = raised.get(series) ?? [];
      const hints = announced.get(series) ?? [];
      for (const from of hints) {
        if (from < fromDay * 24 || from + hoursAhead >= hours) continue;
        ahead.signals++;
        if (isOut(series, from)) ahead.out_already++;
        else if (isOutWithin(isOut, series, from, hoursAhead)) ahead.right++;
      }
      for (const { from } of spans) {
        if (from < fromDay * 24) continue;
        count++;
        if (isOut(series, from)) right++;
      }
      for (let hour = fromDay * 24; hour < hours; hour++) {
        const ofDay = hour % 24;
        const begins = isOut(series, hour) && !isOut(series, hour - 1) && isOut(series, hour + 1);
        if (!begins || ofDay <= FIRST_HOUR || ofDay >= LAST_HOUR) continue;
        events++;
        const hint = hints.find((from) => from < hour && from >= hour - hoursAhead);
        if (hint !== undefined) {
          ahead.found++;
          leads.push(hour - hint);
        }
        let last = hour;
        while (last % 24 < LAST_HOUR && isOut(series, last + 1)) last++;
        const span = spans.find(({ from, until }) => from <= last && until > hour);
        if (!span) continue;
        found++;
        delays.push(Math.max(0, span.from - hour) + 1);
      }
    }
  }
  delays.sort((left, right) => left - right);
  leads.sort((left, right) => left - right);
  const weeks = (shelves * (panel.days - fromDay)) / 7;
  const round = (value) => Number(value.toFixed(3));
  return {
    model: model.version,
    ...{
      raise,
      hours: raiseHours,
      signals: count,
      precision: round(right / count),
      false_per_shelf_week: round((count - right) / weeks),
    },
    ...{
      events,
      recall: round(found / events),
      median_delay_h: delays[Math.floor(delays.length / 2)] ?? null,
    },
    coming: {
      ...{ raise: coming, hours: hoursAhead, signals: ahead.signals },
      ...{
        precision: round(ahead.right / ahead.signals),
        out_already: round(ahead.out_already / ahead.signals),
      },
      ...{ false_per_shelf_week: round((ahead.signals - ahead.right - ahead.out_already) / weeks) },
      ...{ recall: round(ahead.found / events), median_lead_h: leads[Math.floor(leads.length / 2)] ?? null },
    },
  };
}

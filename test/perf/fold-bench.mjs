/**
 * npm run bench -- fold [--stores N] [--items N] [--days N] [--seed N] [--shortages N] [--model FILE]
 *
 * Whether one cause is one line, in made-up shops. First shops that are closed, whose feed dies and whose tills go offline now and
 * then: what was found of each, what was called wrongly, and the signals that were raised while nothing of a store was seen. Then
 * forty stores of one warehouse that gets no more of one item: its lines, and those of other items, of which there should be none; `--shortages` of them, of as
 * many warehouses and items of other turnover. Prints one line of JSON each. From day 14 on.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { ItemFold, parseModel } from '@gondola/detect';
import { createSimulation } from '@gondola/simulate';
import { DAY_MS, HOUR_MS, START_MS, TIME_ZONE, runSimulated } from './simulated-line.mjs';

const { values } = parseArgs({
  options: {
    stores: { type: 'string', default: '12' },
    items: { type: 'string', default: '80' },
    days: { type: 'string', default: '60' },
    seed: { type: 'string', default: '7' },
    shortages: { type: 'string', default: '1' },
    model: { type: 'string', default: 'apps/gondola/models/hmm-2026.11.json' },
  },
});
const FROM_MS = START_MS + 14 * DAY_MS;
const OUT_KINDS = ['out_of_stock', 'phantom', 'silent'];
const [stores, items, days, seed] = ['stores', 'items', 'days', 'seed'].map((name) => Number(values[name]));
const model = parseModel(readFileSync(values.model, 'utf8'));

console.log(JSON.stringify({ of: 'stores', ...ofStores() }));
for (let n = 0; n < Number(values.shortages); n++)
  console.log(JSON.stringify({ of: 'items', ...ofItems(n) }));

function run(simulation, { isMissing = () => false, onTruth, onSignals, onIncidents }) {
  runSimulated({
    ...{ simulation, days, engine: { model }, onSignals },
    told: (event) => withoutMissing(event, isMissing) ?? [],
    onTruth: (hour, rows) => onTruth(rows),
    onHour: (hour, engine) => onIncidents(engine.takeIncidents().map(({ incident }) => incident)),
  });
}

/** The event without lines of an item that was not there, null when nothing is left of it. */
function withoutMissing({ subject, event, timeMs }, isMissing) {
  const store = event.retailStoreId ?? event.locationId;
  if (subject !== 'retail.pos.transaction')
    return isMissing(store, event.itemId, timeMs) ? null : { subject, event, timeMs };
  const lines = event.lines.filter(({ itemId }) => !isMissing(store, itemId, timeMs));
  return lines.length === 0 ? null : { subject, event: { ...event, lines }, timeMs };
}

function ofStores() {
  const scenarios = { closures: 0.03, deadFeeds: 0.03, tillsOffline: 0.03 };
  /** `store hour` of hours in which customers would have come. */
  const hours = { store_closed: new Set(), feed_dead: new Set() };
  const empty = new Set();
  const raised = [];
  const changes = [];
  let storeHours = 0;
  run(
    { seed, stores, items, scenarios },
    {
      onTruth(rows) {
        for (const { storeId, itemId, hourStartMs, emptyMinutes } of rows)
          if (emptyMinutes > 0) empty.add(`${storeId} ${itemId} ${hourStartMs}`);
        for (const [key, [{ closed, feedDead, hourStartMs }]] of Map.groupBy(
          rows.filter((row) => row.hourStartMs >= FROM_MS),
          ({ storeId, hourStartMs: ms }) => `${storeId} ${ms}`,
        )) {
          storeHours += hourStartMs >= FROM_MS ? 1 : 0;
          if (feedDead) hours.feed_dead.add(key);
          else if (closed) hours.store_closed.add(key);
        }
      },
      onSignals: (signals, madeMs) => {
        for (const { storeId, itemId, kind, atMs } of signals)
          if (OUT_KINDS.includes(kind) && atMs >= FROM_MS) raised.push({ storeId, itemId, atMs, madeMs });
      },
      onIncidents: (incidents) => changes.push(...incidents.filter(({ sinceMs }) => sinceMs >= FROM_MS)),
    },
  );
  const opened = [...Map.groupBy(changes, ({ incidentId }) => incidentId).values()].map((all) => ({
    ...all.at(-1),
    since: all[0].sinceMs,
    known: all[0].atMs,
    until: all.find(({ state }) => state === 'closed')?.atMs ?? Infinity,
  }));
  const lines = (kind) => opened.filter((one) => one.kind === kind);
  const result = { store_hours: storeHours, signals: raised.length };
  for (const kind of ['feed_dead', 'store_closed']) {
    const spans = spansOf(hours[kind]).filter(({ from, until }) => until - from >= 3 * HOUR_MS);
    const within = (span, one) =>
      one.storeId === span.storeId &&
      one.since < span.until &&
      one.until > span.from &&
      one.known > span.from;
    const found = spans.filter((span) => lines(kind).some((one) => within(span, one)));
    const other = spans.filter((span) =>
      opened.some((one) => one.kind !== kind && one.kind !== 'till_offline' && within(span, one)),
    );
    const inside = raised.filter((signal) => isWithin(hours[kind], signal));
    // At the end of a silent hour, whoever made it end, or before anything came; the others by what was held back.
    const later = inside.filter(
      ({ storeId, atMs, madeMs }) =>
        (atMs - START_MS) % HOUR_MS !== 0 && !isWithin(hours[kind], { storeId, atMs: madeMs }),
    );
    const right = later.filter(({ storeId, itemId, atMs }) =>
      empty.has(`${storeId} ${itemId} ${hourStart(atMs)}`),
    );
    result[kind] = {
      spans_of_3_h: spans.length,
      found: found.length,
      called_the_other: other.length,
      lines: lines(kind).length,
      lines_of_nothing: lines(kind).filter(
        (one) =>
          ![...spansOf(hours.feed_dead), ...spansOf(hours.store_closed)].some((span) => within(span, one)),
      ).length,
      signals_raised_within: inside.length - later.length,
      by_what_came_later: { raised: later.length, right: right.length },
    };
  }
  result.till_offline = { lines: lines('till_offline').length };
  return result;
}

/** Raised at the end of one of these hours, or by an event in it. */
function isWithin(hours, { storeId, atMs }) {
  return hours.has(`${storeId} ${hourStart(atMs)}`);
}

function hourStart(atMs) {
  return Math.ceil((atMs - START_MS) / HOUR_MS - 1) * HOUR_MS + START_MS;
}

function spansOf(keys) {
  const spans = [];
  const all = [...keys].map((key) => key.split(' ')).map(([storeId, ms]) => ({ storeId, ms: Number(ms) }));
  all.sort((a, b) => (a.storeId < b.storeId ? -1 : a.storeId > b.storeId ? 1 : a.ms - b.ms));
  for (const { storeId, ms } of all) {
    const last = spans.at(-1);
    if (last?.storeId === storeId && last.until === ms) last.until = ms + HOUR_MS;
    else spans.push({ storeId, from: ms, until: ms + HOUR_MS });
  }
  return spans;
}

/** One item that no store of forty gets any more from day 17 on; each sells what it has, up to two days long. */
function ofItems(n) {
  const options = { seed: seed + n, stores: 40, items, allSendInventory: true };
  const { stores: shops, items: all } = createSimulation({
    startMs: START_MS,
    timeZone: TIME_ZONE,
    ...options,
  });
  // Of those that sell best, another one each time.
  const short = all.toSorted((a, b) => b.demandPerDay - a.demandPerDay)[2 + (n % 8)].itemId;
  const emptyMs = new Map(
    shops.map(({ storeId }, n) => [storeId, START_MS + (17 * 24 + (n * 48) / 40) * HOUR_MS]),
  );
  const fold = new ItemFold();
  for (const { storeId, city } of shops) fold.place(storeId, ['DC 12', city]);
  const open = new Map();
  const lines = new Map();
  let raised = 0;
  let [first, most] = [null, 0];
  run(options, {
    isMissing: (storeId, itemId, ms) => itemId === short && ms >= emptyMs.get(storeId),
    onTruth: () => {},
    onIncidents: () => {},
    onSignals(signals) {
      for (const signal of signals) {
        const shelf = `${signal.storeId} ${signal.itemId}`;
        if (signal.kind === 'recovered') open.delete(shelf);
        else open.set(shelf, signal);
        fold.add(signal, open.get(shelf) ?? null);
        if (OUT_KINDS.includes(signal.kind) && signal.atMs >= FROM_MS) raised++;
        for (const { incident } of fold.open()) {
          if (incident.itemId === short) {
            first ??= (signal.atMs - Math.min(...emptyMs.values())) / HOUR_MS;
            most = Math.max(most, incident.stores);
          }
          lines.set(incident.incidentId, { item: incident.itemId, region: incident.region });
        }
      }
    },
  });
  const ofShort = [...lines.values()].filter(({ item }) => item === short);
  return {
    ...{ signals: raised, lines_of_the_shortage: ofShort, stores_at_most: most, hours_to_the_line: first },
    lines_of_others: lines.size - ofShort.length,
  };
}

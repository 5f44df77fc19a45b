import { SIGNAL_KINDS, type SignalKind } from '@gondola/events';
import type { KpiId, KpiValue, LoopNumbers, Period } from '@gondola/kpi';
import type { RunningNumbers } from '../loop/running-numbers.js';
import type { IncidentStore } from '../incidents/incident-store.js';
import type { SignalStore } from '../signals/signal-store.js';
import { tallyOf, topShelves, type NamedSignal, type SignalView } from '../shelves/views.js';
import { printable } from './fold.js';
import { countRow, linkOf, signalRow, type Row } from './sources.js';
import { cited, tellIncident } from './tell-shelf.js';
import type { Cited, Teller } from './teller.js';
import type { Words } from './words.js';

export interface Rows {
  readonly signals: SignalStore;
  readonly incidents: IncidentStore;
  readonly numbers: RunningNumbers;
  readonly view: SignalView;
}

const TOP = 3;
const INCIDENTS_MAX = 3;

/** What is open now in a store, or everywhere, and what loses most. `of`: a kind that is told of also where there is none. */
export function tellOpen(
  teller: Teller,
  words: Words,
  rows: Rows,
  { storeId, of }: { readonly storeId: string | null; readonly of: SignalKind | null },
): void {
  const { signals, view } = rows;
  const filter = storeId === null ? {} : { store: storeId };
  const { open, openTotal } = tallyOf(signals.open(storeId ?? undefined));
  const { shelves } = topShelves(signals, { storeId: storeId ?? undefined }, TOP);
  const first = shelves.map(view).at(0);
  teller.tell((c) => {
    const row = countRow('/shelves', filter);
    const count = c.amount(row, '/total', openTotal, 0);
    if (storeId === null) return words.open(count, words.everywhere);
    return words.open(count, words.inStore(storeNamed(c, teller, row, { storeId, first })));
  }, true);
  const kinds = SIGNAL_KINDS.filter(
    (kind: SignalKind) => kind === of || (open[kind] > 0 && open[kind] < openTotal),
  );
  for (const kind of kinds)
    teller.tell((c) =>
      words.openOfKind(
        c.amount(countRow('/shelves', { ...filter, kind }), '/total', open[kind], 0),
        words.kinds[kind],
      ),
    );
  for (const signal of shelves.map(view)) {
    const { lostSalesPerHour, currency, sinceMs } = signal;
    if (lostSalesPerHour === null || signal.kind === 'coming') continue;
    const row = signalRow(signal);
    teller.tell((c) =>
      words.loses(
        cited(c, row, signal, teller.named(signal.itemId, signal.itemName)),
        teller.named(signal.storeId, signal.storeName),
        c.money(row, '/lostSalesPerHour', lostSalesPerHour, currency),
        c.time(row, '/sinceMs', sinceMs),
      ),
    );
  }
}

/** As the list of its open shelves has it; of a store without any, its id. */
function storeNamed(
  c: Cited,
  teller: Teller,
  row: Row,
  { storeId, first }: { readonly storeId: string; readonly first: NamedSignal | undefined },
): string {
  if (!first) {
    const link = `/stores/${encodeURIComponent(storeId)}/shelves`;
    c.word({ kind: 'count', id: link, link }, '/storeId', storeId, printable(storeId));
    return teller.named(storeId, null);
  }
  c.word(row, '/shelves/0/storeId', storeId, printable(storeId));
  if (first.storeName !== null)
    c.word(row, '/shelves/0/storeName', first.storeName, printable(first.storeName));
  return teller.named(storeId, first.storeName);
}

/** Where an item is out. */
export function tellItem(teller: Teller, words: Words, rows: Rows, itemId: string): void {
  const { signals, view, incidents } = rows;
  for (const line of incidents.list({ state: 'open' }))
    if (line.incident.itemId === itemId) tellIncident(teller, words, line);
  const { shelves } = topShelves(signals, { itemId }, TOP + 2);
  for (const signal of shelves.map(view)) {
    const row = signalRow(signal);
    teller.tell((c) => {
      const kind = c.word(row, '/kind', signal.kind, words.kind[signal.kind]);
      const of10 = c.outOf10(row, '/probability', signal.probability);
      const item = cited(c, row, signal, teller.named(signal.itemId, signal.itemName));
      const store = teller.named(signal.storeId, signal.storeName);
      return words.state(item, store, kind, of10, c.time(row, '/atMs', signal.atMs));
    });
  }
}

/** Incidents of a store; without one, those that began in the period, the open ones first. */
export function tellIncidents(
  teller: Teller,
  words: Words,
  { incidents }: Rows,
  { storeId, period }: { readonly storeId: string | null; readonly period: Period | null },
): void {
  const state = period === null ? 'open' : undefined;
  const found = incidents
    .list({ storeId: storeId ?? undefined, state })
    .filter(({ incident }) => period === null || incident.atMs >= period.fromMs);
  for (const line of found.slice(0, INCIDENTS_MAX)) tellIncident(teller, words, line);
}

/** What a period had against as long before it, as far as signals of then are kept. */
export async function tellChanges(
  teller: Teller,
  words: Words,
  rows: Rows,
  { storeId, period }: { readonly storeId: string | null; readonly period: Period },
): Promise<void> {
  const lengthMs = period.untilMs - period.fromMs;
  const earlierMs = { fromMs: period.fromMs - lengthMs, untilMs: period.fromMs };
  const [now, before] = await kpisOf(rows, storeId, [period, earlierMs]);
  const { oldestAtMs } = rows.signals;
  const isKept = oldestAtMs !== null && oldestAtMs <= period.fromMs - lengthMs;
  const episodes = now.of('time_to_detect');
  const then = isKept ? before.of('time_to_detect') : null;
  teller.tell((c) => {
    const [from, until] = endsOf(c, now);
    const count = c.amount(now.row, `/kpis/${episodes.at}/cases`, episodes.kpi.cases, 0);
    if (!then) return words.episodes(count, from, until);
    return words.episodesBefore(
      count,
      c.amount(before.row, `/kpis/${then.at}/cases`, then.kpi.cases, 0),
      from,
      until,
    );
  }, true);
  const lost = now.of('lost_sales');
  const { value } = lost.kpi;
  if (value !== null) {
    const earlier = isKept ? before.of('lost_sales') : null;
    teller.tell((c) => {
      const [from, until] = endsOf(c, now);
      const amount = c.money(now.row, `/kpis/${lost.at}/value`, value, lost.kpi.currency);
      const { value: valueBefore = null, currency = null } = earlier?.kpi ?? {};
      if (!earlier || valueBefore === null || currency !== lost.kpi.currency)
        return words.lost(amount, from, until);
      return words.lostBefore(
        amount,
        c.money(before.row, `/kpis/${earlier.at}/value`, valueBefore, currency),
        from,
        until,
      );
    });
  }
  tellIncidents(teller, words, rows, { storeId, period });
  for (const id of ['time_to_fix', 'alert_precision'] as const)
    if (now.of(id).kpi.value !== null) tellValue(teller, words, now, id);
  tellOpen(teller, words, rows, { storeId, of: null });
}

/** One number of the closed loop, with its interval; or why it cannot be said. */
export async function tellKpi(
  teller: Teller,
  words: Words,
  rows: Rows,
  { id, storeId, period }: { readonly id: KpiId; readonly storeId: string | null; readonly period: Period },
): Promise<void> {
  const [kpis] = await kpisOf(rows, storeId, [period]);
  tellValue(teller, words, kpis, id);
}

function tellValue(teller: Teller, words: Words, kpis: Kpis, id: KpiId): void {
  const { kpi, at } = kpis.of(id);
  const name = kpi.name[teller.language];
  const path = `/kpis/${at}`;
  teller.tell((c) => {
    const [from, until] = endsOf(c, kpis);
    if (kpi.value === null) {
      const missing = kpi.missing ?? 'no_episodes';
      const why = c.word(kpis.row, `${path}/missing`, kpi.missing, words.missing[missing] ?? missing);
      return words.kpiMissing(name, why, from, until);
    }
    const shown = (pointer: string, value: number): string => {
      if (kpi.unit === 'share') return c.percent(kpis.row, pointer, value);
      if (kpi.unit === 'minutes') return words.minutes(c.amount(kpis.row, pointer, value));
      return c.money(kpis.row, pointer, value, kpi.currency);
    };
    const value = shown(`${path}/value`, kpi.value);
    if (kpi.low === null || kpi.high === null) return words.kpi(name, value, from, until);
    const ends = [shown(`${path}/low`, kpi.low), shown(`${path}/high`, kpi.high)] as const;
    return words.kpiWithEnds(name, value, ...ends, from, until);
  });
}

interface Kpis {
  readonly row: Row;
  readonly all: LoopNumbers;
  of(id: KpiId): { readonly kpi: KpiValue; readonly at: number };
}

async function kpisOf(
  { numbers }: Rows,
  storeId: string | null,
  periods: readonly Period[],
): Promise<Kpis[]> {
  return (await numbers.ofEach(storeId ?? undefined, periods)).map((all) => kpisIn(all, storeId));
}

function kpisIn(all: LoopNumbers, storeId: string | null): Kpis {
  const { fromMs, untilMs } = all;
  const link = linkOf('/kpis', { store: storeId ?? undefined, since: fromMs, until: untilMs });
  return {
    all,
    row: { kind: 'kpi', id: link, link },
    of(id) {
      const at = all.kpis.findIndex((one) => one.id === id);
      return { kpi: all.kpis[at], at };
    },
  };
}

const endsOf = (c: Cited, { row, all }: Kpis): readonly [string, string] => [
  c.time(row, '/fromMs', all.fromMs),
  c.time(row, '/untilMs', all.untilMs),
];

import type { Evidence, Signal } from '@gondola/events';
import type { ShelfState } from '../signals/signal-store.js';
import type { NamedSignal } from '../shelves/views.js';
import type { IncidentWithSignals } from '../incidents/incident-store.js';
import { printable } from './fold.js';
import { incidentRow, signalRow, type Row } from './sources.js';
import type { Cited, Teller } from './teller.js';
import type { Words } from './words.js';

/** Below it a cause is not worth a sentence. */
const CAUSE_PROBABILITY_MIN = 0.1;

interface Shelf {
  readonly state: ShelfState;
  readonly signal: NamedSignal;
  /** Open incident that it is part of, or that hides its store. */
  readonly incident: IncidentWithSignals | null;
}

/** Why a shelf is out: every number is one of its newest signal, which the sentence cites. */
export function tellShelf(teller: Teller, words: Words, { state, signal, incident }: Shelf): void {
  const row = signalRow(signal);
  const item = teller.named(signal.itemId, signal.itemName);
  const store = teller.named(signal.storeId, signal.storeName);
  if (!state.open) {
    teller.tell(
      (c) => words.back(cited(c, row, signal, item), store, c.time(row, '/atMs', signal.atMs)),
      true,
    );
    tellVerdict(teller, words, signal);
    return;
  }
  teller.tell((c) => {
    const kind = c.word(row, '/kind', signal.kind, words.kind[signal.kind]);
    const of10 = c.outOf10(row, '/probability', signal.probability);
    return words.state(cited(c, row, signal, item), store, kind, of10, c.time(row, '/atMs', signal.atMs));
  }, true);
  tellSales(teller, words, { signal, row });
  tellRecord(teller, words, { signal, row });
  tellSights(teller, words, { signal, row });
  tellCause(teller, words, { signal, row });
  tellLoss(teller, words, { signal, row });
  if (incident) tellIncident(teller, words, incident, true);
  tellVerdict(teller, words, signal);
}

interface Told {
  readonly signal: NamedSignal;
  readonly row: Row;
}

/** A sentence that names a shelf cites whose it is. */
export function cited(c: Cited, row: Row, signal: NamedSignal, text: string): string {
  for (const field of ['itemId', 'itemName', 'storeId', 'storeName'] as const) {
    const value = signal[field];
    if (value !== null) c.word(row, `/${field}`, value, printable(value));
  }
  return text;
}

function tellSales(teller: Teller, words: Words, { signal, row }: Told): void {
  const low = evidenceOf(signal, 'low_sales');
  const none = evidenceOf(signal, 'zero_sales');
  if (low)
    teller.tell((c) =>
      words.lowSales(
        c.amount(row, factAt(low, 'soldUnits'), low.facts['soldUnits']),
        c.amount(row, factAt(low, 'hours'), low.facts['hours']),
        c.amount(row, factAt(low, 'expectedUnits'), low.facts['expectedUnits']),
      ),
    );
  else if (signal.kind !== 'coming')
    teller.tell((c) => {
      const since = c.time(row, '/sinceMs', signal.sinceMs);
      const expected = none?.facts['expectedUnits'];
      if (!none || expected === undefined) return words.noneSold(since);
      return words.noneSoldExpected(since, c.amount(row, factAt(none, 'expectedUnits'), expected));
    });
  teller.tell((c) => words.usual(c.amount(row, '/demandPerHour', signal.demandPerHour)));
}

function tellRecord(teller: Teller, words: Words, { signal, row }: Told): void {
  const { onHandRecord, expectedAtMs, actByMs } = signal;
  teller.tell((c) =>
    onHandRecord === null
      ? words.recordUnknown(c.word(row, '/onHandRecord', null, words.cause.unknown))
      : words.record(c.amount(row, '/onHandRecord', onHandRecord)),
  );
  if (expectedAtMs !== null)
    teller.tell((c) => words.runsOut(c.time(row, '/expectedAtMs', expectedAtMs)), true);
  if (actByMs !== null) teller.tell((c) => words.actBy(c.time(row, '/actByMs', actByMs)), true);
}

function tellSights(teller: Teller, words: Words, { signal, row }: Told): void {
  const seen = evidenceOf(signal, 'clickstream');
  if (!seen) return;
  for (const [name, write] of [
    ['outViews', words.seenOut],
    ['nilPicks', words.notPicked],
  ] as const) {
    const times = seen.facts[name] ?? 0;
    if (times > 0) teller.tell((c) => write(c.amount(row, factAt(seen, name), times, 0)));
  }
}

function tellCause(teller: Teller, words: Words, { signal, row }: Told): void {
  const [cause] = signal.causes;
  if (!cause || cause.name === 'unknown' || cause.probability < CAUSE_PROBABILITY_MIN) return;
  teller.tell((c) =>
    words.causeIs(
      c.word(row, '/causes/0/name', cause.name, words.cause[cause.name]),
      c.outOf10(row, '/causes/0/probability', cause.probability),
    ),
  );
}

function tellLoss(teller: Teller, words: Words, { signal, row }: Told): void {
  const { lostUnits, lostUnitsLow, lostUnitsHigh, lostSales, lostSalesPerHour, currency } = signal;
  if (!(lostUnits > 0)) return;
  teller.tell((c) =>
    words.lostUnits(
      c.amount(row, '/lostUnits', lostUnits),
      c.amount(row, '/lostUnitsLow', lostUnitsLow),
      c.amount(row, '/lostUnitsHigh', lostUnitsHigh),
    ),
  );
  if (lostSales === null || lostSalesPerHour === null) return;
  teller.tell((c) =>
    words.lostSales(
      c.money(row, '/lostSales', lostSales, currency),
      c.money(row, '/lostSalesPerHour', lostSalesPerHour, currency),
    ),
  );
}

function tellVerdict(teller: Teller, words: Words, signal: NamedSignal): void {
  const { lastVerdict } = signal;
  if (!lastVerdict) return;
  const row: Row = { ...signalRow(signal), kind: 'verdict', id: lastVerdict.eventId };
  teller.tell(
    (c) =>
      words.said(
        c.word(row, '/lastVerdict/verdict', lastVerdict.verdict, words.verdict[lastVerdict.verdict]),
        c.time(row, '/lastVerdict/atMs', lastVerdict.atMs),
      ),
    true,
  );
}

/** One line of what concerns a whole store, or many. `isWhole`: a shelf is part of it. */
export function tellIncident(
  teller: Teller,
  words: Words,
  { incident }: Pick<IncidentWithSignals, 'incident'>,
  isWhole = false,
): void {
  const row = incidentRow(incident);
  const { kind, state, storeId, itemId, stores, sinceMs } = incident;
  teller.tell((c) => {
    const where =
      storeId === null
        ? words.ofStores(c.amount(row, '/stores', stores, 0), itemId === null ? null : named(c, itemId))
        : words.ofStore(named(c, storeId));
    const what = c.word(row, '/kind', kind, words.incident[kind]);
    const goesOn = c.word(row, '/state', state, words.incidentState[state]);
    const line = words.incidentIs(what, where, goesOn, c.time(row, '/sinceMs', sinceMs));
    return isWhole ? words.partOf(line.replace(/\.$/, '')) : line;
  }, true);
  function named(c: Cited, id: string): string {
    if (storeId !== null) c.word(row, '/storeId', storeId, id);
    else c.word(row, '/itemId', itemId, id);
    return teller.named(id, null);
  }
}

const evidenceOf = (signal: Signal, name: Evidence['name']) => {
  const at = signal.evidence.findIndex((one) => one.name === name);
  return at < 0 ? null : { at, facts: signal.evidence[at].facts };
};

const factAt = ({ at }: { readonly at: number }, name: string): string => `/evidence/${at}/facts/${name}`;

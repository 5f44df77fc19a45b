import { number, outOf10, t, time } from './text.js';

const HOUR_MS = 3_600_000;

/** A signal also ends when nobody has bought yet but the shelf is usually filled by then: that is not the same news. */
export function wasSold(signal) {
  return signal.evidence.some(({ name }) => name === 'sale');
}

/** What is the matter, in one line. */
export function headline(open, newest, nowMs) {
  if (!open) return t(wasSold(newest) ? 'isBack' : 'isProbablyBack');
  const x = outOf10(open.probability);
  if (open.kind === 'partial') return `${t('partial')}. ${t('probablyPartial', { x })}`;
  if (open.kind !== 'coming') return `${t(open.kind)}. ${t('probably', { x })}`;
  return open.expectedAtMs === null
    ? `${t('coming')}: ${t('outOf10', { x })}`
    : t('willRunOut', { x, time: time(open.expectedAtMs, nowMs) });
}

/** One sentence; what weighed most in the decision comes first after what is usual. */
export function why(signal, nowMs) {
  if (signal.kind === 'recovered' && wasSold(signal))
    return `${t('soldAgain', { time: time(signal.atMs, nowMs) })}.`;
  if (signal.kind === 'recovered') return `${t('assumedBack', { x: outOf10(signal.probability) })}.`;
  const clauses = [t('usual', { demand: number(signal.demandPerHour) })];
  const spoke = [...signal.evidence]
    .sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight))
    .map(({ name }) => name);
  const sales = noSales(signal, nowMs);
  const record =
    signal.onHandRecord === null ? t('recordUnknown') : t('recordSays', { x: number(signal.onHandRecord) });
  const ledgerFirst = spoke.indexOf('ledger') >= 0 && spoke.indexOf('ledger') < spoke.indexOf('zero_sales');
  if (signal.kind === 'coming')
    clauses.push(
      record,
      signal.expectedAtMs === null
        ? t('runsOutUnknown')
        : t('runsOut', { time: time(signal.expectedAtMs, nowMs) }),
    );
  else if (ledgerFirst) clauses.push(record, sales);
  else clauses.push(sales, record);
  clauses.push(...sights(signal));
  return `${clauses.filter(Boolean).join('; ')}.`;
}

function sights({ evidence }) {
  const facts = evidence.find(({ name }) => name === 'clickstream')?.facts ?? {};
  const seen = (facts.outViews ?? 0) + (facts.cartFailures ?? 0) + (facts.missedSearches ?? 0);
  return [
    seen > 0 ? t('seenOut', { x: number(seen) }) : null,
    facts.nilPicks > 0 ? t('notPicked', { x: number(facts.nilPicks) }) : null,
  ];
}

function noSales(signal, nowMs) {
  const low = signal.evidence.find(({ name }) => name === 'low_sales')?.facts;
  if (low)
    return t('lowSales', {
      ...{ sold: number(low.soldUnits), hours: number(low.hours), expected: number(low.expectedUnits) },
    });
  const at = time(signal.sinceMs, nowMs);
  const told = signal.evidence.find(({ name }) => name === 'zero_sales')?.facts.expectedUnits;
  const expected = told ?? expectedSince(signal);
  return expected > 0
    ? t('noneSinceExpected', { time: at, expected: number(expected) })
    : t('noneSince', { time: at });
}

function expectedSince({ expectedLast24h, atMs, sinceMs }) {
  const hours = Math.min(expectedLast24h.length, Math.round((atMs - sinceMs) / HOUR_MS));
  return hours > 0 ? expectedLast24h.slice(-hours).reduce((sum, units) => sum + units, 0) : 0;
}

import { el, foreign, ICONS } from './dom.js';
import { ago, loss, number, outOf10, t, time } from './text.js';

const HOUR_MS = 3_600_000;
const SVG = 'http://www.w3.org/2000/svg';
const WIDTH = 360;
const HEIGHT = 150;
const LEFT = 30;
const TOP = 12;
const BOTTOM = 22;

/** One shelf: what is the matter, why, 24 hours of sales, and its signals. */
export function shelfDetail(shelf, nowMs, goBack) {
  const { open, newest, history } = shelf;
  return [
    el('button', { type: 'button', onclick: goBack }, t('back')),
    el('h2', { id: 'detail-title', tabIndex: -1 }, foreign(shelf.itemName ?? shelf.itemId)),
    el(
      'p',
      { class: 'small dots' },
      foreign(shelf.itemId),
      foreign(shelf.storeName ? `${shelf.storeName} (${shelf.storeId})` : shelf.storeId),
      shelf.city && foreign(shelf.city),
    ),
    el(
      'p',
      { class: 'kind', data: { kind: open?.kind ?? 'recovered' } },
      `${ICONS[open?.kind ?? 'recovered'] ?? ''}\u00a0${headline(open, newest, nowMs)}`,
    ),
    open &&
      el(
        'p',
        { class: 'small dots' },
        el('span', {}, loss(open)),
        el('span', {}, t('since', { time: time(open.sinceMs, nowMs) })),
        actBy(open, nowMs),
        lostSoFar(open),
        el('span', {}, t('atSignal', { time: time(open.atMs, nowMs) })),
      ),
    el('h3', {}, t('why')),
    el('p', { class: 'why' }, why(open ?? newest, nowMs)),
    ...causeLines(open),
    el('h3', {}, t('last24h')),
    chart(newest),
    el(
      'p',
      { class: 'small legend' },
      el('span', { class: 'of-sold' }, t('sold')),
      el('span', { class: 'of-expected' }, t('expected')),
      el('span', { class: 'of-gap' }, t('gap')),
    ),
    el('h3', {}, t('history')),
    el('ul', { class: 'history' }, ...history.map((signal) => historyLine(signal, nowMs))),
  ].filter(Boolean);
}

function headline(open, newest, nowMs) {
  if (!open) return t(wasSold(newest) ? 'isBack' : 'isProbablyBack');
  const x = outOf10(open.probability);
  if (open.kind === 'partial') return `${t('partial')}. ${t('probablyPartial', { x })}`;
  if (open.kind !== 'coming') return `${t(open.kind)}. ${t('probably', { x })}`;
  return open.expectedAtMs === null
    ? `${t('coming')}: ${t('outOf10', { x })}`
    : t('willRunOut', { x, time: time(open.expectedAtMs, nowMs) });
}

/** Until when somebody has to order, or to fetch it from the backroom, for the shelf not to run out. */
function actBy({ actByMs }, nowMs) {
  if (actByMs === null) return null;
  return el('span', {}, t(actByMs > nowMs ? 'actBy' : 'actByPassed', { time: time(actByMs, nowMs) }));
}

function lostSoFar({ lostUnits, lostUnitsLow, lostUnitsHigh }) {
  if (!(lostUnits > 0)) return null;
  return el(
    'span',
    {},
    t('lostSoFar', { x: number(lostUnits), low: number(lostUnitsLow), high: number(lostUnitsHigh) }),
  );
}

/** Causes of an open signal that one in ten such shelves has. */
function causeLines(open) {
  const likely = (open?.causes ?? []).filter(({ probability }) => probability >= 0.1);
  if (likely.length === 0) return [];
  const told = likely.map(({ name, probability }) =>
    likely.length === 1 && name === 'unknown'
      ? t(name)
      : t('causeOf10', { cause: t(name), x: outOf10(probability) }),
  );
  return [el('h3', {}, t('causes')), el('p', { class: 'why' }, `${told.join(', ')}.`)];
}

function historyLine(signal, nowMs) {
  const said =
    signal.kind === 'recovered'
      ? []
      : [el('span', {}, t('outOf10', { x: outOf10(signal.probability) })), el('span', {}, loss(signal))];
  return el(
    'li',
    { data: { kind: signal.kind } },
    el(
      'time',
      { dateTime: new Date(signal.atMs).toISOString(), title: ago(signal.atMs, nowMs) },
      time(signal.atMs, nowMs),
    ),
    el(
      'span',
      { class: 'dots' },
      el('span', { class: 'kind' }, `${ICONS[signal.kind] ?? ''}\u00a0${kindWord(signal)}`),
      ...said,
    ),
  );
}

/** A signal also ends when nobody has bought yet but the shelf is usually filled by then: that is not the same news. */
function wasSold(signal) {
  return signal.evidence.some(({ name }) => name === 'sale');
}

function kindWord(signal) {
  return t(signal.kind === 'recovered' && !wasSold(signal) ? 'probablyBack' : signal.kind);
}

/** One sentence; what weighed most in the decision comes first after what is usual. */
function why(signal, nowMs) {
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

/** Bars: sold. Dashed steps: expected. Shaded: what is missing between them. */
function chart({ soldLast24h: sold, expectedLast24h: expected, atMs }) {
  const hours = Math.max(sold.length, expected.length, 1);
  const top = Math.max(1, ...sold, ...expected);
  const x = (hour) => LEFT + (hour * (WIDTH - LEFT - 4)) / hours;
  const y = (units) => TOP + (1 - units / top) * (HEIGHT - TOP - BOTTOM);
  const bar = (hour, low, high, name) =>
    svg('rect', {
      x: x(hour) + 0.5,
      width: x(1) - x(0) - 1,
      y: y(high),
      height: Math.max(0, y(low) - y(high)),
      class: name,
    });
  const steps = expected
    .map((units, hour) => `${hour === 0 ? 'M' : 'L'}${x(hour)} ${y(units)}L${x(hour + 1)} ${y(units)}`)
    .join('');
  const startMs = atMs - hours * HOUR_MS;
  const hourName = (hour) => new Date(startMs + hour * HOUR_MS).getHours();
  const total = (list) => number(list.reduce((sum, units) => sum + units, 0));
  return svg(
    'svg',
    {
      viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
      role: 'img',
      'aria-label': t('chart', { sold: total(sold), expected: total(expected) }),
    },
    svg('line', { x1: LEFT, x2: WIDTH - 4, y1: y(0), y2: y(0), class: 'axis' }),
    svg('text', { x: LEFT - 4, y: y(top) + 4, 'text-anchor': 'end' }, number(top)),
    svg('text', { x: LEFT - 4, y: y(0), 'text-anchor': 'end' }, '0'),
    ...expected.map((units, hour) =>
      units > (sold[hour] ?? 0) ? bar(hour, sold[hour] ?? 0, units, 'gap') : null,
    ),
    ...sold.map((units, hour) => (units > 0 ? bar(hour, 0, units, 'sold') : null)),
    svg('path', { d: steps, class: 'expected' }),
    ...[0, 6, 12, 18, 24]
      .filter((hour) => hour <= hours)
      .map((hour) =>
        svg(
          'text',
          { x: x(hour), y: HEIGHT - 6, 'text-anchor': hour === 24 ? 'end' : 'middle' },
          `${hourName(hour)}:00`,
        ),
      ),
  );
}

function svg(tag, attributes, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, String(value));
  node.append(...children.filter(Boolean));
  return node;
}

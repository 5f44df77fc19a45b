import { chart, hoursOfSignal } from './chart.js';
import { byId, el, fill, foreign, kindMark } from './dom.js';
import { hrefOf, nowMs, route, state } from './state.js';
import { ago, loss, number, outOf10, t, time } from './text.js';
import { headline, wasSold, why } from './why.js';

const HOUR_MS = 3_600_000;
/** Hours of the chart; older ones make it too fine to read. */
const HOURS_SHOWN = 72;
/** Log-odds that decide little. */
const NOTHING = 0.1;

/** One shelf: what is the matter, why, what was sold against what was expected, and its signals. */
export const shelfRoom = {
  asks: ({ view, store, item }) =>
    view === 'shelf' ? { shelf: `/shelves/${encodeURIComponent(store)}/${encodeURIComponent(item)}` } : {},
  draw({ shelf }) {
    const { view, store, item } = route();
    const node = byId('detail');
    const isShown = view === 'shelf';
    const isOpened = node.hidden && isShown;
    node.hidden = !isShown;
    if (!isShown) return node.replaceChildren();
    const isThis = shelf?.storeId === store && shelf.itemId === item;
    const hadFocus = node.contains(document.activeElement);
    fill(node, isThis ? shelfDetail(shelf, nowMs()) : missing(item));
    if (isOpened || (hadFocus && !node.contains(document.activeElement)))
      byId('detail-title').focus({ preventScroll: !isOpened });
  },
  redraw() {},
};

const back = () => el('a', { class: 'button', href: '#' }, t('back'));
const title = (text) => el('h2', { id: 'detail-title', tabIndex: -1 }, foreign(text));

const missing = (item) => [
  back(),
  title(item),
  el('p', { class: 'notice' }, t(state.loading ? 'loading' : 'notFound')),
];

function shelfDetail(shelf, now) {
  const { open, newest, history, storeId, itemId, storeName, itemName, city } = shelf;
  const kind = open?.kind ?? 'recovered';
  return [
    back(),
    title(itemName ?? itemId),
    el(
      'p',
      { class: 'small dots' },
      foreign(itemId),
      foreign(storeName ? `${storeName} (${storeId})` : storeId),
      city && foreign(city),
    ),
    el('p', { class: 'headline', data: { kind } }, kindMark(kind, headline(open, newest, now))),
    open && el('p', { class: 'small dots' }, ...factsOf(open, now)),
    el('h3', {}, t('why')),
    el('p', { class: 'why' }, why(open ?? newest, now)),
    ...causeLines(open),
    ...salesOf(shelf),
    ...evidenceOf(open ?? newest),
    el('h3', {}, t('history')),
    el('ul', { class: 'history' }, ...history.map((signal) => historyLine(signal, now))),
    open && el('p', {}, el('a', { href: hrefOf('card', storeId) }, t('openTasks'))),
  ].filter(Boolean);
}

function factsOf(open, now) {
  const { lostUnits, lostUnitsLow, lostUnitsHigh, actByMs, lastVerdict } = open;
  const lost = { x: number(lostUnits), low: number(lostUnitsLow), high: number(lostUnitsHigh) };
  return [
    loss(open),
    t('since', { time: time(open.sinceMs, now) }),
    // Until when somebody has to order, or to fetch it from the backroom, for the shelf not to run out.
    actByMs === null ? null : t(actByMs > now ? 'actBy' : 'actByPassed', { time: time(actByMs, now) }),
    lostUnits > 0 ? t('lostSoFar', lost) : null,
    t(`state${lastVerdict?.verdict ?? 'New'}`),
    t('atSignal', { time: time(open.atMs, now) }),
  ]
    .filter(Boolean)
    .map((text) => el('span', {}, text));
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

function salesOf({ hours = [], newest }) {
  // Of which no signal speaks there is no hour: the newest run of them without a hole.
  let from = hours.length - 1;
  while (from > 0 && hours[from - 1].startMs === hours[from].startMs - HOUR_MS) from--;
  const run = hours.slice(Math.max(from, hours.length - HOURS_SHOWN));
  const isLong = run.length > newest.soldLast24h.length;
  const shown = run.map(({ startMs, soldUnits, expectedUnits }) => ({
    ...{ startMs, sold: soldUnits, expected: expectedUnits },
  }));
  return [
    el('h3', {}, t(isLong ? 'lastHours' : 'last24h')),
    chart(isLong ? shown : hoursOfSignal(newest)),
    chartLegend(),
  ];
}

export const chartLegend = () =>
  el(
    'p',
    { class: 'small legend' },
    el('span', { class: 'of-sold' }, t('sold')),
    el('span', { class: 'of-expected' }, t('expected')),
    el('span', { class: 'of-gap' }, t('gap')),
  );

/** What weighed most comes first. Weights are log-odds: their lengths can be held against each other. */
function evidenceOf({ evidence, kind }) {
  if (kind === 'recovered' || evidence.length === 0) return [];
  const sorted = [...evidence].sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight));
  const most = Math.max(...sorted.map(({ weight }) => Math.abs(weight)), 1e-9);
  const row = ({ name, weight }) => {
    const side = Math.abs(weight) < NOTHING ? 'Nothing' : weight > 0 ? 'For' : 'Against';
    const bar = el('meter', { min: 0, max: most, value: Math.abs(weight), class: `weight-${side}` });
    bar.setAttribute('aria-hidden', 'true');
    return el(
      'tr',
      {},
      el('th', { scope: 'row' }, t(`evidence_${name}`)),
      el('td', {}, bar, ' ', t(`speaks${side}`)),
    );
  };
  const head = ['evidenceOf', 'speaks'].map((name) => el('th', { scope: 'col' }, t(name)));
  return [
    el('h3', {}, t('evidence')),
    el('table', {}, el('thead', {}, el('tr', {}, ...head)), el('tbody', {}, ...sorted.map(row))),
  ];
}

function historyLine(signal, now) {
  const { kind, atMs } = signal;
  const word = t(kind === 'recovered' && !wasSold(signal) ? 'probablyBack' : kind);
  const said =
    kind === 'recovered'
      ? []
      : [el('span', {}, t('outOf10', { x: outOf10(signal.probability) })), el('span', {}, loss(signal))];
  return el(
    'li',
    { data: { kind } },
    el('time', { dateTime: new Date(atMs).toISOString(), title: ago(atMs, now) }, time(atMs, now)),
    el('span', { class: 'dots' }, kindMark(kind, word), ...said),
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

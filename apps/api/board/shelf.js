import { chart, hoursOfSignal } from './chart.js';
import { byId, el, fill, foreign, kindMark } from './dom.js';
import { hrefOf, nowMs, route, state } from './state.js';
import { stateWords, takeLine } from './taken.js';
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
  el(
    'p',
    { class: 'notice' },
    t(state.info?.state === 'starting' ? 'starting' : state.loading ? 'loading' : 'notFound'),
  ),
];

function shelfDetail(shelf, now) {
  const { open, newest, history, storeId, itemId, storeName, itemName, city, bay } = shelf;
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
      bay && foreign(t('place', { x: bay })),
    ),
    el('p', { class: 'headline', data: { kind } }, kindMark(kind, headline(open, newest, now))),
    open && el('p', { class: 'small dots' }, ...factsOf(open, now)),
    open && takeLine(open, 'board', () => shelfRoom.draw(state.answers)),
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
  const { lostUnits, lostUnitsLow, lostUnitsHigh, actByMs } = open;
  const lost = { x: number(lostUnits), low: number(lostUnitsLow), high: number(lostUnitsHigh) };
  return [
    loss(open),
    t('since', { time: time(open.sinceMs, now) }),
    // Until when somebody has to order, or to fetch it from the backroom, for the shelf not to run out.
    actByMs === null ? null : t(actByMs > now ? 'actBy' : 'actByPassed', { time: time(actByMs, now) }),
    lostUnits > 0 ? t('lostSoFar', lost) : null,
    stateWords(open),
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

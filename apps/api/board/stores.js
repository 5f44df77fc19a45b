import { byId, el, fill, foreign, kindMark } from './dom.js';
import { calmList } from './list.js';
import { hrefOf, nowMs, state } from './state.js';
import { ago, lossTotal, number, t } from './text.js';

const STORES_SHOWN = 40;
const KINDS_SHOWN = ['out_of_stock', 'phantom', 'silent', 'coming', 'partial'];
/** Tiles are found again by where they are: they change places seldom. */
const SORT_EVERY_MS = 60_000;
/** Width of a tile that loses nothing, and what the one that loses most has more. */
const WIDTH_REM = 10;
const WIDTH_MORE_REM = 12;

let mostPerHour = 0;
const list = calmList(byId('store-list'), {
  key: ({ storeId }) => storeId,
  render: storeTile,
  place: setSize,
  sortEveryMs: SORT_EVERY_MS,
  rowsMax: 2 * STORES_SHOWN,
});

/** Stores as tiles, the larger the more they lose. One that is not seen is never shown as one that is well. */
export const storesRoom = {
  asks: () => ({ stores: `/stores?limit=${STORES_SHOWN}` }),
  draw({ stores }, asked) {
    const rows = (stores?.stores ?? []).toSorted((a, b) => perHourOf(b) - perHourOf(a));
    mostPerHour = Math.max(...rows.map(perHourOf), 0);
    list.show(rows, asked);
    byId('stores-empty').hidden = rows.length > 0;
    byId('stores-empty').textContent = t(
      stores ? 'noStores' : state.info.state === 'starting' ? 'starting' : 'loading',
    );
    const more = (stores?.total ?? 0) - rows.length;
    byId('stores-more').textContent = more > 0 ? t('moreStores', { x: number(more, 0) }) : '';
    fill(byId('stores-legend'), [
      el('span', { class: 'of-nodata' }, t('legendNoData')),
      el('span', { class: 'of-closed' }, t('legendClosed')),
      el('span', {}, t('legendSize')),
    ]);
  },
  redraw: () => list.redraw(),
};

const perHourOf = ({ lost }) => lost.sales[0]?.perHour ?? 0;

/** Heights are alike in a row, so the area goes with the width. */
function setSize(node, store) {
  const share = mostPerHour > 0 ? perHourOf(store) / mostPerHour : 0;
  node.style.flexBasis = `${(WIDTH_REM + WIDTH_MORE_REM * share).toFixed(1)}rem`;
}

function storeTile(store) {
  const { storeId, name, city, sight, open, lastSignalAtMs } = store;
  const counts = KINDS_SHOWN.filter((kind) => open[kind] > 0).map((kind) =>
    el(
      'span',
      { class: 'count', title: t(kind), data: { kind } },
      kindMark(kind, number(open[kind], 0)),
      el('span', { class: 'hidden' }, t(kind)),
    ),
  );
  const ofSight = { no_data: lastSignalAtMs === null ? 'nothingYetStore' : 'legendNoData', closed: 'closed' }[
    sight
  ];
  const told = ofSight ? [el('b', {}, t(ofSight)), ...counts] : counts;
  return el(
    'a',
    { href: hrefOf('store', storeId), class: sight },
    el('span', { class: 'name' }, foreign(name ?? storeId)),
    el('span', { class: 'counts' }, ...(told.length > 0 ? told : [el('span', {}, t('noneOpenShort'))])),
    // What is lost where nobody looks is not known.
    el('span', { class: 'amount' }, ofSight ? '' : (lossTotal(store.lost)[0] ?? '')),
    el(
      'span',
      { class: 'line one' },
      name === null ? null : foreign(storeId),
      city === null ? null : foreign(city),
    ),
    lastSignalAtMs === null
      ? null
      : el('span', { class: 'line' }, t('lastSignal', { ago: ago(lastSignalAtMs, nowMs()) })),
  );
}

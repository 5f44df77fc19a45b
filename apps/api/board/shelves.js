import { byId, el, fill, foreign, kindMark } from './dom.js';
import { calmList } from './list.js';
import { filterOf, hrefOf, nowMs, route, state } from './state.js';
import { isUntold, stateWords } from './taken.js';
import { ago, likelyCause, loss, number, outOf10, t, time } from './text.js';

/** More than seven are not read, and the seven are what can be done now. */
const SHELVES_SHOWN = 7;

const list = calmList(byId('shelf-list'), {
  key: ({ storeId, itemId }) => JSON.stringify([storeId, itemId]),
  render: shelfRow,
  rowsMax: SHELVES_SHOWN,
});

export const shelvesRoom = {
  asks: (at) => ({ shelves: `/shelves?folded=true&limit=${SHELVES_SHOWN}${filterOf(at)}` }),
  draw({ shelves, stores }, asked) {
    const { info } = state;
    const rows = shelves?.shelves ?? [];
    list.show(rows, asked);
    const empty = byId('shelves-empty');
    empty.hidden = rows.length > 0;
    empty.textContent =
      info.state === 'starting'
        ? t('starting')
        : info.signalsSeen === 0
          ? t('nothingYet')
          : noneOpenText(info);
    const more = (shelves?.total ?? 0) - rows.length;
    byId('shelves-more').textContent = more > 0 ? t('moreShelves', { x: number(more, 0) }) : '';
    drawFilter(stores);
  },
  redraw: () => list.redraw(),
};

function drawFilter(stores) {
  const { store, view } = route();
  const filter = byId('shelf-filter');
  filter.hidden = view !== 'board' || store === null;
  if (filter.hidden) return filter.replaceChildren();
  const name = stores?.stores.find(({ storeId }) => storeId === store)?.name ?? store;
  const link = (href, word) => el('a', { href }, t(word));
  fill(filter, [
    foreign(t('onlyStore', { name })),
    link('#', 'allStores'),
    link(hrefOf('card', store), 'storeTasks'),
    link(hrefOf('brief', store), 'storeBrief'),
  ]);
}

/** "None open" is only good news as of the last signal, so it says when that was. */
function noneOpenText({ lastSignalAtMs, nowMs: now }) {
  return lastSignalAtMs === null
    ? t('noneOpen')
    : `${t('noneOpen')} ${t('lastSignal', { ago: ago(lastSignalAtMs, now) })}`;
}

function shelfRow(signal) {
  const { storeId, itemId, kind } = signal;
  const href = hrefOf('shelf', storeId, itemId);
  const now = nowMs();
  const when =
    kind === 'coming' && signal.expectedAtMs !== null
      ? t('emptyAt', { time: time(signal.expectedAtMs, now) })
      : t('since', { time: time(signal.sinceMs, now) });
  const cause = likelyCause(signal);
  return el(
    'a',
    { href, data: { kind }, ...(location.hash === href ? { 'aria-current': 'true' } : {}) },
    el('span', { class: 'name' }, foreign(signal.itemName ?? itemId)),
    el('span', { class: 'amount' }, loss(signal)),
    el(
      'span',
      { class: 'line' },
      kindMark(kind, t(kind)),
      el('span', {}, t('outOf10', { x: outOf10(signal.probability) })),
      el('span', {}, when),
      cause && el('span', {}, cause),
    ),
    el(
      'span',
      { class: 'line' },
      foreign(signal.storeName ?? storeId),
      signal.itemName === null ? null : foreign(itemId),
      signal.bay === null ? null : foreign(signal.bay),
      el('span', { class: isUntold(signal) ? 'untold' : 'told' }, foreign(stateWords(signal))),
    ),
  );
}

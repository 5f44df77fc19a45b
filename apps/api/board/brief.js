import { storeChoice } from './card.js';
import { el, fill, foreign } from './dom.js';
import { hrefOf, route } from './state.js';
import { currentLanguage, money, number, t } from './text.js';

/** One store's morning in ten lines, and what they rest on. */
export const briefPage = {
  asks: ({ store }) =>
    store === null ? { stores: '/stores?limit=200' } : { brief: `/brief?store=${encodeURIComponent(store)}` },
  title: (answers) => {
    const { store } = route();
    return store === null ? t('briefChoose') : t('briefOf', { store: answers.brief?.storeName ?? store });
  },
  draw(node, { stores, brief }) {
    const { store } = route();
    if (store === null) return fill(node, [storeChoice('brief', stores)]);
    if (brief === null) return fill(node, [el('p', { class: 'notice' }, t('briefNone'))]);
    if (brief?.storeId !== store) return fill(node, [el('p', { class: 'notice' }, t('loading'))]);
    const { day, lines, repeatOffenders, today } = brief;
    fill(node, [
      el('p', { class: 'small' }, t('briefDay', { day })),
      el(
        'ol',
        { class: 'brief', lang: currentLanguage() },
        ...lines.map((line) => el('li', {}, foreign(line))),
      ),
      ...offenders(store, repeatOffenders),
      ...risks(store, today.risks),
      el('p', {}, el('a', { href: hrefOf('card', store) }, t('openTasks'))),
    ]);
  },
};

const moneys = (list) => list.map(({ value, currency }) => money(value, currency)).join(' + ');
const shelf = (store, { itemId, itemName }) =>
  el('a', { href: hrefOf('shelf', store, itemId) }, foreign(itemName ?? itemId));

function offenders(store, list) {
  if (list.length === 0) return [];
  const line = (one) =>
    el(
      'li',
      { class: 'dots' },
      shelf(store, one),
      el('span', {}, t('times', { x: number(one.times, 0) })),
      one.cause && one.cause !== 'unknown' ? el('span', {}, t(one.cause)) : null,
      one.lost.length > 0 ? el('span', {}, moneys(one.lost)) : null,
    );
  return [el('h3', {}, t('repeatOffenders')), el('ul', {}, ...list.map(line))];
}

function risks(store, list) {
  if (list.length === 0) return [];
  const row = ({ hour, shelves, lostPerHour, items }) =>
    el(
      'tr',
      {},
      el('th', { scope: 'row' }, `${hour}:00`),
      el('td', { class: 'number' }, number(shelves, 0)),
      el('td', { class: 'number' }, moneys(lostPerHour)),
      el('td', { class: 'dots' }, ...items.map((item) => shelf(store, item))),
    );
  const head = ['hour', 'shelvesCount', 'perHourHead', 'items'].map((name) =>
    el('th', { scope: 'col' }, t(name)),
  );
  const table = el('table', {}, el('thead', {}, el('tr', {}, ...head)), el('tbody', {}, ...list.map(row)));
  const frame = { class: 'wide', tabIndex: 0, role: 'group', 'aria-label': t('risks') };
  return [el('h3', {}, t('risks')), el('div', frame, table)];
}

import { byId, el, foreign } from './dom.js';
import { calmList } from './list.js';
import { filterOf, nowMs } from './state.js';
import { loss, number, t, time } from './text.js';

const INCIDENTS_SHOWN = 10;

const list = calmList(byId('incident-list'), {
  key: ({ incidentId }) => incidentId,
  render: incidentRow,
  rowsMax: 2 * INCIDENTS_SHOWN,
});

/** One line for each cause; the shelves it stands for are not in the list of shelves. */
export const incidentsRoom = {
  asks: (at) => ({ incidents: `/incidents?state=open&limit=${INCIDENTS_SHOWN}${filterOf(at)}` }),
  draw({ incidents: answer }, asked) {
    const rows = answer?.incidents ?? [];
    list.show(rows, asked);
    byId('incidents').hidden = rows.length === 0;
    const more = (answer?.total ?? 0) - rows.length;
    byId('incidents-more').textContent = more > 0 ? t('moreIncidents', { x: number(more, 0) }) : '';
  },
  redraw: () => list.redraw(),
};

/** One cause as one line: what, since when, and what it costs where that can be said. */
function incidentRow(incident) {
  const { kind, storeId, sinceMs, lostSalesPerHour } = incident;
  const note = noteOf(incident);
  const properties = { class: 'incident', data: { kind } };
  // Of a store: its own list. Of many: the lists below have the other shelves.
  const node =
    storeId === null
      ? ['div', properties]
      : ['a', { ...properties, href: `#store/${encodeURIComponent(storeId)}` }];
  return el(
    ...node,
    el('span', { class: 'name' }, foreign(textOf(incident))),
    el(
      'span',
      { class: 'amount' },
      lostSalesPerHour === null && kind !== 'item_short' ? '' : lossOf(incident),
    ),
    el(
      'span',
      { class: 'line' },
      el('span', {}, t('since', { time: time(sinceMs, nowMs()) })),
      note === null ? null : el('span', {}, note),
    ),
  );
}

function textOf({ kind, region, itemId, itemName, storeId, storeName, workstationId, stores }) {
  const name = storeId !== null ? kind : nameOfMany(kind, region);
  return t(name, {
    region,
    item: itemName ?? itemId,
    store: storeName ?? storeId,
    till: workstationId,
    x: number(stores, 0),
  });
}

/** Of many stores: those of a region, or all over. */
function nameOfMany(kind, region) {
  const many = kind === 'item_short' ? kind : `${kind}_many`;
  return region === null ? `${many}_all` : many;
}

function noteOf({ kind, shelves }) {
  return kind === 'feed_dead' || kind === 'store_closed'
    ? t(`${kind}_note`, { x: number(shelves, 0) })
    : null;
}

const lossOf = ({ lostSalesPerHour, currency, facts }) =>
  loss({ lostSalesPerHour, currency, demandPerHour: facts.unitsPerHour ?? 0 });

import { byId, calmList, el, foreign, ICONS } from './dom.js';
import { incidentRow } from './incident.js';
import { shelfDetail } from './shelf.js';
import {
  ago,
  currentLanguage,
  likelyCause,
  loss,
  lossTotal,
  number,
  outOf10,
  setLanguage,
  t,
  time,
} from './text.js';

const SHELVES_SHOWN = 10;
const STORES_SHOWN = 40;
const INCIDENTS_SHOWN = 10;
/** After signals arrived, one refresh for all of them. */
const GATHER_MS = 1_000;
const REFRESH_LIVE_MS = 10_000;
const REFRESH_POLLING_MS = 4_000;
const KINDS_SHOWN = ['out_of_stock', 'phantom', 'silent', 'coming', 'partial'];

const state = {
  info: null,
  infoAt: 0,
  online: true,
  streaming: false,
  shelves: { shelves: [], total: 0 },
  stores: { stores: [], total: 0 },
  incidents: { incidents: [], total: 0 },
  detail: null,
};

const shelfList = calmList(byId('shelf-list'), {
  key: ({ storeId, itemId }) => JSON.stringify([storeId, itemId]),
  render: shelfRow,
  rowsMax: 2 * SHELVES_SHOWN,
});
const incidentList = calmList(byId('incident-list'), {
  key: ({ incidentId }) => incidentId,
  render: (incident) => incidentRow(incident, nowMs()),
  rowsMax: 2 * INCIDENTS_SHOWN,
});
const storeList = calmList(byId('store-list'), {
  key: ({ storeId }) => storeId,
  render: storeRow,
  rowsMax: 2 * STORES_SHOWN,
});

/** The server's clock: in a demo it is not ours. */
const nowMs = () => (state.info ? state.info.nowMs + performance.now() - state.infoAt : Date.now());

/** `#shelf/<store>/<item>` and `#store/<store>`, so that the browser's own back button works. */
function route() {
  const [view, store, item] = location.hash.slice(1).split('/').map(decoded);
  return view === 'shelf' && item !== undefined
    ? { store: null, shelf: { store, item } }
    : { store: view === 'store' ? (store ?? null) : null, shelf: null };
}

function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

const shelfHref = (storeId, itemId) => `#shelf/${encodeURIComponent(storeId)}/${encodeURIComponent(itemId)}`;

async function get(path) {
  const answer = await fetch(path, { headers: { accept: 'application/json' } });
  if (answer.status === 404) return null;
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer.json();
}

let refreshing = null;
let timer = 0;

/** One at a time; a call during a refresh waits for the next. */
async function refresh(asked = false) {
  if (refreshing) await refreshing;
  refreshing = load(asked).finally(() => (refreshing = null));
  await refreshing;
  clearTimeout(timer);
  timer = setTimeout(refresh, state.streaming && state.online ? REFRESH_LIVE_MS : REFRESH_POLLING_MS);
}

async function load(asked) {
  const { store, shelf } = route();
  const filter = store === null ? '' : `&store=${encodeURIComponent(store)}`;
  try {
    const [info, shelves, stores, incidents, detail] = await Promise.all([
      get('/board/info'),
      get(`/shelves?folded=true&limit=${SHELVES_SHOWN}${filter}`),
      get(`/stores?limit=${STORES_SHOWN}`),
      get(`/incidents?state=open&limit=${INCIDENTS_SHOWN}${filter}`),
      shelf ? get(`/shelves/${encodeURIComponent(shelf.store)}/${encodeURIComponent(shelf.item)}`) : null,
    ]);
    Object.assign(state, { info, infoAt: performance.now(), online: true });
    Object.assign(state, { shelves, stores, incidents, detail });
  } catch {
    state.online = false;
  }
  draw(asked);
}

function draw(asked = false) {
  drawWords();
  drawStatus();
  if (!state.info) return;
  drawStrip();
  drawIncidents(asked);
  drawShelves(asked);
  drawStores(asked);
  drawDetail();
}

function drawWords() {
  document.documentElement.lang = currentLanguage();
  for (const node of document.querySelectorAll('[data-text]')) node.textContent = t(node.dataset.text);
  for (const button of document.querySelectorAll('[data-language]'))
    button.setAttribute('aria-pressed', String(button.dataset.language === currentLanguage()));
}

function drawStatus() {
  const { info, online, streaming } = state;
  const node = byId('status');
  node.dataset.level = online && info?.state === 'healthy' && streaming ? 'ok' : 'warn';
  node.textContent = statusText(info, online, streaming);
  if (!info) return;
  byId('environment').textContent = info.environment;
  byId('demo').hidden = !info.demo;
  byId('demo').textContent = t('demo');
}

function statusText(info, online, streaming) {
  if (!info) return online ? t('loading') : t('neverOnline');
  const at = time(info.nowMs, info.nowMs);
  if (!online) return t('offline', { time: at });
  const parts = [];
  if (info.state === 'starting') parts.push(t('starting'));
  else if (info.state === 'healthy') parts.push(t(streaming ? 'live' : 'polling', { time: at }));
  else parts.push(t('disconnected', { detail: info.detail }));
  if (info.lastSignalAtMs !== null)
    parts.push(t('lastSignal', { ago: ago(info.lastSignalAtMs, info.nowMs) }));
  if (info.checkedUntilMs !== null) parts.push(t('checked', { time: time(info.checkedUntilMs, info.nowMs) }));
  return parts.join(' ');
}

function drawStrip() {
  const { info } = state;
  const nothing = info.signalsSeen === 0;
  const tiles = KINDS_SHOWN.map((kind) =>
    el(
      'li',
      { data: { kind } },
      el('strong', {}, nothing ? '–' : number(info.open[kind], 0)),
      el('span', { class: 'kind' }, `${ICONS[kind]}\u00a0${t(kind)}`),
    ),
  );
  const lost = lossTotal(info.lost);
  const [amount, ...others] = nothing ? ['–'] : lost.length > 0 ? lost : [t('lostNothing')];
  const rest = others.map((other) => el('span', {}, ` + ${other}`));
  byId('tiles').replaceChildren(...tiles, el('li', {}, el('strong', {}, amount), t('lostNow'), ...rest));
}

/** One line for each cause; the shelves it stands for are not in the list below. */
function drawIncidents(asked) {
  const rows = state.incidents?.incidents ?? [];
  incidentList.show(rows, asked);
  byId('incidents').hidden = rows.length === 0;
  const more = (state.incidents?.total ?? 0) - rows.length;
  byId('incidents-more').textContent = more > 0 ? t('moreIncidents', { x: number(more, 0) }) : '';
}

function drawShelves(asked) {
  const { info, shelves } = state;
  const { store } = route();
  const rows = shelves?.shelves ?? [];
  shelfList.show(rows, asked);
  const empty = byId('shelves-empty');
  empty.hidden = rows.length > 0;
  empty.textContent =
    info.state === 'starting' ? t('starting') : info.signalsSeen === 0 ? t('nothingYet') : noneOpenText(info);
  const more = (shelves?.total ?? 0) - rows.length;
  byId('shelves-more').textContent = more > 0 ? t('moreShelves', { x: number(more, 0) }) : '';
  const filter = byId('shelf-filter');
  filter.hidden = store === null;
  if (store === null) return filter.replaceChildren();
  const name = state.stores?.stores.find(({ storeId }) => storeId === store)?.name ?? store;
  filter.replaceChildren(foreign(t('onlyStore', { name })), ' ', el('a', { href: '#' }, t('allStores')));
}

/** "None open" is only good news as of the last signal, so it says when that was. */
function noneOpenText({ lastSignalAtMs, nowMs: now }) {
  return lastSignalAtMs === null
    ? t('noneOpen')
    : `${t('noneOpen')} ${t('lastSignal', { ago: ago(lastSignalAtMs, now) })}`;
}

function shelfRow(signal) {
  const { storeId, itemId, kind } = signal;
  const href = shelfHref(storeId, itemId);
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
      el('span', { class: 'kind' }, `${ICONS[kind] ?? ''}\u00a0${t(kind)}`),
      el('span', {}, t('outOf10', { x: outOf10(signal.probability) })),
      el('span', {}, when),
      cause && el('span', {}, cause),
    ),
    el(
      'span',
      { class: 'line' },
      foreign(signal.storeName ?? storeId),
      signal.itemName === null ? null : foreign(itemId),
    ),
  );
}

function drawStores(asked) {
  const { stores } = state;
  const rows = stores?.stores ?? [];
  storeList.show(rows, asked);
  byId('stores-empty').hidden = rows.length > 0;
  byId('stores-empty').textContent = t('noStores');
  const more = (stores?.total ?? 0) - rows.length;
  byId('stores-more').textContent = more > 0 ? t('moreStores', { x: number(more, 0) }) : '';
}

function storeRow(store) {
  const silent = store.lastSignalAtMs === null;
  const counts = KINDS_SHOWN.filter((kind) => store.open[kind] > 0).map((kind) =>
    el(
      'span',
      { data: { kind } },
      el('span', { class: 'kind' }, `${ICONS[kind]}\u00a0${number(store.open[kind], 0)} ${t(kind)}`),
    ),
  );
  const place = [
    store.name === null ? null : foreign(store.storeId),
    store.city === null ? null : foreign(store.city),
  ];
  const now = nowMs();
  return el(
    'a',
    { href: `#store/${encodeURIComponent(store.storeId)}`, class: silent ? 'nodata' : '' },
    el('span', { class: 'name' }, foreign(store.name ?? store.storeId)),
    el('span', { class: 'amount' }, lossTotal(store.lost)[0] ?? ''),
    el(
      'span',
      { class: 'line' },
      ...(counts.length > 0 ? counts : [el('span', {}, silent ? t('nothingYetStore') : t('noneOpenShort'))]),
    ),
    el(
      'span',
      { class: 'line' },
      ...place.filter(Boolean),
      silent ? null : el('span', {}, t('lastSignal', { ago: ago(store.lastSignalAtMs, now) })),
    ),
  );
}

function drawDetail() {
  const { shelf } = route();
  const node = byId('detail');
  const opened = node.hidden && shelf;
  node.hidden = !shelf;
  document.body.dataset.view = shelf ? 'detail' : 'list';
  if (!shelf) return node.replaceChildren();
  const goBack = () => (location.hash = '');
  const { detail } = state;
  const isThis = detail?.storeId === shelf.store && detail.itemId === shelf.item;
  const title = el('h2', { id: 'detail-title', tabIndex: -1 }, foreign(shelf.item));
  const rest = [
    el('button', { type: 'button', onclick: goBack }, t('back')),
    title,
    el('p', { class: 'notice' }, t(refreshing ? 'loading' : 'notFound')),
  ];
  const hadFocus = node.contains(document.activeElement);
  node.replaceChildren(...(isThis ? shelfDetail(detail, nowMs(), goBack) : rest));
  if (opened || hadFocus) byId('detail-title').focus({ preventScroll: !opened });
}

function follow() {
  const source = new EventSource('/signals/stream');
  let gathering = false;
  const changed = () => {
    if (gathering) return;
    gathering = true;
    setTimeout(() => {
      gathering = false;
      void refresh();
    }, GATHER_MS);
  };
  source.addEventListener('open', () => {
    state.streaming = true;
    changed();
  });
  source.addEventListener('signal', changed);
  source.addEventListener('reset', changed);
  source.addEventListener('error', () => {
    state.streaming = false;
    drawStatus();
    changed();
    // The browser gives up on an answer that is no stream (a server that is full, a proxy's error page).
    if (source.readyState === EventSource.CLOSED) setTimeout(follow, REFRESH_POLLING_MS);
  });
}

for (const button of document.querySelectorAll('[data-language]'))
  button.addEventListener('click', () => {
    setLanguage(button.dataset.language);
    draw();
    incidentList.redraw();
    shelfList.redraw();
    storeList.redraw();
  });
addEventListener('hashchange', () => void refresh(true));
document.addEventListener('visibilitychange', () => document.hidden || void refresh());
draw();
void refresh(true);
follow();

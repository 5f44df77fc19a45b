import { briefPage } from './brief.js';
import { cardPage } from './card.js';
import { byId, el, fill, say } from './dom.js';
import { incidentsRoom } from './incidents.js';
import { pipelinePage } from './pipeline.js';
import { showSignOut } from './session.js';
import { shelfRoom } from './shelf.js';
import { shelvesRoom } from './shelves.js';
import { get, learn, Refused, route, state } from './state.js';
import { storesRoom } from './stores.js';
import { stripRoom } from './strip.js';
import { ago, currentLanguage, setLanguage, t, time } from './text.js';

/** After signals arrived, one refresh for all of them. */
const GATHER_MS = 1_000;
const REFRESH_LIVE_MS = 10_000;
const REFRESH_POLLING_MS = 4_000;

/** Rooms of the board stand side by side; a page has the screen for itself. */
const ROOMS = [stripRoom, shelvesRoom, shelfRoom, storesRoom, incidentsRoom];
const PAGES = { card: cardPage, brief: briefPage, pipeline: pipelinePage };

let refreshing = null;
let timer = 0;

/** One at a time; a call during a refresh waits for the next. */
async function refresh(asked = false) {
  await refreshing?.catch(() => {});
  // Some questions are of the server's time, which the first answer tells.
  const isFirst = state.info === null;
  refreshing = load(asked).finally(() => (refreshing = null));
  try {
    await refreshing;
  } finally {
    // Whatever went wrong with drawing one answer: a board that stands still without a word would be believed.
    clearTimeout(timer);
    const nextMs = state.streaming && state.online ? REFRESH_LIVE_MS : REFRESH_POLLING_MS;
    timer = setTimeout(refresh, isFirst && state.info ? 0 : nextMs);
  }
}

function questions() {
  const at = route();
  const page = PAGES[at.view];
  const rooms = page ? [page.asks(at)] : ROOMS.map((room) => room.asks(at));
  return Object.entries(Object.assign({ info: '/board/info' }, ...rooms));
}

async function load(asked) {
  state.loading = true;
  state.online = true;
  const asking = questions();
  state.asked = asking.map(([name]) => name);
  const settled = await Promise.allSettled(asking.map(([, path]) => get(path)));
  state.loading = false;
  settled.forEach(({ status, value, reason }, index) => {
    const [name] = asking[index];
    if (status === 'fulfilled') {
      state.answers[name] = value;
      state.refusals[name] = 0;
    } else if (reason instanceof Refused) state.refusals[name] = reason.status;
    // What was known stays, and says how old it is. A question that the server cannot answer now is not the server away.
    else if (name === 'info' || reason instanceof TypeError) state.online = false;
  });
  const [info] = settled;
  if (info.status === 'fulfilled' && info.value) learn(info.value, !state.online);
  draw(asked);
}

function draw(asked = false) {
  drawWords();
  drawStatus();
  const { view } = route();
  const page = PAGES[view];
  if (document.body.dataset.view !== view) document.body.dataset.view = view;
  byId('page').hidden = !page;
  // What was shown to whoever signed out is not for the next.
  byId('rooms').hidden = state.refusals.info === 401 && !page;
  if (page) return drawPage(page, asked);
  if (!state.info) return;
  for (const room of ROOMS) room.draw(state.answers, asked);
}

function drawPage(page, asked) {
  const node = byId('page');
  const title = page.title(state.answers);
  if (!byId('page-title'))
    fill(node, [el('h2', { id: 'page-title', tabIndex: -1 }), el('div', { id: 'page-body' })]);
  say(byId('page-title'), title);
  document.title = `${title} · Góndola`;
  if (isRefused()) fill(byId('page-body'), [el('p', { class: 'notice' }, t('refused'), ' ', signIn())]);
  else page.draw(byId('page-body'), state.answers, () => draw());
  if (asked && shownPage !== location.hash) byId('page-title').focus({ preventScroll: true });
  shownPage = location.hash;
}
let shownPage = '';

/** Of what a page is made of; quarantine is a part of one, and has a word of its own. */
const isRefused = () => state.asked.some((name) => name !== 'quarantine' && state.refusals[name]);

function drawWords() {
  document.documentElement.lang = currentLanguage();
  document.title = 'Góndola';
  for (const node of document.querySelectorAll('[data-text]')) say(node, t(node.dataset.text));
  for (const node of document.querySelectorAll('[data-label]'))
    node.setAttribute('aria-label', t(node.dataset.label));
  for (const button of document.querySelectorAll('[data-language]'))
    button.setAttribute('aria-pressed', String(button.dataset.language === currentLanguage()));
  const { view } = route();
  for (const link of document.querySelectorAll('[data-page]')) {
    const isHere = link.dataset.page === (view === 'shelf' ? 'board' : view);
    if (isHere) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
}

function drawStatus() {
  const { info, online, streaming } = state;
  const node = byId('status');
  node.dataset.level = online && (!info || info.state === 'healthy') && streaming !== false ? 'ok' : 'warn';
  fill(node, [statusText(info, online, streaming), state.refusals.info === 401 ? signIn() : null]);
  if (!info) return;
  say(byId('environment'), info.environment);
  byId('demo').hidden = !info.demo;
  say(byId('demo'), t('demo'));
}

/** A key is given there once, and then this page again. */
const signIn = () => el('a', { href: `/board/sign-in.html?to=/${location.hash}` }, t('signIn'));

function statusText(info, online, streaming) {
  if (state.refusals.info) return t('refused');
  if (!info) return online ? t('loading') : t('neverOnline');
  const at = time(info.nowMs, info.nowMs);
  if (!online) return t('offline', { time: at });
  const parts = [];
  if (info.state === 'starting') parts.push(t('starting'));
  else if (info.state === 'healthy') parts.push(t(streaming === false ? 'polling' : 'live', { time: at }));
  else parts.push(t('disconnected', { detail: info.detail }));
  if (info.lastSignalAtMs !== null)
    parts.push(t('lastSignal', { ago: ago(info.lastSignalAtMs, info.nowMs) }));
  if (info.checkedUntilMs !== null) parts.push(t('checked', { time: time(info.checkedUntilMs, info.nowMs) }));
  return parts.join(' ');
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
    for (const room of ROOMS) room.redraw();
    // Some answers are in the reader's language.
    void refresh();
  });
addEventListener('hashchange', () => {
  draw(true);
  void refresh(true);
});
document.addEventListener('visibilitychange', () => document.hidden || void refresh());
// Not where the page came without TLS from another machine: there browsers have none, and the page works while it is open.
navigator.serviceWorker?.register('/board/worker.js', { scope: '/' }).catch(() => {});
draw();
void refresh(true);
void showSignOut();
follow();

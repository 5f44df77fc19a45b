import { currentLanguage } from './text.js';

/** What the page knows, where it is, and how it asks. */
export const state = {
  info: null,
  /** By `performance.now()`; null: not from the server itself. */
  infoAt: null,
  online: true,
  /** Whether signals come as they are made; null: not known yet. */
  streaming: null,
  loading: false,
  /** Names of what was asked last. */
  asked: [],
  /** What rooms asked for, by the name that they gave it. */
  answers: {},
  /** By the same names: 401 or 403 where the server wants to know who is asking, else 0. */
  refusals: {},
};

const CLOCK = 'gondola.clock';

/** The server's clock: in a demo it is not ours. */
export const nowMs = () =>
  state.info && state.infoAt !== null
    ? state.info.nowMs + performance.now() - state.infoAt
    : Date.now() + clockOffsetMs();

/** `info` as it came from the server, or as it was kept from before (`isKept`): then it says nothing of what time it is. */
export function learn(info, isKept) {
  state.info = info;
  if (isKept) return;
  state.infoAt = performance.now();
  try {
    localStorage.setItem(CLOCK, String(info.nowMs - Date.now()));
  } catch {
    // Storage may be forbidden: without a connection the device's own clock has to do.
  }
}

/** How far the server's clock was before the device's when they last met. */
function clockOffsetMs() {
  try {
    return Number(localStorage.getItem(CLOCK)) || 0;
  } catch {
    return 0;
  }
}

const PAGES = ['card', 'brief', 'pipeline'];

/**
 * `#shelf/<store>/<item>`, `#store/<store>`, `#card/<store>`, `#brief/<store>`, `#pipeline`: the browser's own back button works.
 * `view` is what is shown: board, shelf or one of the pages.
 */
export function route() {
  const [first, store = null, item = null] = location.hash.slice(1).split('/').map(decoded);
  if (first === 'shelf' && item !== null) return { view: 'shelf', store, item };
  if (PAGES.includes(first)) return { view: first, store, item: null };
  return { view: 'board', store: first === 'store' ? store : null, item: null };
}

function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

export const hrefOf = (view, ...parts) => `#${[view, ...parts.map(encodeURIComponent)].join('/')}`;

/** Of questions of one store: those of the board, when it is narrowed to one. */
export const filterOf = ({ view, store }) =>
  view === 'board' && store !== null ? `&store=${encodeURIComponent(store)}` : '';

export class Refused extends Error {
  constructor(status) {
    super(`refused: ${status}`);
    this.status = status;
  }
}

/** Null: there is none. Errors: `Refused`, and any other where the server does not answer. */
export async function get(path) {
  const headers = { accept: 'application/json', 'accept-language': currentLanguage() };
  const answer = await fetch(path, { headers });
  if (answer.status === 404) return null;
  if (answer.status === 401 || answer.status === 403) throw new Refused(answer.status);
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  const content = await answer.json();
  // Kept from before by the page's own worker: the server did not answer.
  if (answer.headers.get('gondola-kept') === 'yes') state.online = false;
  return content;
}

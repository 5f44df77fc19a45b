import { currentLanguage } from './text.js';

/** What the page knows, where it is, and how it asks. */
export const state = {
  info: null,
  infoAt: 0,
  online: true,
  streaming: false,
  loading: false,
  /** What rooms asked for, by the name that they gave it. */
  answers: {},
  /** By the same names: 401 or 403 where the server wants to know who is asking, else 0. */
  refusals: {},
};

/** The server's clock: in a demo it is not ours. */
export const nowMs = () => (state.info ? state.info.nowMs + performance.now() - state.infoAt : Date.now());

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

/**
 * What somebody said while there was no connection, kept on the device and sent later. Each answer has its id from the beginning: sent
 * twice, it counts once.
 */
const QUEUE = 'gondola.outbox';
const SAID = 'gondola.said';
/** Longer than a shift: until then a list that the worker kept may still ask for what was answered. */
const SAID_MS = 12 * 3_600_000;
/** Answers that a later attempt may change. */
const LATER = new Set([401, 403, 408, 425, 429]);

let queue = stored(QUEUE);
let said = stored(SAID);
let sending = null;
/** 401 or 403: the server takes answers from others, or from whoever signs in again; else 0. */
let refusedBy = 0;
let listener = () => {};

// Storage may be forbidden or full: then it lasts as long as the page.
function stored(name) {
  try {
    const list = JSON.parse(localStorage.getItem(name) ?? '[]');
    return Array.isArray(list) ? list : [];
  } catch {
    return [];
  }
}

function keep() {
  try {
    localStorage.setItem(QUEUE, JSON.stringify(queue));
    localStorage.setItem(SAID, JSON.stringify(said));
  } catch {
    // see above
  }
}

/** Of `crypto.randomUUID`, which pages that came without TLS do not have. */
function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return `card-${[...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}

const shelfOf = ({ storeId, itemId }) => JSON.stringify([storeId, itemId]);

/** Answers that are not with the server yet. */
export const unsent = () => queue.length;
export const unsentRefusal = () => (queue.length > 0 ? refusedBy : 0);

/** Of a shelf that was answered on this device in this shift; null: none was. */
export function saidOf(shelf) {
  return said.find((one) => shelfOf(one) === shelfOf(shelf) && one.keptAt > Date.now() - SAID_MS) ?? null;
}

/** `onChange(rejected)`: after each change; `rejected` is what the server will never take, else null. */
export const onOutboxChange = (onChange) => (listener = onChange);

/** `signal`: what is judged. `at`: when, by the server's clock. `channel`: where. Returns what `undo` takes. */
export function sayVerdict(signal, verdict, at, channel = 'card') {
  const { signalId, storeId, itemId, itemName } = signal;
  const body = { eventId: newId(), signalId, storeId, itemId, verdict, at, channel };
  queue.push({ body, isTried: false });
  const { eventId } = body;
  const one = { ...{ storeId, itemId, itemName, verdict, at, channel }, eventId, keptAt: Date.now() };
  said = [...said.filter((old) => old.keptAt > Date.now() - SAID_MS && shelfOf(old) !== shelfOf(one)), one];
  changed();
  return one;
}

/** What never left the device is only forgotten. */
export function undo({ eventId, storeId, itemId, channel = 'card' }, at) {
  said = said.filter((one) => one.eventId !== eventId);
  const waiting = queue.find(({ body, isTried }) => body.eventId === eventId && !isTried);
  if (waiting) queue = queue.filter((one) => one !== waiting);
  else {
    const body = { eventId: newId(), verdict: 'UNDO', undoes: eventId, storeId, itemId, at, channel };
    const judged = queue.find(({ body: { eventId: id } }) => id === eventId);
    queue.push({ body: { ...body, ...(judged ? { signalId: judged.body.signalId } : {}) }, isTried: false });
  }
  changed();
}

function changed() {
  keep();
  listener(null);
  void send();
}

/** In order, one at a time; stops where the server does not answer, and goes on with the next call. */
export function send() {
  sending ??= sendAll().finally(() => (sending = null));
  return sending;
}

async function sendAll() {
  while (queue.length > 0) {
    const [first] = queue;
    first.isTried = true;
    keep();
    const status = await post(first.body);
    refusedBy = status === 401 || status === 403 ? status : 0;
    if (status === null || status >= 500 || LATER.has(status)) return listener(null);
    queue = queue.filter((one) => one !== first);
    const isTaken = status < 300;
    if (!isTaken) said = said.filter(({ eventId }) => eventId !== first.body.eventId);
    keep();
    listener(isTaken ? null : { status, body: first.body });
  }
}

async function post(body) {
  try {
    const answer = await fetch('/verdicts', {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify(body),
    });
    return answer.status;
  } catch {
    return null;
  }
}

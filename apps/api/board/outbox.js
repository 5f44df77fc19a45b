/**
 * What somebody said while there was no connection, kept on the device and sent later. Each answer has its id from the beginning: sent
 * twice, it counts once. Each lies under a key of its own: pages of one browser share them, and none writes over what another kept.
 */
const ANSWER = 'gondola.answer.';
const SAID = 'gondola.said.';
const LOCK = 'gondola.sending';
/** Longer than a shift: until then a list that the worker kept may still ask for what was answered. */
const SAID_MS = 12 * 3_600_000;
/** A connection that says nothing is none. */
const WAIT_MS = 20_000;
/** Digits of a number that keys are in order by. */
const ORDER_DIGITS = 15;
/** Answers that a later attempt may change. */
const LATER = new Set([401, 403, 408, 425, 429]);

/** Storage may be forbidden or full: what it did not take lasts as long as the page. */
const inPage = new Map();
let sending = null;
/** 401 or 403: the server takes answers from others, or from whoever signs in again; else 0. */
let refusedBy = 0;
let listener = () => {};

function put(key, value) {
  const text = JSON.stringify(value);
  try {
    localStorage.setItem(key, text);
    inPage.delete(key);
  } catch {
    inPage.set(key, text);
  }
}

function remove(key) {
  inPage.delete(key);
  try {
    localStorage.removeItem(key);
  } catch {
    // It is not there then.
  }
}

function read(key) {
  try {
    return JSON.parse(inPage.get(key) ?? localStorage.getItem(key));
  } catch {
    return null;
  }
}

function keysOf(prefix) {
  const keys = new Set(inPage.keys());
  try {
    for (const key of Object.keys(localStorage)) keys.add(key);
  } catch {
    // Those of the page, then.
  }
  return [...keys].filter((key) => key.startsWith(prefix)).sort();
}

/** In the order in which they were given, whichever page took them. */
const queue = () =>
  keysOf(ANSWER)
    .map((key) => ({ key, ...read(key) }))
    .filter(({ body }) => body);

function push(body) {
  const newest = Number(
    keysOf(ANSWER)
      .at(-1)
      ?.slice(ANSWER.length, ANSWER.length + ORDER_DIGITS) ?? 0,
  );
  // A device's clock may be set back.
  const order = String(Math.max(Date.now(), newest + 1)).padStart(ORDER_DIGITS, '0');
  put(`${ANSWER}${order}.${body.eventId}`, { body, isTried: false });
}

/** Of `crypto.randomUUID`, which pages that came without TLS do not have. */
function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return `card-${[...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}

const saidKey = ({ storeId, itemId }) => SAID + JSON.stringify([storeId, itemId]);
const isRecent = (said) => said?.keptAt > Date.now() - SAID_MS;

/** Answers that are not with the server yet. */
export const unsent = () => queue().length;
export const unsentRefusal = () => (unsent() > 0 ? refusedBy : 0);

/** Of a shelf that was answered on this device in this shift; null: none was. */
export function saidOf(shelf) {
  const said = read(saidKey(shelf));
  return isRecent(said) ? said : null;
}

/** `onChange(rejected)`: after each change; `rejected` is what the server will never take, else null. */
export const onOutboxChange = (onChange) => (listener = onChange);

/** `signal`: what is judged. `at`: when, by the server's clock. `channel`: where. Returns what `undo` takes. */
export function sayVerdict(signal, verdict, at, channel = 'card') {
  const { signalId, storeId, itemId, itemName } = signal;
  const body = { eventId: newId(), signalId, storeId, itemId, verdict, at, channel };
  push(body);
  for (const key of keysOf(SAID)) if (!isRecent(read(key))) remove(key);
  const { eventId } = body;
  const said = { ...{ storeId, itemId, itemName, verdict, at, channel }, eventId, keptAt: Date.now() };
  put(saidKey(said), said);
  changed();
  return said;
}

/** What never left the device is only forgotten. */
export function undo({ eventId, storeId, itemId, channel = 'card' }, at) {
  unsay({ eventId, storeId, itemId });
  const judged = queue().find(({ body }) => body.eventId === eventId);
  if (judged && !judged.isTried) remove(judged.key);
  else {
    const body = { eventId: newId(), verdict: 'UNDO', undoes: eventId, storeId, itemId, at, channel };
    push({ ...body, ...(judged ? { signalId: judged.body.signalId } : {}) });
  }
  changed();
}

/** The shelf is asked for again, unless it has got another answer since. */
function unsay({ eventId, ...shelf }) {
  const key = saidKey(shelf);
  if (read(key)?.eventId === eventId) remove(key);
}

/** Of whoever signs out: nothing of theirs stays on the device. */
export function forgetAnswers() {
  for (const prefix of [ANSWER, SAID]) keysOf(prefix).forEach(remove);
}

function changed() {
  listener(null);
  void send();
}

/** In order, one at a time; stops where the server does not answer, and goes on with the next call. */
export function send() {
  sending ??= alone(sendAll).finally(() => (sending = null));
  return sending;
}

/** The page that sends takes along what others kept; where a browser has no locks, the ids keep twice from counting twice. */
const alone = (work) =>
  navigator.locks
    ? navigator.locks.request(LOCK, { ifAvailable: true }, (lock) => (lock ? work() : undefined))
    : work();

async function sendAll() {
  let [first] = queue();
  while (first) {
    const { key, body } = first;
    put(key, { body, isTried: true });
    const status = await post(body);
    refusedBy = status === 401 || status === 403 ? status : 0;
    if (status === null || status >= 500 || LATER.has(status)) return listener(null);
    remove(key);
    const isTaken = status < 300;
    if (!isTaken) unsay(body);
    listener(isTaken ? null : { status, body });
    [first] = queue();
  }
}

async function post(body) {
  try {
    const answer = await fetch('/verdicts', {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(WAIT_MS),
    });
    return answer.status;
  } catch {
    return null;
  }
}

// Another page of this browser took an answer, or sent one.
addEventListener('storage', ({ key }) => {
  if (key === null || key.startsWith(ANSWER) || key.startsWith(SAID)) listener(null);
});

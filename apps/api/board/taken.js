import { byId, el, say } from './dom.js';
import { saidOf, sayVerdict, send, undo, unsent, unsentRefusal } from './outbox.js';
import { nowMs } from './state.js';
import { number, t } from './text.js';

/** As the server has it: who has not answered by then was called elsewhere. */
const TAKEN_MS = 30 * 60_000;
const MINUTE_MS = 60_000;
/** Channels whose names are ours. */
const CHANNELS = new Set(['board', 'card']);

/** Of a shelf that the server did not want to be told of. */
let refused = null;

const keyOf = ({ storeId, itemId }) => JSON.stringify([storeId, itemId]);

/** What somebody on this device found there, null: they have not looked yet. */
export function foundOf(shelf) {
  const said = saidOf(shelf);
  return said && said.verdict !== 'TAKEN' ? said : null;
}

/** That somebody on this device is on the way there, null: nobody is. */
export function goingTo(shelf) {
  const said = saidOf(shelf);
  return said?.verdict === 'TAKEN' && said.at + TAKEN_MS > nowMs() ? said : null;
}

const isTaken = ({ taken }) => Boolean(taken) && taken.untilMs > nowMs();

/** New, taken, or what somebody found. Nobody's name is in it. */
export function stateWords(signal) {
  const { taken, lastVerdict } = signal;
  if (!isTaken(signal)) return t(`state${lastVerdict?.verdict ?? 'New'}`);
  const minutes = Math.max(0, Math.floor((nowMs() - taken.atMs) / MINUTE_MS));
  const text = minutes === 0 ? t('stateTAKEN') : t('takenFor', { x: number(minutes, 0) });
  const { channel } = taken;
  return channel === null ? text : `${text} (${CHANNELS.has(channel) ? t(channel) : channel})`;
}

export const isUntold = (signal) => !signal.lastVerdict && !isTaken(signal);

/** Who goes says so, and takes it back; who comes later reads that somebody does. */
export function takeLine(signal, channel, redraw) {
  const mine = goingTo(signal);
  if (!mine && isTaken(signal)) return el('p', { class: 'taking' }, el('span', {}, stateWords(signal)));
  const press = async () => {
    refused = null;
    const at = Math.round(nowMs());
    if (mine) undo(mine, at);
    else sayVerdict(signal, 'TAKEN', at, channel);
    say(byId('said'), t(mine ? 'notGoingAnyMore' : 'youGo'));
    redraw();
    byId('take')?.focus({ preventScroll: true });
    await send();
    if (!mine && !saidOf(signal)) refused = keyOf(signal);
    redraw();
  };
  return el(
    'p',
    { class: 'taking' },
    el('span', {}, mine ? goingWords() : refused === keyOf(signal) ? t('notTaken') : ''),
    el('button', { type: 'button', id: 'take', onclick: press }, t(mine ? 'notGoing' : 'TAKEN')),
  );
}

const goingWords = () => {
  if (unsent() === 0) return t('youGo');
  return `${t('youGo')} ${t(unsentRefusal() === 403 ? 'goingRefused' : 'goingUnsent')}`;
};

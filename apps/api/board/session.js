import { byId } from './dom.js';
import { forgetAnswers, send, unsent } from './outbox.js';
import { number, t } from './text.js';

/** Of the page's own worker: where it keeps data. */
const KEPT = 'gondola-kept-';
const button = byId('sign-out');

/** There is something to end only where a key was given. */
export async function showSignOut() {
  const answer = await fetch('/session').catch(() => null);
  if (answer?.ok) button.hidden = (await answer.json()).state !== 'in';
}

/** Ends the session, and leaves nothing of it on the device: neither what the worker kept nor what was not sent. */
async function signOut() {
  if (unsent() > 0) await send();
  const waiting = unsent();
  const question = t(waiting === 1 ? 'signOutUnsentOne' : 'signOutUnsent', { x: number(waiting, 0) });
  if (waiting > 0 && !confirm(question)) return;
  const answer = await fetch('/session', { method: 'DELETE' }).catch(() => null);
  if (!answer?.ok) return alert(t('signOutAway'));
  forgetAnswers();
  // None where the page came without TLS from another machine.
  const names = (await globalThis.caches?.keys()) ?? [];
  await Promise.all(names.filter((name) => name.startsWith(KEPT)).map((name) => caches.delete(name)));
  location.replace('/board/sign-in.html');
}

button.addEventListener('click', async () => {
  button.disabled = true;
  await signOut().finally(() => (button.disabled = false));
});

/** A person gives a key once; the server answers with a cookie that no script can read. */
const WORDS = {
  es: {
    label: 'Clave de acceso',
    hint: 'La da quien administra Góndola. Se pide una vez por turno en este equipo.',
    enter: 'Entrar',
    away: 'El servidor no responde: inténtelo en un momento.',
  },
  en: {
    label: 'Access key',
    hint: 'Whoever runs Góndola gives it. It is asked for once a shift on this device.',
    enter: 'Sign in',
    away: 'The server does not answer: try again in a moment.',
  },
};
const language = navigator.language.startsWith('es') ? 'es' : 'en';
const words = WORDS[language];
const byId = (id) => document.getElementById(id);

/** A path of this server and nothing else: a link must not lead from here to a page elsewhere. */
function destination() {
  const asked = new URLSearchParams(location.search).get('to') ?? '/';
  const url = new URL(asked, location.origin);
  const path = url.origin === location.origin && asked.startsWith('/') ? url.pathname + url.search : '/';
  return path + location.hash;
}

async function enterIfIn() {
  const answer = await fetch('/session');
  if (answer.ok && (await answer.json()).state !== 'out') location.replace(destination());
}

async function signIn(event) {
  event.preventDefault();
  const [button, status] = [byId('enter'), byId('status')];
  button.disabled = true;
  status.textContent = '';
  try {
    const answer = await fetch('/session', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'accept-language': language },
      body: JSON.stringify({ key: byId('key').value.trim() }),
    });
    if (answer.ok) return location.replace(destination());
    status.textContent = (await answer.json()).detail;
  } catch {
    status.textContent = words.away;
  }
  button.disabled = false;
  byId('key').focus();
}

document.documentElement.lang = language;
for (const id of ['label', 'hint', 'enter']) byId(id).textContent = words[id];
byId('form').addEventListener('submit', signIn);
byId('key').focus();
// A link from elsewhere comes without the cookie; from here it goes along.
enterIfIn().catch(() => {});

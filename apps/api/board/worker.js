/** Keeps the page and the tasks of a store for where there is no connection. What it gives from before says so. */
const SHELL = 'gondola-shell-1';
const KEPT = 'gondola-kept-1';
const FILES = [
  '/',
  ...[
    ...['board.css', 'colours.css', 'lists.css', 'pages.css', 'shelf.css', 'icon.svg'],
    ...['board.js', 'brief.js', 'card.js', 'chart.js', 'dom.js', 'incidents.js', 'list.js', 'outbox.js'],
    ...['pipeline.js', 'session.js', 'shelf.js', 'shelves.js', 'state.js', 'stores.js', 'strip.js'],
    ...['taken.js', 'text.js', 'why.js', 'words-en.js', 'words-es.js'],
  ].map((name) => `/board/${name}`),
];
/** Of these the last answer is kept: what a worker needs in a cellar. */
const DATA = new Set(['/tasks', '/stores', '/board/info']);
/** A connection that says nothing is none. */
const WAIT_MS = 4_000;

self.addEventListener('install', (event) => {
  event.waitUntil(keepShell().then(() => self.skipWaiting()));
});

/** Who has no session is led from `/` to where a key is given, and that is not to be kept as the board. */
async function keepShell() {
  const cache = await caches.open(SHELL);
  await cache.addAll(FILES.filter((name) => name !== '/'));
  const page = await fetch('/', { redirect: 'manual' });
  if (page.ok) await cache.put('/', page);
}

self.addEventListener('activate', (event) => {
  const old = (names) =>
    names.filter((name) => name.startsWith('gondola-') && name !== SHELL && name !== KEPT);
  const cleaned = caches.keys().then((names) => Promise.all(old(names).map((name) => caches.delete(name))));
  event.waitUntil(cleaned.then(() => self.clients.claim()));
});

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== 'GET' || origin !== self.location.origin) return;
  if (FILES.includes(pathname)) event.respondWith(newest(request, SHELL));
  else if (DATA.has(pathname)) event.respondWith(newest(request, KEPT));
});

async function newest(request, name) {
  const cache = await caches.open(name);
  try {
    const answer = await fetch(request, { signal: AbortSignal.timeout(WAIT_MS) });
    if (answer.ok) await cache.put(request, answer.clone());
    // Whoever asks has no session any more: what another was shown is not for them.
    if (answer.status === 401 && name === KEPT) await caches.delete(KEPT);
    return answer;
  } catch (error) {
    const kept = await cache.match(request, { ignoreVary: true });
    if (!kept) throw error;
    return name === SHELL ? kept : marked(kept);
  }
}

function marked(kept) {
  const headers = new Headers(kept.headers);
  headers.set('gondola-kept', 'yes');
  return new Response(kept.body, { status: kept.status, headers });
}

// The tills and web shops of deploy/compose.yaml: made-up shops of `gondola simulate`, told to the collector over HTTP. Two weeks that
// are over as fast as it takes them, so that detection knows the shelves; then each event when its time has come.
import { execFileSync } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

const { COLLECTOR, PRODUCER_KEY, PROGRAM = '/app/gondola.mjs', FILE = '/tmp/events.ndjson' } = process.env;
const DAYS_BEFORE = 14;
const DAYS = 21;
const BATCH_EVENTS = 500;
const DAY_MS = 86_400_000;
const RETRY_MS = 1_000;

process.once('SIGTERM', () => process.exit(0));
const start = new Date(Math.floor(Date.now() / DAY_MS - DAYS_BEFORE) * DAY_MS).toISOString();
const simulate = ['simulate', '--out', FILE, '--days', String(DAYS), '--start', start];
execFileSync(process.execPath, [PROGRAM, ...simulate], { stdio: 'inherit' });

let batch = [];
let sent = 0;
for await (const line of createInterface({ input: createReadStream(FILE) })) {
  const event = JSON.parse(line);
  const waitMs = event.time - Date.now();
  if (batch.length > 0 && (waitMs > 0 || batch.length === BATCH_EVENTS)) await send();
  if (waitMs > 0) await sleep(waitMs);
  batch.push(event);
}
await send();

/** Until it is answered: what is not accepted then is the shops' own fault, and said. */
async function send() {
  const body = batch.map(cloudEvent).join('\n');
  for (;;) {
    const response = await post(body);
    if (response?.ok) {
      const { accepted, rejected } = await response.json();
      if (sent % 10_000 < accepted || rejected > 0)
        console.log(`${sent + accepted} events are accepted, ${rejected} rejected`);
      sent += accepted;
      batch = [];
      return;
    }
    console.log(`the collector answers ${response?.status ?? 'nothing'}: once more`);
    await response?.arrayBuffer();
    await sleep(Number(response?.headers.get('retry-after') ?? 0) * 1_000 || RETRY_MS);
  }
}

function post(body) {
  const headers = { authorization: `Bearer ${PRODUCER_KEY}`, 'content-type': 'application/x-ndjson' };
  return fetch(`${COLLECTOR}/v1/events`, { method: 'POST', headers, body }).catch(() => null);
}

function cloudEvent({ type, event }) {
  return JSON.stringify({ specversion: '1.0', id: event.eventId, source: '/shops', type, data: event });
}

/**
 * The producer of the latency bench, a process of its own: node latency-feeder.mjs '{"schemas":...,"bootstrap":...,...}'
 * Records are encoded before the first is sent. Tells its parent `ready`; on `go` sends them at their times, a request every
 * few milliseconds and several under way as Kafka's producers do, then tells when each probe was sent and answered (since 1970).
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { encodeAvro } from '@gondola/contract';
import { loadEmbeddedRegistry } from '@gondola/schema-registry';
import { seededItem, seededStore } from './api-seed.mjs';
import { createRandom } from './bench-tools.mjs';
import { kafkaBroker } from './kafka.mjs';

const TURN_MS = 10;
const UNDER_WAY_MAX = 5;
/** From encoding to sending, about: event times are those of sending. */
const ENCODED_AHEAD_MS = 10_000;
const SOLD_BEFORE_MS = 7_200_000;
const SOLD_AT_ONCE = 10_000;

const { schemas, bootstrap, stream, rate, seconds, warm, probes, stores, items } = JSON.parse(
  process.argv[2],
);
const contract = loadEmbeddedRegistry(schemas).contractOf('pos.event');
const broker = kafkaBroker(bootstrap);
const sink = broker.sink(stream);
const random = createRandom(11);
let made = 0;

// What never sold is not missed, and a chain's shelves are not new: each has sold in an hour before.
await sellOnce(Math.ceil(probes * (warm + seconds)), shelfOf);
await sellOnce(stores * items, (shelf) => chainShelf(Math.floor(shelf / items), shelf % items));
const startMs = Date.now() + ENCODED_AHEAD_MS;
const turns = encodeAll();
process.send({ ready: true });
process.once('message', async () => {
  const sent = await send();
  await broker.close();
  process.send(sent, () => process.disconnect());
});

function encodeAll() {
  const turns = [];
  let [sales, probed] = [0, 0];
  for (let elapsedMs = TURN_MS; elapsedMs <= (warm + seconds) * 1_000; elapsedMs += TURN_MS) {
    const elapsed = elapsedMs / 1_000;
    const records = [];
    const keys = [];
    for (; probed < probes * elapsed; probed++) {
      const { store, item } = shelfOf(probed);
      records.push(recordOf({ type: 'inventory_count', store, item, quantity: 0 }, startMs + elapsedMs));
      keys.push(`${store} ${item}`);
    }
    for (; sales + probed < rate * elapsed; sales++) {
      const shelf = chainShelf(random(stores), random(items));
      records.push(recordOf({ type: 'sale', ...shelf, quantity: 1 }, startMs + elapsedMs));
    }
    turns.push({ records, keys, counts: elapsed > warm });
  }
  return turns;
}

async function sellOnce(shelves, nameOf) {
  const atMs = Date.now() - SOLD_BEFORE_MS;
  for (let sold = 0; sold < shelves; sold += SOLD_AT_ONCE) {
    const count = Math.min(SOLD_AT_ONCE, shelves - sold);
    await sink.append(
      Array.from({ length: count }, (_, at) =>
        recordOf({ type: 'sale', ...nameOf(sold + at), quantity: 1 }, atMs),
      ),
    );
  }
}

function chainShelf(store, item) {
  return { store: seededStore(store), item: seededItem(item) };
}

function shelfOf(probe) {
  return { store: seededStore(probe % stores), item: `probe-${probe}` };
}

function recordOf({ type, store, item, quantity }, atMs) {
  const event = {
    ...{ event_id: `e${made++}`, event_type: type, store_id: store, sku: item, quantity },
    ...{ unit_price: 2.5, currency: 'USD', event_time: atMs, register_id: 'R01', order_id: `O${made}` },
    ...{ channel: 'store', payment_type: 'card', customer_id: `C${made % 90_000}`, loyalty_id: null },
  };
  return { key: Buffer.from(store), value: encodeAvro(contract, event), timestampMs: atMs };
}

async function send() {
  const beginMs = performance.now();
  const underWay = new Set();
  const sentProbes = [];
  const lateMs = [];
  let sent = 0;
  for (const [turn, { records, keys, counts }] of turns.entries()) {
    const waitMs = beginMs + (turn + 1) * TURN_MS - performance.now();
    if (waitMs > 0) await sleep(waitMs);
    while (underWay.size >= UNDER_WAY_MAX) await Promise.race(underWay);
    const atMs = performance.now();
    if (counts) lateMs.push(Math.max(0, atMs - beginMs - (turn + 1) * TURN_MS));
    const request = sink.append(records).then(() => {
      underWay.delete(request);
      const answeredMs = performance.timeOrigin + performance.now();
      for (const key of keys)
        sentProbes.push({ key, counts, sentMs: performance.timeOrigin + atMs, answeredMs });
    });
    underWay.add(request);
    sent += records.length;
    turns[turn] = { records: [], keys: [], counts };
  }
  await Promise.all(underWay);
  return { sent, probes: sentProbes, lateMs, cpu: process.cpuUsage() };
}

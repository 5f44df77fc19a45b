/** A till: `node producing.mjs URL KEY FOLDER TO` sends sales up to TO with its queue in FOLDER, and ends when all are answered. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createProducer } from '@gondola/producer';

const [url, apiKey, folder, to] = process.argv.slice(2);
const nextFile = join(folder, 'next');
const nowMs = Date.now();
const producer = createProducer({
  url,
  apiKey,
  source: '/tills/1',
  queueFile: join(folder, 'queue.sqlite'),
  onResult: (_, { status, eventId }) => {
    if (status !== 'accepted') throw new Error(`${eventId} was ${status}`);
  },
});
for (let next = numberIn(nextFile); next < Number(to); next++) {
  void producer.send('retail.pos.transaction', {
    eventId: `event-${next}`,
    retailStoreId: `S${next % 5}`,
    workstationId: '1',
    sequenceNumber: next,
    businessDayDate: 20_454,
    beginDateTime: nowMs,
    transactionType: 'SALE',
    currencyCode: 'COP',
    lines: [{ lineSequence: 1, lineType: 'SALE', itemId: 'I1', quantity: 1 }],
  });
  // The till's own book: after the send, so that a kill between the two sends one sale again and never leaves one out.
  writeFileSync(nextFile, String(next + 1));
  if (next % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 2));
}
await producer.flush();
await producer.close();

function numberIn(path) {
  try {
    return Number(readFileSync(path, 'utf8'));
  } catch {
    return 0;
  }
}

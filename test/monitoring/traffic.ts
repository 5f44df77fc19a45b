import { setTimeout as sleep } from 'node:timers/promises';

export interface Doors {
  /** Of `up`. */
  readonly url: string;
  readonly tills: string;
  readonly shop: string;
}

const EVERY_MS = 300;

/** What comes to a line beside its demo, until told to stop: good and bad events, repeats, strangers, people who look. */
export async function makeTraffic({ url, tills, shop }: Doors, signal: AbortSignal): Promise<void> {
  for (let sequence = 1; !signal.aborted; sequence++) {
    const send = (key: string, body: unknown, type = 'application/cloudevents-batch+json') =>
      fetch(`${url}/v1/events`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': type },
        body: JSON.stringify(body),
      });
    await send(tills, [envelope(sequence), envelope(sequence), envelope(sequence, { lines: 'none' })]);
    await send(shop, { batch: [webEvent(sequence)] }, 'application/json');
    await send(`${tills}x`, []);
    for (const path of ['/signals?limit=1', '/shelves/nowhere/nothing', '/health/ready'])
      await fetch(url + path);
    if (sequence % 5 === 0) await judge(url);
    await sleep(EVERY_MS, undefined, { signal }).catch(() => {});
  }
}

function envelope(sequence: number, change: object = {}) {
  const data = {
    ...{ eventId: `t-${sequence}`, retailStoreId: 'S001', workstationId: '9', sequenceNumber: sequence },
    ...{ businessDayDate: Math.floor(Date.now() / 86_400_000), beginDateTime: Date.now() - 3_600_000 },
    ...{ transactionType: 'SALE', currencyCode: 'COP' },
    lines: [{ lineSequence: 1, lineType: 'SALE', itemId: 'I-none', quantity: 1, unitPrice: 1 }],
    ...change,
  };
  return { specversion: '1.0', id: `${sequence}`, source: '/till/9', type: 'retail.pos.transaction', data };
}

/** Of a shop on the web, without who it was: taken, and put into quarantine. */
const webEvent = (sequence: number) => ({
  ...{
    type: 'track',
    event: 'PRODUCT ADDED',
    messageId: `w-${sequence}`,
    timestamp: new Date().toISOString(),
  },
  properties: { sku: 'SKU-1', price: '1', quantity: '1' },
});

/** Somebody looks at the shelf of the newest signal. */
async function judge(url: string): Promise<void> {
  const answer = await fetch(`${url}/signals?limit=1`);
  if (!answer.ok) return;
  const { signals } = (await answer.json()) as { signals: { signalId: string }[] };
  if (signals.length === 0) return;
  await fetch(`${url}/verdicts`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ signalId: signals[0].signalId, verdict: 'FILLED' }),
  });
}

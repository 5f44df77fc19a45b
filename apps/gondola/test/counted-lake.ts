import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEmbeddedBroker, createEmbeddedSink, EmbeddedLog } from '@gondola/broker-embedded';
import { parseConfig } from '@gondola/config';
import { encodeAvro } from '@gondola/contract';
import { createIngest, ingestConfigSchema } from '@gondola/ingest';
import { createLocalDiskStore } from '@gondola/lake-object-store';
import { loadEmbeddedRegistry } from '@gondola/schema-registry';
import { createRandom, silentLog, silentObserver, systemClock, type OutgoingRecord } from '@gondola/stream';
import { SHIPPED } from '../src/line.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const START_MS = Date.UTC(2026, 8, 7);
const LOCAL_MS = 5 * HOUR_MS;

export interface CountedShops {
  readonly stores: number;
  readonly items: number;
  readonly days: number;
}

/**
 * A lake in a folder of its own: shops five hours behind UTC that sell from 7 to 22, on every fifth day of a shelf nothing
 * from some hour on, and look at every shelf once a day; every fourth day somebody checks
 * one by lot. Some records come hours late.
 */
export async function countedLake(shops: CountedShops) {
  const folder = mkdtempSync(join(tmpdir(), 'gondola-counted-'));
  const lake = join(folder, 'lake');
  const file = join(folder, 'stream.sqlite');
  const keyFile = join(folder, 'masking.key');
  writeFileSync(keyFile, 'a key of at least thirty-two bytes!');
  const log = EmbeddedLog.open(file);
  log.createStream('events', 2);
  const sink = createEmbeddedSink(log, 'events');
  const records = recordsOf(shops);
  for (let at = 0; at < records.length; at += 500) await sink.append(records.slice(at, at + 500));
  const config = parseConfig('ingest', ingestConfigSchema, {
    ...{ environment: 'dev', lake, stream: { file }, masking: { keyFile } },
    flush: { rowsMax: 20_000 },
  });
  const store = createLocalDiskStore(lake);
  const deps = {
    ...{ store, registry, validated: null, maskingKey: Buffer.from('a key of at least thirty-two bytes!') },
    ...{
      clock: systemClock,
      observer: silentObserver,
      log: silentLog,
      random: () => 0.5,
      memoryBytes: () => 0,
    },
    broker: createEmbeddedBroker(log, { batchBytesMax: 1 << 20 }),
  };
  await createIngest(config, deps, { once: true }).run(new AbortController().signal);
  log.close();
  return { folder, lake, store, registry, remove: () => rmSync(folder, { recursive: true }) };
}

const registry = loadEmbeddedRegistry(SHIPPED.schemas);

function recordsOf({ stores, items, days }: CountedShops): OutgoingRecord[] {
  const random = createRandom(4);
  const records: { readonly sentMs: number; readonly record: OutgoingRecord }[] = [];
  const send = (subject: string, key: string, atMs: number, event: object, delayMs = 0) => {
    const contract = registry.contractOf(subject);
    if (!contract) throw new Error(`no contract ${subject}`);
    const record = { key: Buffer.from(key), value: encodeAvro(contract, event), timestampMs: atMs };
    records.push({ sentMs: atMs + delayMs, record });
  };
  const names = Array.from({ length: stores }, (_, at) => `s${at + 1}`);
  for (const [place, store] of names.entries()) {
    send('retail.catalog.store', store, START_MS, {
      ...{ eventId: `store-${store}`, retailStoreId: store, name: store, city: `c${place % 2}` },
      ...{ timeZone: 'America/Bogota', updatedAt: START_MS },
    });
    for (let hour = 0; hour < days * 24; hour++) {
      const [day, local] = [Math.floor(hour / 24), hour % 24];
      if (local < 7 || local >= 22) continue;
      const atMs = START_MS + LOCAL_MS + hour * HOUR_MS + random.below(3_000_000);
      const lines: object[] = [];
      for (let item = 0; item < items; item++) {
        const outFrom = outFromOf(place, item, day);
        const units = local < outFrom ? random.below(4) : 0;
        if (units > 0) lines.push(lineOf(lines.length + 1, item, units));
        if (local === 9 + ((place + item + day) % 12))
          send('retail.inventory.snapshot', store, atMs, {
            ...{
              eventId: `look-${store}-${item}-${day}`,
              countId: `look-${store}-${day}`,
              locationId: store,
            },
            ...{ itemId: `i${item}`, countedAt: atMs, onHand: local < outFrom ? 3 : 0, method: 'CYCLE' },
          });
      }
      if (local === 17 && day % 4 === 1)
        send('retail.stockout.verdict', store, atMs, {
          ...{
            eventId: `check-${store}-${day}`,
            signalId: null,
            checkId: `c-${store}-${day}`,
            storeId: store,
          },
          ...{ itemId: 'i0', verdict: outFromOf(place, 0, day) <= 17 ? 'NONE_IN_STORE' : 'IT_WAS_THERE' },
          ...{ undoes: null, at: atMs, actor: null, note: null, channel: null },
        });
      if (lines.length === 0) continue;
      const delayMs = random.below(40) === 0 ? 5 * HOUR_MS : 0;
      send('retail.pos.transaction', store, atMs, saleOf(store, hour, atMs, lines), delayMs);
    }
  }
  return records.sort((left, right) => left.sentMs - right.sentMs).map(({ record }) => record);
}

const outFromOf = (place: number, item: number, day: number) =>
  (place + 2 * item + day) % 5 === 0 ? 9 + ((place + item) % 6) : 24;

const lineOf = (lineSequence: number, item: number, quantity: number) => ({
  ...{ lineSequence, lineType: 'SALE', itemId: `i${item}`, gtin: null, description: null, quantity },
  ...{ merchandiseGroup: `g${item % 3}`, unitPrice: 2, promotionId: null },
});

const saleOf = (store: string, sequenceNumber: number, beginDateTime: number, lines: readonly object[]) => ({
  ...{ eventId: `sale-${store}-${sequenceNumber}`, retailStoreId: store, workstationId: '1', sequenceNumber },
  ...{ businessDayDate: Math.floor(beginDateTime / DAY_MS), beginDateTime, transactionType: 'SALE' },
  ...{ currencyCode: 'COP', operatorId: null, customerId: null, loyaltyId: null, lines },
});

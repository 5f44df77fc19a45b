import { encodeAvro } from '@gondola/contract';
import { loadEmbeddedRegistry } from '@gondola/schema-registry';
import { createRandom, type OutgoingRecord } from '@gondola/stream';

const START_MS = Date.UTC(2026, 0, 5, 8);
const BATCH_RECORDS = 5_000;

/**
 * Sales of the flat till event, the same in every run: 2 of 100 are sent again, 1 of 100 breaks a rule, 1 of 200 is
 * garbage, 1 of 1,000 is of another day.
 */
export function* saleRecords(schemas: string, count: number): Generator<OutgoingRecord[]> {
  const contract = loadEmbeddedRegistry(schemas).contractOf('pos.event');
  if (!contract) throw new Error(`no contract pos.event in ${schemas}`);
  const random = createRandom(7);
  let recent: OutgoingRecord[] = [];
  for (let sent = 0; sent < count; sent += BATCH_RECORDS) {
    const records = Array.from({ length: Math.min(BATCH_RECORDS, count - sent) }, (_, index) => {
      const chance = random.below(1_000);
      const again = recent[random.below(BATCH_RECORDS)];
      if (chance < 20 && again) return again;
      const sale = saleOf(
        sent + index,
        chance < 30 ? 0 : 1 + random.below(3),
        chance === 40,
        random.below(1 << 30),
      );
      const value = encodeAvro(contract, sale);
      return {
        key: Buffer.from(sale.store_id),
        value: chance >= 50 && chance < 55 ? value.subarray(0, value.length - 3) : value,
        timestampMs: START_MS + 86_400_000,
      };
    });
    recent = records;
    yield records;
  }
}

function saleOf(number: number, quantity: number, isOld: boolean, draw: number) {
  return {
    event_id: `event-${number}`,
    event_type: 'sale',
    store_id: `S${(draw % 200) + 1}`,
    sku: `SKU${(draw >> 8) % 2_000}`,
    quantity,
    unit_price: 0.5 + ((draw >> 4) % 10_000) / 100,
    currency: 'COP',
    event_time: START_MS + number - (isOld ? 86_400_000 : 0),
    register_id: `R${draw % 12}`,
    order_id: `O${Math.floor(number / 3)}`,
    channel: ['store', 'web', 'app', 'kiosk'][draw & 3],
    payment_type: ['card', 'cash'][draw & 1],
    customer_id: `C${draw % 90_000}`,
    loyalty_id: draw & 16 ? `L${draw % 50_000}` : null,
  };
}

import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');

/** The till event of the measurements, without its rules: a count may be of nothing. */
export function makeTillSchemas(schemas) {
  cpSync(join(import.meta.dirname, 'schemas'), schemas, { recursive: true });
  const ids = JSON.parse(readFileSync(join(schemas, 'ids.json'), 'utf8'));
  for (const [number, told] of ['retail.stockout.signal', 'retail.stockout.incident'].entries()) {
    cpSync(join(root, 'schemas', told), join(schemas, told), { recursive: true });
    ids[told] = { 1: 101 + 10 * number, 2: 102 + 10 * number };
  }
  delete ids['retail.stockout.incident'][2];
  writeFileSync(join(schemas, 'ids.json'), JSON.stringify(ids));
  writeFileSync(
    join(schemas, 'pos.event/contract.yaml'),
    `owner: performance
description: The flat till event of the measurements.
roles: { eventId: event_id, eventTime: event_time }
columns: { unit_price: 'decimal(12, 2)' }
personal: { customer_id: token, loyalty_id: token }
shelf:
  store: store_id
  item: sku
  quantity: quantity
  unitPrice: unit_price
  currency: currency
  kind: event_type
  effects: { sale: sale, return: return, receipt: receipt, inventory_count: count, '*': ignore }
`,
  );
}

import { currencyOf, type Fields } from './fields.js';
import { contentId, gtinOf, sequenceOf } from './ids.js';
import type { MapContext, MappedEvent, Mapper } from './map-outcome.js';
import { createMapper } from './read-document.js';
import { shopTransaction, systemCount, unitPrice, type ShopLine } from './shop-orders.js';

/**
 * Shopify's webhooks, told apart by what they hold (the topic is only in a header):
 * - an order is a SALE once: what updates it has its identity and is a duplicate. A cancelled one is VOID, a test TRAINING.
 *   What comes back of it is told by its refunds.
 * - a refund is a RETURN of what was restocked; goods that stay with the buyer come back to no shelf.
 * - an inventory level is what the system believes.
 *
 * An item is its SKU, else its variant. Inventory levels know inventory items alone: shops whose SKUs differ from those
 * have to send their inventory otherwise.
 */
export const mapShopify: Mapper = createMapper(
  (root) => [root.child('order', 'refund', 'inventorylevel') ?? root],
  mapHook,
);

function mapHook(hook: Fields, context: MapContext): readonly MappedEvent[] {
  if (hook.has('refundlineitems')) return mapRefund(hook, context);
  if (hook.has('lineitems')) return mapOrder(hook, context);
  if (hook.has('inventoryitemid')) return mapLevel(hook, context);
  return hook.refuse('mapper_event_unknown', 'neither an order nor a refund nor an inventory level');
}

function mapOrder(order: Fields, context: MapContext): readonly MappedEvent[] {
  const id = order.requireText('id');
  const lines = order
    .list('lineitems')
    .flatMap((item) => lineOf(item, 'SALE', item.requireNumber('quantity')) ?? []);
  if (lines.length === 0) order.refuse('mapper_event_unknown', 'none of its lines is about goods');
  const isVoid = order.has('cancelledat') || order.text('financialstatus')?.toLowerCase() === 'voided';
  const head = {
    eventId: `shopify:order:${id}`,
    retailStoreId: order.text('locationid') ?? context.storeId ?? order.missing('location_id', 'storeId'),
    workstationId: order.text('deviceid') ?? order.text('sourcename') ?? 'shopify',
    sequenceNumber: sequenceOf(id),
    time: order.time(context.timeZone, 'processedat', 'createdat') ?? order.missing('created_at'),
    transactionType: order.flag('test') ? 'TRAINING' : isVoid ? 'VOID' : 'SALE',
    currencyCode: currencyOf(order.text('currency'), context) ?? order.missing('currency', 'currency'),
    operatorId: order.text('userid'),
    customerId: order.child('customer')?.text('id') ?? null,
  } as const;
  return [shopTransaction(head, lines)];
}

/** One transaction for each location to which something came back. */
function mapRefund(refund: Fields, context: MapContext): readonly MappedEvent[] {
  const id = refund.requireText('id');
  const time = refund.time(context.timeZone, 'processedat', 'createdat') ?? refund.missing('created_at');
  const byStore = new Map<string, ShopLine[]>();
  let currency = refund.objects('transactions')[0]?.text('currency') ?? null;
  for (const entry of refund.list('refundlineitems')) {
    if (entry.text('restocktype')?.toLowerCase() === 'no_restock') continue;
    const item = entry.child('lineitem') ?? entry.missing('line_item');
    const line = lineOf(item, 'RETURN', entry.requireNumber('quantity'));
    if (!line) continue;
    const storeId = entry.text('locationid') ?? context.storeId ?? entry.missing('location_id', 'storeId');
    currency ??= entry.child('subtotalset')?.child('shopmoney')?.text('currencycode') ?? null;
    const lines = byStore.get(storeId);
    if (lines) lines.push(line);
    else byStore.set(storeId, [line]);
  }
  if (byStore.size === 0) refund.refuse('mapper_event_unknown', 'money alone: no goods came back to stock');
  const currencyCode = currencyOf(currency, context) ?? refund.missing('currency', 'currency');
  return [...byStore].map(([retailStoreId, lines], index) =>
    shopTransaction(
      {
        eventId: `shopify:refund:${id}${index === 0 ? '' : `/${index}`}`,
        retailStoreId,
        workstationId: 'shopify-refund',
        sequenceNumber: sequenceOf(id),
        time,
        transactionType: 'RETURN',
        currencyCode,
        operatorId: refund.text('userid'),
        customerId: null,
      },
      lines,
    ),
  );
}

function mapLevel(level: Fields, context: MapContext): readonly MappedEvent[] {
  const itemId = level.requireText('inventoryitemid');
  const locationId = level.text('locationid') ?? context.storeId ?? level.missing('location_id', 'storeId');
  const onHand = level.requireNumber('available');
  const atMs = level.time(context.timeZone, 'updatedat')?.atMs ?? context.receivedAtMs;
  return [systemCount(`shopify:${contentId(locationId, atMs)}`, locationId, itemId, atMs, onHand)];
}

/** Null: no goods: a gift card, a tip, nothing of it left, or a line typed in by hand that has no item. */
function lineOf(item: Fields, lineType: 'SALE' | 'RETURN', quantity: number): ShopLine | null {
  const itemId = item.text('sku') ?? item.text('variantid') ?? item.text('productid');
  if (itemId === null || item.flag('giftcard') || quantity === 0) return null;
  const price = item.number('price');
  const off = item
    .objects('discountallocations')
    .reduce((sum, part) => sum + (part.number('amount') ?? 0), 0);
  const discount = off === 0 ? (item.number('totaldiscount') ?? 0) : off;
  return {
    lineType,
    itemId,
    gtin: gtinOf(item.text('barcode')),
    description: item.text('title', 'name'),
    quantity,
    unitPrice: price === null ? null : priceAfter(price, discount, item.number('quantity') ?? quantity),
  };
}

/** The discount is of the whole line that was bought, of which less may have come back. */
function priceAfter(price: number, discount: number, quantity: number): number {
  return quantity === 0 ? price : Math.max(0, unitPrice(price * quantity - discount, quantity));
}

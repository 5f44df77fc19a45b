import { currencyOf, type Fields } from './fields.js';
import { sequenceOf } from './ids.js';
import type { MapContext, MappedEvent, Mapper, Unmapped } from './map-outcome.js';
import { createMapper } from './read-document.js';
import { shopTransaction, systemCount, unitPrice, type ShopLine } from './shop-orders.js';

/** Lines that are no goods. */
const NO_GOODS = new Set(['CUSTOM_AMOUNT', 'GIFT_CARD']);

/**
 * Square: `inventory.count.updated` and orders.
 * - of a count's states only IN_STOCK is what stands on the shelf; the others say where else goods are.
 * - Square's order webhooks name the order and no lines: whoever passes them on has to put the Order of RetrieveOrder into
 *   `data.object.order`, or send it alone. Only COMPLETED and CANCELED orders say what happened; `returns` come back.
 */
export const mapSquare: Mapper = createMapper((root) => {
  const object = root.child('data')?.child('object') ?? root;
  const counts = object.list('inventorycounts');
  return counts.length > 0
    ? counts.map((entry) => entry.over(root.only('eventid', 'createdat')))
    : [orderIn(object)];
}, mapPart);

function orderIn(object: Fields): Fields {
  if (object.has('ordercreated', 'orderupdated', 'orderfulfillmentupdated')) object.missing('order');
  return object.child('order') ?? object;
}

function mapPart(part: Fields, context: MapContext): readonly (MappedEvent | Unmapped)[] {
  if (part.has('catalogobjectid') && part.has('state')) return [mapCount(part, context)];
  if (part.has('lineitems', 'returns') && part.has('locationid')) return [mapOrder(part, context)];
  return part.refuse('mapper_event_unknown', 'neither an order with its lines nor a count of stock');
}

function mapCount(entry: Fields, context: MapContext): MappedEvent {
  if (entry.text('state')?.toUpperCase() !== 'IN_STOCK')
    entry.refuse('mapper_event_unknown', 'its state is not IN_STOCK: it says nothing of the shelf');
  const itemId = entry.requireText('catalogobjectid');
  const locationId = entry.text('locationid') ?? context.storeId ?? entry.missing('location_id', 'storeId');
  const countedAt = entry.time(context.timeZone, 'calculatedat', 'createdat')?.atMs ?? context.receivedAtMs;
  const countId = `square:${entry.text('eventid') ?? countedAt}:${locationId}`;
  return systemCount(countId, locationId, itemId, countedAt, entry.requireNumber('quantity'));
}

function mapOrder(order: Fields, context: MapContext): MappedEvent {
  const id = order.requireText('id');
  const state = order.requireText('state').toUpperCase();
  if (state !== 'COMPLETED' && state !== 'CANCELED')
    order.refuse('mapper_event_unknown', 'an order that is open: its end says what left the shop');
  const sold = order.list('lineitems').flatMap((item) => lineOf(item, 'SALE') ?? []);
  const returned = order
    .list('returns')
    .flatMap((entry) => entry.list('returnlineitems'))
    .flatMap((item) => lineOf(item, 'RETURN') ?? []);
  const lines = [...sold, ...returned];
  if (lines.length === 0) order.refuse('mapper_event_unknown', 'none of its lines is about goods');
  const currency = currencyIn(order);
  const head = {
    eventId: `square:order:${id}`,
    retailStoreId: order.requireText('locationid'),
    workstationId: order.child('source')?.text('name') ?? 'square',
    sequenceNumber: sequenceOf(id),
    time: order.time(context.timeZone, 'closedat', 'createdat') ?? order.missing('closed_at'),
    transactionType: state === 'CANCELED' ? 'VOID' : sold.length > 0 ? 'SALE' : 'RETURN',
    currencyCode: currencyOf(currency, context) ?? order.missing('total_money', 'currency'),
    operatorId: null,
    customerId: order.text('customerid'),
  } as const;
  return shopTransaction(head, lines);
}

function lineOf(item: Fields, lineType: 'SALE' | 'RETURN'): ShopLine | null {
  const itemId = item.text('catalogobjectid');
  const quantity = item.requireNumber('quantity');
  if (itemId === null || quantity === 0 || NO_GOODS.has(item.text('itemtype')?.toUpperCase() ?? ''))
    return null;
  const total = amountOf(item.child('totalmoney'));
  return {
    lineType,
    itemId,
    description: item.text('name'),
    quantity,
    unitPrice: total === null ? amountOf(item.child('basepricemoney')) : unitPrice(total, quantity),
  };
}

/** Square counts money in the smallest unit of its currency. */
function amountOf(money: Fields | null): number | null {
  const amount = money?.number('amount') ?? null;
  const currency = money?.text('currency') ?? null;
  if (money === null || amount === null) return null;
  if (currency === null || !/^[A-Za-z]{3}$/.test(currency)) return money.missing('currency');
  const format = new Intl.NumberFormat('en', { style: 'currency', currency });
  return Math.abs(amount) / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2);
}

function currencyIn(order: Fields): string | null {
  const lines = [
    ...order.objects('lineitems'),
    ...order.objects('returns').flatMap((entry) => entry.objects('returnlineitems')),
  ];
  const money = [order, ...lines].map(
    (fields) => fields.child('totalmoney') ?? fields.child('basepricemoney'),
  );
  return money.map((found) => found?.text('currency') ?? null).find((currency) => currency !== null) ?? null;
}

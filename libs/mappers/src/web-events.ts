import type { WebEvent } from '@gondola/events';
import { currencyOf, type Fields } from './fields.js';
import type { MapContext, MappedEvent } from './map-outcome.js';

export type WebName = WebEvent['name'];

/** What all the events of one action have in common. */
export type WebHead = Pick<WebEvent, 'eventTime' | 'sessionId' | 'clientId' | 'userId' | 'channel'> & {
  readonly name: WebName;
  /** Of the action. Its items have a number behind it. */
  readonly eventId: string;
  readonly searchTerm: string | null;
  readonly resultsCount: number | null;
  readonly currency: string | null;
  readonly fulfilmentStoreId: string | null;
  /** For what is wrong with the action as a whole. */
  readonly action: Fields;
  /** What the items are called there. */
  readonly itemsName: string;
};

/** Where an item of a vocabulary has its things, in the order of their rank. */
export interface ItemNames {
  readonly id: readonly string[];
  readonly price: readonly string[];
}

/** A map, since the names are the producer's: an object has a `constructor`. */
const AVAILABILITY = new Map<string, WebEvent['availabilityShown']>([
  ['instock', 'InStock'],
  ['available', 'InStock'],
  ['limitedavailability', 'LimitedAvailability'],
  ['lowstock', 'LimitedAvailability'],
  ['outofstock', 'OutOfStock'],
  ['soldout', 'OutOfStock'],
  ['unavailable', 'OutOfStock'],
]);
const WITHOUT_ITEM = new Set<WebName>(['view_item_list', 'search', 'begin_checkout']);

/**
 * One event for each item. A search is one event, whatever it found. A refund without items takes back a whole order that
 * only its own event names: `mapper_retraction`.
 */
export function webEvents(
  head: WebHead,
  items: readonly Fields[],
  names: ItemNames,
  context: MapContext,
): readonly MappedEvent[] {
  const { action, itemsName, ...common } = head;
  const fulfilmentStoreId = common.fulfilmentStoreId ?? context.storeId;
  const currency = currencyOf(common.currency, context);
  const none = { itemId: null, quantity: null, price: null, availabilityShown: null };
  if (head.name === 'search') {
    const resultsCount = head.resultsCount ?? (items.length > 0 ? items.length : null);
    return [webEvent({ ...common, ...none, fulfilmentStoreId, currency, resultsCount })];
  }
  if (items.length === 0) {
    if (head.name === 'refund')
      action.refuse('mapper_retraction', 'it takes back a whole order and does not list its items');
    if (!WITHOUT_ITEM.has(head.name)) action.missing(itemsName);
    return [webEvent({ ...common, ...none, fulfilmentStoreId, currency })];
  }
  return items.map((item, index) =>
    webEvent({
      ...common,
      eventId: items.length === 1 ? common.eventId : `${common.eventId}/${index}`,
      fulfilmentStoreId: item.text('locationid', 'storeid') ?? fulfilmentStoreId,
      currency: currencyOf(item.text('currency') ?? currency, context),
      itemId: item.text(...names.id) ?? item.missing(names.id[0]),
      quantity: quantityOf(item),
      price: priceOf(item, names),
      availabilityShown: availabilityOf(item),
    }),
  );
}

/** Removing is said with -1 by some: the name already says which way. Nothing of an item is no quantity. */
function quantityOf(item: Fields): number | null {
  const quantity = item.number('quantity', 'qty');
  return quantity === null || quantity === 0 ? null : Math.abs(quantity);
}

function priceOf(item: Fields, names: ItemNames): number | null {
  const price = item.number(...names.price);
  return price === null ? null : Math.abs(price);
}

function availabilityOf(item: Fields): WebEvent['availabilityShown'] {
  const text = item.text('availability', 'inventorystatus', 'stockstatus') ?? '';
  const folded = text
    .slice(text.lastIndexOf('/') + 1)
    .toLowerCase()
    .replace(/[^a-z]/g, '');
  return AVAILABILITY.get(folded) ?? null;
}

function webEvent(value: WebEvent): MappedEvent {
  return { subject: 'retail.web', type: `retail.web.${value.name}`, value };
}

/** The name by its folded spellings; anything else is no event of a shop. */
export function nameOf(names: ReadonlyMap<string, WebName>, folded: string, action: Fields): WebName {
  return (
    names.get(folded) ??
    action.refuse('mapper_event_unknown', 'its name is none of those that speak of goods')
  );
}

export function channelOf(text: string | null): string | null {
  const platform = text?.toLowerCase() ?? '';
  if (['web', 'browser', 'client'].includes(platform)) return 'web';
  return ['app', 'mob', 'mobile', 'ios', 'android'].includes(platform) ? 'app' : platform || null;
}

import { Fields } from './fields.js';
import { foldName } from './fold-name.js';
import { countOf } from './ga4.js';
import { contentId } from './ids.js';
import type { MapContext, MappedEvent, Mapper } from './map-outcome.js';
import { createMapper } from './read-document.js';
import { channelOf, nameOf, webEvents, type WebName } from './web-events.js';

const NAMES = new Map<string, WebName>([
  ['productviewed', 'view_item'],
  ['viewedproduct', 'view_item'],
  ['productlistviewed', 'view_item_list'],
  ['viewedproductcategory', 'view_item_list'],
  ['productssearched', 'search'],
  ['productadded', 'add_to_cart'],
  ['addedproduct', 'add_to_cart'],
  ['productremoved', 'remove_from_cart'],
  ['removedproduct', 'remove_from_cart'],
  ['checkoutstarted', 'begin_checkout'],
  ['startedcheckout', 'begin_checkout'],
  ['ordercompleted', 'purchase'],
  ['completedorder', 'purchase'],
  ['orderrefunded', 'refund'],
  ['ordercancelled', 'refund'],
  ['ordercanceled', 'refund'],
]);
/** `sku` is the retailer's own word for the goods, `product_id` often only a number of the shop's database. */
const ITEM = { id: ['sku', 'productid', 'id'], price: ['price'] };
const ONE_ITEM = new Set<WebName>(['view_item', 'add_to_cart', 'remove_from_cart']);

/**
 * Segment's and RudderStack's `track` calls (e-commerce vocabulary v2 and its older names), one or a `batch`. The id is
 * the message's, so a call that is sent again is one event. A cancelled order is a refund of its products.
 */
export const mapSegment: Mapper = createMapper(
  (root) => (root.has('batch') ? root.list('batch') : [root]),
  mapCall,
);

function mapCall(call: Fields, context: MapContext): readonly MappedEvent[] {
  const type = call.text('type');
  if (type !== null && type.toLowerCase() !== 'track')
    call.refuse('mapper_event_unknown', 'not a track call: nothing happens to goods in it');
  const name = nameOf(NAMES, foldName(call.requireText('event', 'eventname')), call);
  const properties = call.child('properties') ?? Fields.none(`${call.pointer}/properties`);
  const around = call.child('context') ?? Fields.none(`${call.pointer}/context`);
  const clientId = call.text('anonymousid');
  const userId = call.text('userid');
  // Without a zone it is UTC: the libraries write no other.
  const eventTime =
    call.time('UTC', 'timestamp', 'originaltimestamp', 'receivedat', 'sentat')?.atMs ?? context.receivedAtMs;
  const sessionId =
    around.text('sessionid') ??
    properties.text('sessionid') ??
    clientId ??
    userId ??
    call.missing('anonymousId');
  const listed = properties.list('products', 'product', 'items');
  const items =
    listed.length === 0 && ONE_ITEM.has(name) && properties.has(...ITEM.id) ? [properties] : listed;
  const head = {
    name,
    eventId: `segment:${call.text('messageid') ?? contentId(name, sessionId, eventTime, properties.object)}`,
    eventTime,
    sessionId,
    clientId,
    userId,
    channel: channelOf(call.text('channel') ?? around.text('channel')),
    searchTerm: properties.text('query', 'searchterm'),
    resultsCount: countOf(properties),
    currency: properties.text('currency'),
    fulfilmentStoreId: properties.text('fulfilmentstoreid', 'storeid', 'locationid'),
    action: properties,
    itemsName: 'products',
  };
  return webEvents(head, items, ITEM, context);
}

import { Fields } from './fields.js';
import { foldName } from './fold-name.js';
import { contentId } from './ids.js';
import type { MapContext, MappedEvent, Mapper } from './map-outcome.js';
import { createMapper } from './read-document.js';
import { channelOf, nameOf, webEvents, type WebName } from './web-events.js';

const NAMES = new Map<string, WebName>([
  ['viewitem', 'view_item'],
  ['viewitemlist', 'view_item_list'],
  ['viewsearchresults', 'search'],
  ['search', 'search'],
  ['addtocart', 'add_to_cart'],
  ['removefromcart', 'remove_from_cart'],
  ['begincheckout', 'begin_checkout'],
  ['purchase', 'purchase'],
  ['ecommercepurchase', 'purchase'],
  ['refund', 'refund'],
]);
/** What the body of the measurement protocol says of all its events. */
const SHARED = [
  ...['clientid', 'appinstanceid', 'userpseudoid', 'userid', 'timestampmicros'],
  ...['sessionid', 'gasessionid', 'currency', 'platform', 'storeid', 'fulfilmentstoreid'],
];
const ITEM = { id: ['itemid', 'id'], price: ['price'] };

/**
 * GA4 as it is sent to the measurement protocol (`events[]` with `params`), as a tag-manager server has it (one flat
 * event) and as BigQuery exports it (`event_params[]` of key and value). A session's id counts within a client, so both
 * are the session here. Events have no id of their own: it is made of what they say, an order's of its transaction_id.
 */
export const mapGa4: Mapper = createMapper(eventsOf, mapEvent);

/** The event with everything that is known of it on one level. */
function eventsOf(root: Fields): readonly Fields[] {
  const events = root.has('events') ? root.list('events') : [root];
  const shared = root.only(...SHARED);
  return events.map((event) => {
    const parameters = event.has('eventparams')
      ? Fields.ofPairs(event.list('eventparams'), event.pointer)
      : (event.child('params') ?? Fields.none(event.pointer));
    return event === root ? event.over(parameters) : event.over(parameters, shared);
  });
}

function mapEvent(event: Fields, context: MapContext): readonly MappedEvent[] {
  const name = nameOf(NAMES, foldName(event.requireText('name', 'eventname', 'event')), event);
  const clientId = event.text('clientid', 'userpseudoid', 'appinstanceid');
  const session = event.text('sessionid', 'gasessionid');
  const visitor = clientId ?? event.text('userid');
  const sessionId =
    visitor && session ? `${visitor}.${session}` : (session ?? visitor ?? event.missing('session_id'));
  const eventTime =
    event.time('UTC', 'timestampmicros', 'eventtimestamp', 'timestamp')?.atMs ?? context.receivedAtMs;
  const ecommerce = event.child('ecommerce') ?? event;
  const transactionId = event.text('transactionid') ?? ecommerce.text('transactionid');
  const items = event.has('items') ? event.list('items') : ecommerce.list('items');
  const isOrder = name === 'purchase' && transactionId !== null;
  const head = {
    name,
    eventId: isOrder
      ? `ga4:${name}:${transactionId}`
      : `ga4:${contentId(
          name,
          sessionId,
          eventTime,
          transactionId,
          items.map(({ object }) => object),
        )}`,
    eventTime,
    sessionId,
    clientId,
    userId: event.text('userid'),
    channel: channelOf(event.text('platform', 'channel')),
    searchTerm: event.text('searchterm'),
    resultsCount: countOf(event),
    currency: event.text('currency') ?? ecommerce.text('currency'),
    fulfilmentStoreId: event.text('fulfilmentstoreid', 'storeid', 'locationid'),
    action: event,
    itemsName: 'items',
  };
  return webEvents(head, items, ITEM, context);
}

/** How many hits a search shows: nothing that GA4 knows, but shops add it. */
export function countOf(event: Fields): number | null {
  const count = event.number('resultscount', 'searchresults', 'numberofresults');
  if (count === null || (Number.isInteger(count) && Math.abs(count) < 2 ** 31)) return count;
  return event.refuse('mapper_field_invalid', 'hits are counted in whole numbers');
}

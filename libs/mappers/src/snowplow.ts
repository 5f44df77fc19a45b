import { type Fields } from './fields.js';
import { foldName } from './fold-name.js';
import type { MapContext, MappedEvent, Mapper } from './map-outcome.js';
import { createMapper, parseOnlyJson } from './read-document.js';
import { channelOf, nameOf, webEvents, type WebName } from './web-events.js';

const NAMES = new Map<string, WebName>([
  ['productview', 'view_item'],
  ['listview', 'view_item_list'],
  ['addtocart', 'add_to_cart'],
  ['removefromcart', 'remove_from_cart'],
  ['transaction', 'purchase'],
  ['refund', 'refund'],
]);
const ITEM = { id: ['id', 'sku'], price: ['price'] };
const ENTITY = 'comsnowplowanalyticssnowplowecommerce';

/** Columns of the enriched line (canonical event model), those that are read here. 131 in all. */
const COLUMNS: Readonly<Record<string, number>> = {
  platform: 1,
  collector_tstamp: 3,
  dvce_created_tstamp: 4,
  event: 5,
  event_id: 6,
  user_id: 12,
  domain_userid: 15,
  network_userid: 17,
  contexts: 52,
  unstruct_event: 58,
  domain_sessionid: 123,
  derived_tstamp: 124,
  event_name: 126,
  true_tstamp: 130,
};
const COLUMN_COUNT = 131;

/**
 * Snowplow's enriched events, as JSON of the analytics SDKs (one column for each entity) or as the lines of 131 columns that
 * Enrich writes, one event a line. The action says what happened, product entities say with what. Times are UTC.
 */
export const mapSnowplow: Mapper = createMapper((root) => [root], mapEvent, parseLinesOrJson);

function parseLinesOrJson(text: string): unknown {
  if (!text.includes('\t') || /^\s*[{[]/.test(text)) return parseOnlyJson(text);
  return text
    .split(/\r?\n/)
    .filter((line) => line !== '')
    .map((line) => {
      const cells = line.split('\t');
      // A text is no event, and says so in its place.
      if (cells.length !== COLUMN_COUNT) return line;
      return Object.fromEntries(Object.entries(COLUMNS).map(([name, at]) => [name, cells[at]]));
    });
}

function mapEvent(event: Fields, context: MapContext): readonly MappedEvent[] {
  const action =
    entities(event, 'snowplowecommerceaction')[0] ??
    event.refuse('mapper_event_unknown', 'no e-commerce action: nothing happens to goods in it');
  const type = foldName(action.requireText('type'));
  const name = type === 'checkoutstep' ? checkoutOf(event) : nameOf(NAMES, type, action);
  const transaction = entities(event, 'transaction')[0] ?? entities(event, 'refund')[0] ?? null;
  const clientId = event.text('domainuserid', 'networkuserid');
  const userId = event.text('userid');
  const head = {
    name,
    eventId: `snowplow:${event.requireText('eventid')}`,
    eventTime:
      event.time('UTC', 'truetstamp', 'derivedtstamp', 'dvcecreatedtstamp', 'collectortstamp')?.atMs ??
      context.receivedAtMs,
    sessionId: event.text('domainsessionid') ?? clientId ?? userId ?? event.missing('domain_sessionid'),
    clientId,
    userId,
    channel: channelOf(event.text('platform')),
    searchTerm: null,
    resultsCount: null,
    currency: transaction?.text('currency') ?? null,
    fulfilmentStoreId: null,
    action: event,
    itemsName: 'contexts',
  };
  return webEvents(head, entities(event, 'product'), ITEM, context);
}

/** The first step is where a checkout begins; the others are not in our vocabulary. */
function checkoutOf(event: Fields): WebName {
  const step = entities(event, 'checkoutstep')[0]?.number('step') ?? null;
  if (step === null || step === 1) return 'begin_checkout';
  return event.refuse('mapper_event_unknown', 'a later step of a checkout');
}

/** Entities or the action, from their own columns (`contexts_..._product_1`) or out of self-describing JSON. */
function entities(event: Fields, name: string): readonly Fields[] {
  for (const version of ['1', '100', '101', '102'])
    for (const kind of ['contexts', 'unstructevent']) {
      const column = `${kind}${ENTITY}${name}${version}`;
      if (event.has(column)) return event.list(column);
    }
  const described = [event.child('contexts'), event.child('unstructevent')].flatMap(
    (outer) => outer?.objects('data') ?? [],
  );
  return described.flatMap((entity) => {
    const [vendor = '', schema = ''] = (entity.text('schema') ?? '').replace(/^iglu:/, '').split('/');
    const isMeant = foldName(vendor) === ENTITY && foldName(schema) === name;
    return isMeant ? (entity.child('data') ?? []) : [];
  });
}

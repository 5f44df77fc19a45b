import type { WebEvent } from '@gondola/events';
import type { Random } from '@gondola/stream';
import { demandShare, type Hour } from './calendar.js';
import { CURRENCY } from './catalogue.js';
import { between, chance, pick, poisson } from './samplers.js';
import { nextDocument, type Emit, type Shelf, type Shop } from './shop.js';

/** Visits a day per item of the shop. */
const VISITS_PER_ITEM = 1.5;
const SEARCH_CHANCE = 0.3;
const TO_CART_CHANCE = 0.3;
const KNOWN_USER_CHANCE = 0.4;
const LIMITED_BELOW = 4;
/** Of visits to what the web shop says to be out: the page still shows it, the cart does not take it. */
const STALE_PAGE_CHANCE = 0.3;

/** Searches that no shelf answers; people type anything. */
const VAIN_SEARCHES = [
  'kombucha',
  'pan sin gluten',
  'leche de almendras',
  'pedido de maria.lopez@example.com',
  'domicilio 300 555 0147',
];

/** Visitors of the web shop look at what this store would deliver. */
export function browseForAnHour(shop: Shop, hour: Hour, random: Random, emit: Emit): void {
  const visits = poisson(random, shop.shelves.length * VISITS_PER_ITEM * demandShare(hour));
  for (let visit = 0; visit < visits; visit++) {
    browse(shop, hour.startMs + between(random, 60, 3_300) * 1000, random, emit);
  }
}

function browse(shop: Shop, startMs: number, random: Random, emit: Emit): void {
  const sessionId = nextDocument(shop, 'WEB');
  const { storeId } = shop.store;
  const clientId = `web.${random.below(1_000_000)}`;
  const userId = chance(random, KNOWN_USER_CHANCE) ? `U${storeId.slice(1)}${random.below(1000)}` : null;
  const channel = pick(random, ['web', 'app']);
  const shelf = pick(random, shop.shelves);
  const isHidden = startMs >= shelf.hiddenFromMs && startMs < shelf.hiddenUntilMs;
  let clicks = 0;
  const click = (name: WebEvent['name'], details: Partial<WebEvent>) => {
    clicks++;
    const eventTime = startMs + clicks * 8_000;
    const event: WebEvent = {
      eventId: `web:${sessionId}:${clicks}`,
      name,
      eventTime,
      sessionId,
      clientId,
      userId,
      channel,
      fulfilmentStoreId: storeId,
      itemId: null,
      quantity: null,
      price: null,
      currency: null,
      searchTerm: null,
      resultsCount: null,
      availabilityShown: null,
      ...details,
    };
    emit(eventTime, storeId, { subject: 'retail.web', event });
  };

  if (chance(random, SEARCH_CHANCE)) {
    const isVain = chance(random, 0.2);
    const searchTerm = isVain ? pick(random, VAIN_SEARCHES) : firstWord(shelf);
    const hits = shop.shelves.filter((one) => firstWord(one) === searchTerm).length;
    // The app knows which item is meant, and does not list what is hidden; its page is still reached.
    const itemId = channel === 'app' && !isVain ? shelf.item.itemId : null;
    click('search', { searchTerm, itemId, resultsCount: itemId !== null && isHidden ? 0 : hits });
    if (isVain) return;
  }
  const shown = isHidden && !chance(random, STALE_PAGE_CHANCE) ? 'OutOfStock' : availability(shop, shelf);
  const seen = {
    itemId: shelf.item.itemId,
    price: shelf.promotion?.price ?? shelf.item.price,
    currency: CURRENCY,
  };
  click('view_item', { ...seen, availabilityShown: shown });
  if (shown !== 'OutOfStock' && chance(random, TO_CART_CHANCE)) {
    click(isHidden ? 'add_to_cart_failed' : 'add_to_cart', { ...seen, quantity: between(random, 1, 2) });
  }
}

/** What the web shop knows is what the record says, not what the shelf holds; without records it says nothing. */
function availability(shop: Shop, shelf: Shelf): WebEvent['availabilityShown'] {
  if (!shop.store.sendsInventory) return null;
  if (shelf.record <= 0) return 'OutOfStock';
  return shelf.record < LIMITED_BELOW ? 'LimitedAvailability' : 'InStock';
}

function firstWord({ item }: Shelf): string {
  return item.name.split(' ')[0].toLowerCase();
}

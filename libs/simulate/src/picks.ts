import type { FulfilmentPick } from '@gondola/events';
import { createRandom } from '@gondola/stream';
import { demandShare, HOUR_MS, type Hour } from './calendar.js';
import { between, chance, poisson } from './samplers.js';
import { nextDocument, type Emit, type Shop } from './shop.js';

/** Who picks is mistaken now and then: does not see what stands there, or finds a unit where no customer looks. */
const OVERLOOKED_CHANCE = 0.03;
const FOUND_CHANCE = 0.05;
/** How long the web shop says that there is none, once it was not found; a delivery ends it. */
const HIDDEN_HOURS_MIN = 3;
const HIDDEN_HOURS_MAX = 8;
/** The first word of these random numbers; see scenarios.ts. */
const SERIES_PICK = 18;

/**
 * Orders of the web shop are picked in the store: so many as `share` of what customers ask for. Their units are among those
 * that the tills sell.
 */
export function pickForAnHour(seed: number, shop: Shop, hour: Hour, share: number, emit: Emit): void {
  if (share === 0) return;
  const random = createRandom(seed, SERIES_PICK, shop.index, Math.floor(hour.startMs / HOUR_MS));
  const { storeId } = shop.store;
  for (const shelf of shop.shelves) {
    const asked = poisson(random, shelf.demandPerDay * share * demandShare(hour));
    for (let one = 0; one < asked; one++) {
      const atMs = hour.startMs + between(random, 60, 3_540) * 1000;
      const isEmpty = shelf.emptySinceMs !== null && atMs >= shelf.emptySinceMs;
      const isFound = chance(random, isEmpty ? FOUND_CHANCE : 1 - OVERLOOKED_CHANCE);
      if (!isFound) {
        shelf.hiddenFromMs = atMs;
        shelf.hiddenUntilMs = atMs + between(random, HIDDEN_HOURS_MIN, HIDDEN_HOURS_MAX) * HOUR_MS;
      }
      const orderId = nextDocument(shop, 'WO');
      const event: FulfilmentPick = {
        eventId: `pick:${orderId}`,
        eventTime: atMs,
        orderId,
        locationId: storeId,
        itemId: shelf.item.itemId,
        quantity: between(random, 1, 2),
        outcome: isFound ? 'PICKED' : 'NOT_FOUND',
        pickerId: `P${storeId.slice(1)}${random.below(6)}`,
      };
      emit(atMs, storeId, { subject: 'retail.fulfilment.pick', event });
    }
  }
}

import type { PosLine, PosTransaction } from '@gondola/events';
import type { Random } from '@gondola/stream';
import { demandShare, OPENS_AT, type Hour } from './calendar.js';
import { CURRENCY } from './catalogue.js';
import { between, chance, negativeBinomial, pick } from './samplers.js';
import { TILLS } from './scenarios.js';
import { stand, type Emit, type Shelf, type Shop } from './shop.js';

/** How wild an hour's demand is: variance = mean + mean^2 / shape. */
const HOUR_SHAPE = 4;
const PURCHASES_PER_BASKET = 2.4;
/** Tills scan from the second to the fifty-seventh minute: deliveries come before, counts after. */
const FIRST_SCAN_MS = 60_000;
const LAST_SCAN_MS = 3_420_000;
const CUSTOMERS_PER_STORE = 400;

const RETURN_CHANCE = 0.012;
const RETURN_SELLABLE_CHANCE = 0.7;
const VOID_CHANCE = 0.006;
const VOID_LINE_CHANCE = 0.015;
const TRAINING_CHANCE = 0.25;
const LOYALTY_CHANCE = 0.45;

/** Somebody comes to a till, wanting units of some shelves. */
interface Visit {
  readonly atMs: number;
  readonly type: 'SALE' | 'RETURN' | 'VOID' | 'TRAINING';
  readonly wants: ReadonlyMap<Shelf, number>;
}

/** An open hour at the tills: customers come, take what is there and are counted as lost where nothing is. */
export function sellForAnHour(shop: Shop, hour: Hour, random: Random, emit: Emit): void {
  const visits = [...customers(shop, hour, random), ...oddities(shop, hour, random)];
  visits.sort((left, right) => left.atMs - right.atMs);
  for (const visit of visits) {
    const lines = ring(visit, random);
    if (lines.length === 0) continue;
    if (visit.type === 'SALE' && chance(random, VOID_LINE_CHANCE)) {
      lines.push(lineOf(pick(random, shop.shelves), 1, 'VOID', lines.length + 1));
    }
    const event = transaction(shop, hour, visit, lines, random);
    emit(visit.atMs, shop.store.storeId, { subject: 'retail.pos.transaction', event });
  }
}

function customers(shop: Shop, hour: Hour, random: Random): Visit[] {
  const share = demandShare(hour);
  const purchases: { shelf: Shelf; units: number }[] = [];
  for (const shelf of shop.shelves) {
    let open = negativeBinomial(random, shelf.demandPerDay * shelf.mood * share, HOUR_SHAPE);
    while (open > 0) {
      const units = Math.min(open, between(random, 1, 3));
      purchases.push({ shelf, units });
      open -= units;
    }
  }
  const baskets = Array.from({ length: Math.ceil(purchases.length / PURCHASES_PER_BASKET) }, () => ({
    atMs: scanTime(hour, random),
    type: 'SALE' as const,
    wants: new Map<Shelf, number>(),
  }));
  for (const { shelf, units } of purchases) {
    const { wants } = pick(random, baskets);
    wants.set(shelf, (wants.get(shelf) ?? 0) + units);
  }
  return baskets;
}

/** What a till sends besides sales. Training and voids move no stock. */
function oddities(shop: Shop, hour: Hour, random: Random): Visit[] {
  const visitOf = (type: Visit['type'], kinds: number): Visit => ({
    atMs: scanTime(hour, random),
    type,
    wants: new Map(Array.from({ length: kinds }, () => [pick(random, shop.shelves), 1])),
  });
  const perHour = shop.shelves.length / 2;
  const visits: Visit[] = [];
  if (chance(random, perHour * RETURN_CHANCE)) visits.push(visitOf('RETURN', 1));
  if (chance(random, perHour * VOID_CHANCE)) visits.push(visitOf('VOID', between(random, 1, 3)));
  if (hour.localHour === OPENS_AT && chance(random, TRAINING_CHANCE)) visits.push(visitOf('TRAINING', 3));
  return visits;
}

function scanTime(hour: Hour, random: Random): number {
  return hour.startMs + between(random, FIRST_SCAN_MS / 1000, LAST_SCAN_MS / 1000) * 1000;
}

/** Moves the stock and gives the lines that come of it. */
function ring(visit: Visit, random: Random): PosLine[] {
  const lines: PosLine[] = [];
  for (const [shelf, wanted] of visit.wants) {
    let units = wanted;
    if (visit.type === 'SALE') {
      units = Math.min(wanted, shelf.onHand);
      stand(shelf, shelf.onHand - units, visit.atMs);
      shelf.record -= units;
      shelf.lostUnits += wanted - units;
    } else if (visit.type === 'RETURN') {
      shelf.record += units;
      if (chance(random, RETURN_SELLABLE_CHANCE)) stand(shelf, shelf.onHand + units, visit.atMs);
    }
    const type = visit.type === 'RETURN' ? 'RETURN' : 'SALE';
    if (units > 0) lines.push(lineOf(shelf, units, type, lines.length + 1));
  }
  return lines;
}

function lineOf(
  { item, promotion }: Shelf,
  quantity: number,
  lineType: PosLine['lineType'],
  lineSequence: number,
): PosLine {
  return {
    lineSequence,
    lineType,
    itemId: item.itemId,
    gtin: item.gtin,
    description: item.name,
    merchandiseGroup: item.category,
    quantity,
    unitPrice: promotion?.price ?? item.price,
    promotionId: promotion?.promotionId ?? null,
  };
}

function transaction(
  shop: Shop,
  hour: Hour,
  visit: Visit,
  lines: readonly PosLine[],
  random: Random,
): PosTransaction {
  const { storeId } = shop.store;
  const till = pick(random, TILLS);
  const sequenceNumber = (shop.sequences.get(till) ?? 0) + 1;
  shop.sequences.set(till, sequenceNumber);
  const hasCard = visit.type !== 'TRAINING' && chance(random, LOYALTY_CHANCE);
  const customer = `${storeId.slice(1)}${String(random.below(CUSTOMERS_PER_STORE)).padStart(5, '0')}`;
  return {
    eventId: `pos:${storeId}:${till}:${hour.localDay}:${sequenceNumber}`,
    retailStoreId: storeId,
    workstationId: till,
    sequenceNumber,
    businessDayDate: hour.localDay,
    beginDateTime: visit.atMs,
    transactionType: visit.type,
    currencyCode: CURRENCY,
    operatorId: visit.type === 'TRAINING' ? `${storeId}-trainee` : `${storeId}-op${shiftOf(hour)}${till}`,
    customerId: hasCard ? `C${customer}` : null,
    loyaltyId: hasCard ? `7700${customer}` : null,
    lines,
  };
}

/** Morning and afternoon crews. */
function shiftOf(hour: Hour): 1 | 2 {
  return hour.localHour < OPENS_AT + 8 ? 1 : 2;
}

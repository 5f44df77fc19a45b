import type { PosLine, PosTransaction } from '@gondola/events';
import type { MappedEvent } from './map-outcome.js';

/** A line before it has its place in a transaction. */
export type ShopLine = Omit<PosLine, 'lineSequence' | 'gtin' | 'merchandiseGroup' | 'promotionId'> & {
  readonly gtin?: string | null;
};

/** Orders of shops have no till's day and no loyalty card: what of a transaction they say. */
export type ShopOrder = Pick<
  PosTransaction,
  'eventId' | 'retailStoreId' | 'workstationId' | 'sequenceNumber' | 'transactionType' | 'currencyCode'
> & {
  readonly time: { readonly atMs: number; readonly day: number };
  readonly operatorId: string | null;
  readonly customerId: string | null;
};

export function shopTransaction({ time, ...order }: ShopOrder, lines: readonly ShopLine[]): MappedEvent {
  const subject = 'retail.pos.transaction';
  const value: PosTransaction = {
    ...order,
    businessDayDate: time.day,
    beginDateTime: time.atMs,
    loyaltyId: null,
    lines: lines.map((line, index) => ({
      lineSequence: index + 1,
      gtin: null,
      merchandiseGroup: null,
      promotionId: null,
      ...line,
    })),
  };
  return { subject, type: subject, value };
}

/** An amount by its quantity, as exact as the contract keeps prices. */
export const unitPrice = (amount: number, quantity: number): number =>
  Math.round((amount / quantity) * 1e4) / 1e4;

/** What a system believes to be there. */
export function systemCount(
  countId: string,
  locationId: string,
  itemId: string,
  countedAt: number,
  onHand: number,
): MappedEvent {
  const subject = 'retail.inventory.snapshot';
  const value = {
    eventId: `${countId}/${itemId}`,
    countId,
    locationId,
    itemId,
    countedAt,
    onHand,
    method: 'SYSTEM' as const,
  };
  return { subject, type: subject, value };
}

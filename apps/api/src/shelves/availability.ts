import type { Signal } from '@gondola/events';
import type { SignalStore } from '../signals/signal-store.js';

/** As schema.org names them (https://schema.org/ItemAvailability). */
export type Availability = 'InStock' | 'LimitedAvailability' | 'OutOfStock';

export interface ItemAvailability {
  readonly itemId: string;
  /** Null: nothing can be said, as the store is not known, its feed is dead or it is closed. */
  readonly availability: Availability | null;
  /** That nobody who comes finds it; null where no signal is open. */
  readonly probability: number | null;
  /** Since when it is so; null where no signal is open. */
  readonly sinceMs: number | null;
  readonly signalId: string | null;
}

/** An empty shelf that is this likely is told to people who would come for it; below, they are told that there may be none. */
export const OUT_PROBABILITY = 0.7;

/**
 * What a page or a picker may say of an item in a store. An item of which no signal is open is in stock as far as we know: only
 * detection's silence says so. Where detection cannot see the store (`isBlind`), nothing is said.
 */
export function createAvailability(store: SignalStore, isBlind: (storeId: string) => boolean) {
  const ofSignal = (signal: Signal, blind: boolean): ItemAvailability => ({
    itemId: signal.itemId,
    availability: blind ? null : availabilityOf(signal),
    probability: signal.probability,
    sinceMs: signal.sinceMs,
    signalId: signal.signalId,
  });
  return {
    /** In the order of `itemIds`. */
    of(storeId: string, itemIds: readonly string[]): ItemAvailability[] {
      const blind = isBlind(storeId);
      return itemIds.map((itemId) => {
        const open = store.shelf(storeId, itemId)?.open;
        if (open) return ofSignal(open, blind);
        const availability = blind ? null : 'InStock';
        return { itemId, availability, probability: null, sinceMs: null, signalId: null };
      });
    },
    /** Every item of the store of which something else than "in stock" is to be said, by id. */
    exceptionsOf(storeId: string): ItemAvailability[] {
      const blind = isBlind(storeId);
      return [...store.open(storeId)]
        .map((signal) => ofSignal(signal, blind))
        .sort((left, right) => (left.itemId < right.itemId ? -1 : 1));
    },
  };
}

function availabilityOf({ kind, probability }: Signal): Availability {
  if (kind === 'coming' || kind === 'partial') return 'LimitedAvailability';
  return probability >= OUT_PROBABILITY ? 'OutOfStock' : 'LimitedAvailability';
}

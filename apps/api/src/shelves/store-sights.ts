import { openingHoursOf } from '@gondola/detect';
import type { Closure } from '@gondola/events';
import type { CatalogNames } from '../lake/catalog-names.js';
import type { IncidentStore } from '../incidents/incident-store.js';
import type { SignalStore } from '../signals/signal-store.js';
import { offsetMsAt } from './store-clock.js';

/** no_data: nothing is known of its shelves. closed: nobody sells there now, so no shelf of it can be told to be empty. */
export type Sight = 'seen' | 'no_data' | 'closed';

const HOUR_MS = 3_600_000;
const DAY_HOURS = 24;
/** A week of opening hours has each of them. */
const AHEAD_HOURS = 8 * DAY_HOURS;

/** Whether what is said of a store's shelves can be trusted now: no signal is good news of a store that is seen alone. */
export class StoreSights {
  constructor(
    private readonly names: CatalogNames,
    private readonly incidents: Pick<IncidentStore, 'blindingKindOf'>,
    private readonly store: Pick<SignalStore, 'lastAtMsByStore'>,
  ) {}

  of(storeId: string, nowMs: number): Sight {
    if (this.isOpen(storeId, nowMs) === false) return 'closed';
    const blinding = this.incidents.blindingKindOf(storeId);
    if (blinding !== null) return blinding === 'store_closed' ? 'closed' : 'no_data';
    return this.store.lastAtMsByStore.has(storeId) ? 'seen' : 'no_data';
  }

  /**
   * When a store that is closed by the catalog opens next: at a whole hour of its own clock, or at the end of a closure. Null: it is
   * open, or nobody says when it will be.
   */
  opensAtMs(storeId: string, nowMs: number): number | null {
    if (this.isOpen(storeId, nowMs) !== false) return null;
    const zone = this.names.store(storeId)?.timeZone;
    let atMs = nowMs;
    for (let hours = 0; hours < AHEAD_HOURS; hours++) {
      atMs = this.closureAt(storeId, atMs)?.untilMs ?? nextHourMs(zone, atMs);
      if (this.isOpen(storeId, atMs) !== false) return atMs;
    }
    return null;
  }

  /** As the catalog has it; false where it knows of no store, or not of each one's hours. */
  isEveryStoreClosed(nowMs: number): boolean {
    const stores = [...this.names.stores.keys()];
    return stores.length > 0 && stores.every((storeId) => this.isOpen(storeId, nowMs) === false);
  }

  /** By the store's own clock, in whole hours as detection has them; null where the catalog does not say. */
  private isOpen(storeId: string, nowMs: number): boolean | null {
    if (this.closureAt(storeId, nowMs)) return false;
    const { openingHours = null, timeZone } = this.names.store(storeId) ?? {};
    const hours = openingHoursOf(openingHours);
    if (!hours) return null;
    const localHours = Math.floor((nowMs + offsetMsAt(timeZone, nowMs)) / HOUR_MS);
    const day = Math.floor(localHours / DAY_HOURS);
    // 1970-01-01 was a Thursday.
    const weekday = (((day + 3) % 7) + 7) % 7;
    return hours[weekday * DAY_HOURS + (localHours - day * DAY_HOURS)];
  }

  private closureAt(storeId: string, atMs: number): Closure | undefined {
    return this.names.closuresOf(storeId).find(({ fromMs, untilMs }) => fromMs <= atMs && atMs < untilMs);
  }
}

function nextHourMs(timeZone: string | undefined, atMs: number): number {
  const offsetMs = offsetMsAt(timeZone, atMs);
  return (Math.floor((atMs + offsetMs) / HOUR_MS) + 1) * HOUR_MS - offsetMs;
}

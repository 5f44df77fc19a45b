import { localClock, type LocalClock } from './local-time.js';
import type { Names } from './names.js';
import { moveTick, type StoreState } from './store-state.js';

/** What something outside knows of stores: asked first. */
export interface KnownPlaces {
  readonly timeZoneOf?: (storeId: string) => string | undefined;
  readonly cityOf?: (storeId: string) => string | null | undefined;
}

/** Where stores are: by what is known outside, else by what was said of them, else by the configured time zone. */
export class StorePlaces {
  readonly timeZones = new Map<string, string>();
  readonly cities = new Map<string, string | null>();

  constructor(
    private readonly known: KnownPlaces,
    private readonly cityNames: Names,
    private readonly timeZone: string,
  ) {}

  /** Throws `SetupError` for an unknown time zone. */
  set(storeId: string, { timeZone, city }: { timeZone: string; city: string | null }): void {
    localClock(timeZone);
    this.timeZones.set(storeId, timeZone);
    this.cities.set(storeId, city);
  }

  /** Number of its city, 0 when none is known. */
  cityOf(storeId: string): number {
    return this.cityNames.idOf(this.known.cityOf?.(storeId) ?? this.cities.get(storeId) ?? null);
  }

  clockOf(storeId: string): LocalClock {
    return localClock(this.known.timeZoneOf?.(storeId) ?? this.timeZones.get(storeId) ?? this.timeZone);
  }

  /** Moves the store to where it is now; `before` is called if it moves. Returns whether it did. */
  place(store: StoreState, before: () => void): boolean {
    const clock = this.clockOf(store.storeId);
    const city = this.cityOf(store.storeId);
    if (store.city === city && store.clock === clock) return false;
    before();
    if (store.city !== city) {
      store.city = city;
      store.shelves.memory?.cityRow.fill(0);
    }
    if (store.clock !== clock) {
      store.clock = clock;
      moveTick(store, store.tickStartMs);
    }
    return true;
  }
}

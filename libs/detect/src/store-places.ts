import { localClock, type LocalClock } from './local-time.js';
import type { Names } from './names.js';
import { moveTick, type StoreState } from './store-state.js';

/** What something outside knows of stores: asked first. */
export interface KnownPlaces {
  readonly timeZoneOf?: (storeId: string) => string | undefined;
  readonly cityOf?: (storeId: string) => string | null | undefined;
  readonly hoursOf?: (storeId: string) => string | null | undefined;
}

export interface StorePlace {
  readonly timeZone: string;
  readonly city?: string | null;
  /** Opening hours, see `openingHoursOf`; null: not given. */
  readonly openingHours?: string | null;
}

/** What was said of stores. */
export interface PlacesState {
  readonly timeZones: ReadonlyMap<string, string>;
  /** City of each store that was placed. */
  readonly cities: ReadonlyMap<string, string | null>;
  /** Opening hours of each that has any given. */
  readonly hours: ReadonlyMap<string, string>;
}

/** Where stores are: by what is known outside, else by what was said of them, else by the configured time zone. */
export class StorePlaces {
  private timeZones = new Map<string, string>();
  private cities = new Map<string, string | null>();
  private hours = new Map<string, string>();

  constructor(
    private readonly known: KnownPlaces,
    private readonly cityNames: Names,
    private readonly timeZone: string,
  ) {}

  get state(): PlacesState {
    return { timeZones: this.timeZones, cities: this.cities, hours: this.hours };
  }

  set state({ timeZones, cities, hours }: PlacesState) {
    [this.timeZones, this.cities, this.hours] = [new Map(timeZones), new Map(cities), new Map(hours)];
  }

  /** Throws `SetupError` for an unknown time zone. */
  set(storeId: string, { timeZone, city = null, openingHours = null }: StorePlace): void {
    localClock(timeZone);
    this.timeZones.set(storeId, timeZone);
    this.cities.set(storeId, city);
    if (openingHours === null) this.hours.delete(storeId);
    else this.hours.set(storeId, openingHours);
  }

  /** Number of its city, 0 when none is known. */
  cityOf(storeId: string): number {
    return this.cityNames.idOf(this.known.cityOf?.(storeId) ?? this.cities.get(storeId) ?? null);
  }

  clockOf(storeId: string): LocalClock {
    return localClock(this.known.timeZoneOf?.(storeId) ?? this.timeZones.get(storeId) ?? this.timeZone);
  }

  hoursOf(storeId: string): string | null {
    return this.known.hoursOf?.(storeId) ?? this.hours.get(storeId) ?? null;
  }

  /** Moves the store to where it is now; `before` is called if it moves. Returns whether it did. */
  place(store: StoreState, before: () => void): boolean {
    const clock = this.clockOf(store.storeId);
    const city = this.cityOf(store.storeId);
    const hours = this.hoursOf(store.storeId);
    if (store.city === city && store.clock === clock && (store.givenHours ?? null) === hours) return false;
    before();
    store.givenHours = hours;
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

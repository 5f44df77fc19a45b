import { localClock, type LocalClock } from './local-time.js';
import { joinedHours } from './opening-hours.js';
import type { Names } from './names.js';
import { Promotions, type Promotion } from './promotions.js';
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

/** What was said of stores, and of items that are promoted in all of them. */
export interface PlacesState {
  readonly timeZones: ReadonlyMap<string, string>;
  /** City of each store that was placed. */
  readonly cities: ReadonlyMap<string, string | null>;
  /** Opening hours of each that has any given. */
  readonly hours: ReadonlyMap<string, string>;
  /** By the number of the item. */
  readonly promotions: ReadonlyMap<number, Promotion>;
}

/** What the catalog says. Where stores are: by what is known outside, else by what was said of them, else by the configured time zone. */
export class StorePlaces {
  private timeZones = new Map<string, string>();
  private cities = new Map<string, string | null>();
  private hours = new Map<string, string>();
  readonly promotions: Promotions;

  constructor(
    private readonly known: KnownPlaces,
    private readonly names: { readonly cities: Names; readonly items: Names },
    private readonly timeZone: string,
  ) {
    this.promotions = new Promotions(names.items);
  }

  get state(): PlacesState {
    const { timeZones, cities, hours, promotions } = this;
    return { timeZones, cities, hours, promotions: promotions.state };
  }

  set state({ timeZones, cities, hours, promotions }: PlacesState) {
    this.promotions.state = promotions;
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
    return this.names.cities.idOf(this.known.cityOf?.(storeId) ?? this.cities.get(storeId) ?? null);
  }

  clockOf(storeId: string): LocalClock {
    return localClock(this.known.timeZoneOf?.(storeId) ?? this.timeZones.get(storeId) ?? this.timeZone);
  }

  hoursOf(storeId: string): string | null {
    return joinedHours(this.known.hoursOf?.(storeId) ?? null, this.hours.get(storeId) ?? null);
  }

  /** Moves the store to where it is now; `before` is called if it moves. Returns whether it did. */
  place(store: StoreState, before: () => void): boolean {
    const clock = this.clockOf(store.storeId);
    const city = this.cityOf(store.storeId);
    const hours = this.hoursOf(store.storeId);
    if (store.city === city && store.clock === clock && store.givenHours === hours) return false;
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

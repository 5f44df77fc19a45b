import type { Promotion } from '@gondola/detect';
import type { CategoryFact, Facts, PlaceFact } from './marks.js';
import type { Reference } from './reference.js';

/**
 * The catalog as one engine sees it. Live, the answers are the catalog's and new ones are kept; in a replay they are those
 * that were given then.
 */
export class Outside {
  private readonly places = new Map<string, PlaceFact>();
  private readonly categories = new Map<string, string | null>();
  /** Stores and items of which a replay from the newest snapshot has not been told. */
  private forgotten = { places: new Set<string>(), categories: new Set<string>() };
  private newPlaces: PlaceFact[] = [];
  private newCategories: CategoryFact[] = [];
  /** Answers since new ones were last taken: the catalog may change while a batch is applied, and a replay is told one answer. */
  private readonly given = new Map<string, string | null>();
  private readonly givenPlaces = new Map<string, PlaceFact | undefined>();
  private isLive = false;

  constructor(
    private readonly reference: Pick<
      Reference,
      'timeZoneOf' | 'cityOf' | 'hoursOf' | 'categoryOf' | 'promotions'
    >,
  ) {}

  readonly timeZoneOf = (storeId: string): string | undefined => this.placeOf(storeId)?.[1] ?? undefined;
  readonly cityOf = (storeId: string): string | null => this.placeOf(storeId)?.[2] ?? null;
  readonly hoursOf = (storeId: string): string | null => this.placeOf(storeId)?.[3] ?? null;

  readonly categoryOf = (itemId: string): string | null => {
    const known = this.categories.get(itemId) ?? null;
    if (!this.isLive) return known;
    const given = this.given.get(itemId);
    if (given !== undefined) return given;
    const category = this.reference.categoryOf(itemId) ?? null;
    this.given.set(itemId, category);
    if (this.forgotten.categories.delete(itemId) || category !== known) {
      this.categories.set(itemId, category);
      this.newCategories.push([itemId, category]);
    }
    return category;
  };

  /** Items that are, were or will be promoted, as the catalog has them now. */
  promotions(): ReadonlyMap<string, Promotion> {
    return this.reference.promotions;
  }

  /** From now on the catalog answers. */
  live(): void {
    this.isLive = true;
  }

  /** Takes answers over that were given before. */
  tell({ places = [], categories = [] }: Facts): void {
    for (const place of places) this.places.set(place[0], place);
    for (const [itemId, category] of categories) this.categories.set(itemId, category);
  }

  /** Answers that nobody has kept yet, null when there are none. */
  takeNew(): Facts | null {
    this.given.clear();
    this.givenPlaces.clear();
    const [places, categories] = [this.newPlaces, this.newCategories];
    if (places.length === 0 && categories.length === 0) return null;
    this.newPlaces = [];
    this.newCategories = [];
    return { places, categories };
  }

  /**
   * A snapshot begins: a replay from it will know nothing of what was kept before, so that it is kept again when it is asked
   * for. A replay from farther back is told the same twice.
   */
  forget(): void {
    this.forgotten = {
      places: new Set(this.places.keys()),
      categories: new Set(this.categories.keys()),
    };
  }

  private placeOf(storeId: string): PlaceFact | undefined {
    if (!this.isLive) return this.places.get(storeId);
    if (!this.givenPlaces.has(storeId)) this.givenPlaces.set(storeId, this.askPlace(storeId));
    return this.givenPlaces.get(storeId);
  }

  private askPlace(storeId: string): PlaceFact | undefined {
    const known = this.places.get(storeId);
    const timeZone = this.reference.timeZoneOf(storeId) ?? null;
    const city = this.reference.cityOf(storeId) ?? null;
    const hours = this.reference.hoursOf(storeId) ?? null;
    const isForgotten = this.forgotten.places.delete(storeId);
    const place: PlaceFact = [storeId, timeZone, city, hours];
    const isKnown = place.every((said, at) => at === 0 || said === (known?.[at] ?? null));
    if (!isForgotten && isKnown) return known;
    this.places.set(storeId, place);
    this.newPlaces.push(place);
    return place;
  }
}

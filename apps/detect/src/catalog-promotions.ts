import type { Promotion } from '@gondola/detect';
import type { PromotionFact } from './marks.js';
import type { PromotedItem } from './promoted-items.js';

/** What one engine was told of the catalog's promotions; those that events of its own stream tell are none of this. */
export class CatalogPromotions {
  private readonly told: Set<string>;

  /** `told`: items of which that was said so far. `set` returns whether what it is given is new. */
  constructor(
    told: Iterable<string>,
    private readonly set: (item: PromotedItem) => boolean,
  ) {
    this.told = new Set(told);
  }

  get itemIds(): Iterable<string> {
    return this.told;
  }

  tell([itemId, told]: PromotionFact): boolean {
    if (!told) {
      this.told.delete(itemId);
      return this.set({ itemId, promotion: null });
    }
    const [fromMs, untilMs, uplift] = told;
    this.told.add(itemId);
    return this.set({ itemId, promotion: { fromMs, untilMs, uplift } });
  }

  /** Tells the engine what the catalog says now, and returns what of it was new. */
  takeNew(now: ReadonlyMap<string, Promotion>): PromotionFact[] {
    const ended = [...this.told].filter((itemId) => !now.has(itemId));
    const facts = [...now].map(([itemId, { fromMs, untilMs, uplift }]): PromotionFact => [
      itemId,
      [fromMs, untilMs, uplift],
    ]);
    for (const itemId of ended) facts.push([itemId]);
    return facts.filter((fact) => this.tell(fact));
  }
}

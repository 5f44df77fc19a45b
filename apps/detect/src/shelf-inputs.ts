import { shelfEvents, type EventBatch, type ShelfEffect } from '@gondola/events';
import { positionAt, type RecordBatch } from '@gondola/stream';

/** What one event said of a shelf. Who came, paid or ordered is not in it. */
export interface ShelfInput {
  readonly position: string;
  readonly atMs: number;
  readonly effect: ShelfEffect;
  /** Units. */
  readonly quantity: number;
}

/** Kept of each effect: one busy kind must not push the others out. */
const EACH_MAX = 8;

/** The last events of one shelf. */
export class ShelfInputs {
  private readonly byEffect = new Map<ShelfEffect, ShelfInput[]>();

  constructor(
    private readonly storeId: string,
    private readonly itemId: string,
  ) {}

  see(batches: readonly EventBatch[], records: RecordBatch): void {
    for (const batch of batches) {
      const events = shelfEvents(batch);
      if (!events) continue;
      for (let row = 0; row < events.rows; row++) {
        const effect = events.effect[row];
        if (effect === 'ignore' || events.item[row] !== this.itemId || events.store[row] !== this.storeId)
          continue;
        const position = String(positionAt(records, batch.recordIndex[row]));
        const kept = this.byEffect.get(effect) ?? [];
        kept.push({ position, atMs: events.eventTimeMs[row], effect, quantity: events.quantity[row] });
        if (kept.length > EACH_MAX) kept.shift();
        this.byEffect.set(effect, kept);
      }
    }
  }

  /** In the order of their positions. */
  last(): readonly ShelfInput[] {
    const all = [...this.byEffect.values()].flat();
    return all.sort((left, right) => Number(BigInt(left.position) - BigInt(right.position)));
  }
}

import type { ExtraTransaction } from './table-writer.js';

const countOf = (partition: string) => `${partition}#validated`;

/**
 * How many records of each partition the validated stream has been given. The number belongs to the position at which a
 * flush is over, so quarantine's commit keeps it: whoever starts there counts on from it, and what he sends again has
 * the numbers it had.
 */
export class PublishedCounts {
  private committed = new Map<string, bigint>();
  private current = new Map<string, bigint>();

  /** Called by the sink that commits last, once it knows its table. */
  restore(partitions: readonly string[], extra: (name: string) => bigint | undefined): void {
    this.committed = new Map(partitions.map((partition) => [partition, extra(countOf(partition)) ?? 0n]));
    this.current = new Map(this.committed);
  }

  next(partition: string): bigint {
    return this.current.get(partition) ?? 0n;
  }

  add(partition: string, records: number): void {
    this.current.set(partition, this.next(partition) + BigInt(records));
  }

  /** Back to where the tables are. */
  discard(): void {
    this.current = new Map(this.committed);
  }

  extras(): ExtraTransaction[] {
    const moved = [...this.current].filter(
      ([partition, count]) => count !== (this.committed.get(partition) ?? 0n),
    );
    return moved.map(([partition, version]) => ({ name: countOf(partition), version }));
  }

  keep(): void {
    this.committed = new Map(this.current);
  }
}

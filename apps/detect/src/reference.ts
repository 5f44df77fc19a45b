import { localClock } from '@gondola/detect';
import type { EventBatch } from '@gondola/events';
import {
  columnOf,
  from,
  keyAt,
  SetupError,
  textsOf,
  type CommitSink,
  type Pipeline,
  type RecordBatch,
  type Source,
  type Stage,
} from '@gondola/stream';
import { openingHoursIn, STORE_SUBJECT } from './record-order.js';

const ITEM_SUBJECT = 'retail.catalog.item';

interface StoreFact {
  readonly timeZone: string;
  readonly city: string | null;
  readonly openingHours: string | null;
}

/** What a record of a reference stream says. */
type Fact =
  | ({ readonly kind: 'store'; readonly id: string } & StoreFact)
  | { readonly kind: 'item'; readonly id: string; readonly category: string | null };

/** The catalog as compacted streams have it: the newest record of each key, and nothing of a key whose newest has no value. */
export class Reference {
  /** Stream and key -> its newest fact. */
  private readonly facts = new Map<string, Fact>();
  private readonly stores = new Map<string, StoreFact>();
  private readonly categories = new Map<string, string | null>();

  /** `onChange` is called after each batch that said where stores are. */
  constructor(private readonly onChange: () => void) {}

  readonly timeZoneOf = (storeId: string): string | undefined => this.stores.get(storeId)?.timeZone;
  readonly cityOf = (storeId: string): string | null | undefined => this.stores.get(storeId)?.city;
  readonly hoursOf = (storeId: string): string | null | undefined => this.stores.get(storeId)?.openingHours;

  readonly categoryOf = (itemId: string): string | null | undefined => this.categories.get(itemId);

  /** What reads one stream into this. */
  pipeline(source: Source, validate: Stage<RecordBatch, readonly EventBatch[]>): Pipeline {
    return from(source).through(exceptTombstones(validate)).into(this.sink()).thenCheckpoint();
  }

  private sink(): CommitSink<readonly EventBatch[]> {
    return {
      name: 'reference',
      // Nothing is kept over a restart: the stream is the table.
      assigned: async () => new Map(),
      write: (batches, { records }) => this.take(records, factsOf(batches)),
      buffered: () => ({ rows: 0, bytes: 0 }),
      commit: async () => {},
      discard: () => {},
    };
  }

  private take(records: RecordBatch, facts: ReadonlyMap<number, Fact>): void {
    let hasMoved = false;
    for (let index = 0; index < records.count; index++) {
      const fact = facts.get(index);
      const isTombstone = records.valueLength[index] < 0;
      if (!fact && !isTombstone) continue;
      const key = `${records.stream} ${Buffer.from(keyAt(records, index) ?? []).toString('latin1')}`;
      const before = this.facts.get(key);
      if (before) this.tableOf(before).delete(before.id);
      this.facts.delete(key);
      hasMoved ||= (before ?? fact)?.kind === 'store';
      if (!fact) continue;
      this.facts.set(key, fact);
      if (fact.kind === 'store') this.stores.set(fact.id, fact);
      else this.categories.set(fact.id, fact.category);
    }
    if (hasMoved) this.onChange();
  }

  private tableOf({ kind }: Fact): Map<string, unknown> {
    return kind === 'store' ? this.stores : this.categories;
  }
}

/** Validation, to which a record without a value is no event: in a compacted stream it takes its key away. */
function exceptTombstones(
  validate: Stage<RecordBatch, readonly EventBatch[]>,
): Stage<RecordBatch, readonly EventBatch[]> {
  return {
    ...validate,
    async run(records, context) {
      const { value, rejected } = await validate.run(records, context);
      return { value, rejected: rejected.filter(({ index }) => records.valueLength[index] >= 0) };
    },
  };
}

/** Index of the record -> what it says. */
function factsOf(batches: readonly EventBatch[]): Map<number, Fact> {
  const facts = new Map<number, Fact>();
  for (const batch of batches) {
    const { subject, table, recordIndex } = batch;
    const texts = (column: string) => textsOf(columnOf(table, column));
    if (subject === STORE_SUBJECT) {
      const [ids, timeZones, cities] = [texts('retail_store_id'), texts('time_zone'), texts('city')];
      const hoursOf = openingHoursIn(batch);
      recordIndex.forEach((record, row) => {
        const timeZone = String(timeZones[row]);
        const store = { id: String(ids[row]), timeZone, city: cities[row], openingHours: hoursOf(row) };
        if (isTimeZone(timeZone)) facts.set(record, { kind: 'store', ...store });
      });
    } else if (subject === ITEM_SUBJECT) {
      const [ids, groups] = [texts('item_id'), texts('merchandise_group')];
      recordIndex.forEach((record, row) =>
        facts.set(record, { kind: 'item', id: String(ids[row]), category: groups[row] }),
      );
    }
  }
  return facts;
}

/** A zone that this machine does not know: the store keeps the one it had. */
function isTimeZone(name: string): boolean {
  try {
    localClock(name);
    return true;
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    return false;
  }
}
